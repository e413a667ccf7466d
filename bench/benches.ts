import { distributedBench } from './distributed/distributed.ts';
import { historyBench } from './history/history.ts';
import { latencyBench } from './latency/latency.ts';
import { logAppendBench } from './log-append/log-append.ts';
import { mailboxRowsBench } from './mailbox-rows/mailbox-rows.ts';
import { memoryBench } from './memory/memory.ts';
import { registrationsBench } from './registrations/registrations.ts';
import { rpcCallsBench } from './rpc-calls/rpc-calls.ts';
import { websocketBench } from './websocket/websocket.ts';
import type { Bench } from './rig/bench.ts';

/** Every bench, in the order of the results page. */
export const benches: readonly Bench<unknown>[] = [
  registrationsBench,
  logAppendBench,
  latencyBench,
  websocketBench,
  rpcCallsBench,
  memoryBench,
  historyBench,
  mailboxRowsBench,
  distributedBench,
];
