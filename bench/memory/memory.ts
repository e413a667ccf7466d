import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchContext, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import type { Memory } from '../rig/inspector.ts';
import { startPost } from '../rig/load-clients.ts';
import { BenchTracker } from '../rig/tracker.ts';
import { Worker } from '../rig/worker.ts';
import { amount, count, table } from '../report/words.ts';
import type { HexMapReply, HexMapRequest } from './hex-map.ts';

export interface MemoryFigures {
  readonly subscribers: number;
  readonly tracker: readonly MemoryAt[];
  readonly map: readonly MemoryAt[];
}

interface MemoryAt extends Memory {
  readonly entries: number;
}

interface Plan {
  readonly counts: readonly number[];
  readonly batch: number;
  /** For what was under way to come to rest. */
  readonly restMs: number;
}

const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  full: { counts: [100_000, 200_000, 400_000], batch: 1_000, restMs: 2_000 },
  quick: { counts: [200], batch: 100, restMs: 0 },
};

/** As many as the load client's numbers. */
const subscribers = 1_000;
const patienceSeconds = 150;

export const memoryBench: Bench<MemoryFigures> = {
  name: 'memory',
  section,
  run: async (context) => {
    const plan = plans[context.size];
    const { measured, checks } = await measureTracker(context, plan);
    return { figures: { subscribers, tracker: measured, map: await measureMap(context, plan) }, checks };
  },
};

async function measureTracker(
  context: BenchContext,
  plan: Plan,
): Promise<{ readonly measured: readonly MemoryAt[]; readonly checks: readonly Check[] }> {
  const chain = await ChainWorker.start(context.cores);
  await chain.stage([{ tracked: 0, size: 1 }]);
  await chain.play(1, 1);
  const tracker = await BenchTracker.start(context.cores, { provider: chain.provider });
  try {
    const measured: MemoryAt[] = [{ entries: 0, ...(await tracker.inspector.memory()) }];
    const checks: Check[] = [];
    for (const entries of plan.counts) {
      await register(context, plan, tracker, entries - (measured.at(-1)?.entries ?? 0));
      await sleep(plan.restMs);
      const tracked = await tracker.metric('txtrail_tracked_transactions');
      checks.push({ what: 'tracked when the memory was read', expected: entries, actual: tracked });
      measured.push({ entries, ...(await tracker.inspector.memory()) });
      context.say(`${entries} tracked: ${Math.round((measured.at(-1)?.resident ?? 0) / 2 ** 20)} MiB resident`);
    }
    return { measured, checks };
  } finally {
    await tracker.stop();
    await chain.stop();
  }
}

async function register(context: BenchContext, plan: Plan, tracker: BenchTracker, entries: number): Promise<void> {
  const metadata = { order: 'a note of the tenant, as long as they are in the design' };
  const entry = { chain: 'eip155:31337', hash: `0x${'#'.repeat(64)}`, subscriber: `user-${'%'.repeat(6)}`, metadata };
  const { answered, refused } = await startPost(context.clients.post, context.cores.load, context.directory, {
    url: tracker.url,
    path: '/v1/transactions/batch',
    connections: 4,
    rate: 0,
    seconds: patienceSeconds,
    requests: entries / plan.batch,
    body: JSON.stringify({ transactions: Array.from({ length: plan.batch }, () => entry) }),
    headers: { ...tracker.headers, prefer: 'return=minimal' },
    status: 200,
    seed: entries + Math.round(performance.now()),
  }).answers;
  if (refused > 0) throw new Error(`${refused} of ${answered} batches were refused`);
}

async function measureMap(context: BenchContext, plan: Plan): Promise<readonly MemoryAt[]> {
  const file = new URL('./hex-map.ts', import.meta.url);
  const worker = new Worker<HexMapRequest, HexMapReply>(context.cores.server, file, { nodeOptions: ['--expose-gc'] });
  try {
    const measured: MemoryAt[] = [];
    for (const entries of [0, ...plan.counts]) {
      const { resident, heapUsed, external } = await worker.ask({ count: entries }, 'memory');
      measured.push({ entries, resident, heapUsed, external });
    }
    return measured;
  } finally {
    await worker.stop();
  }
}

function section({ tracker, map, subscribers: spreadOver }: MemoryFigures): string {
  const [empty, ...full] = tracker;
  const [bare, ...maps] = map;
  const mebibytes = (bytes: number): string => amount(bytes / 2 ** 20);
  const each = (at: MemoryAt | undefined, before: MemoryAt | undefined, key: keyof Memory): string =>
    at === undefined || before === undefined ? 'none' : count((at[key] - before[key]) / at.entries);
  const overMap = (at: MemoryAt, index: number): string => {
    const peer = maps[index];
    if (peer === undefined || empty === undefined || bare === undefined) return 'none';
    return amount((at.heapUsed - empty.heapUsed) / (peer.heapUsed - bare.heapUsed));
  };
  return [
    '## Memory of a tracked transaction',
    '',
    `After a full collection, in the real process: what is resident and what the JavaScript heap holds, less what the empty tracker took (${mebibytes(empty?.resident ?? 0)} MiB resident, ${mebibytes(empty?.heapUsed ?? 0)} MiB heap), by transaction. Each was registered by hash alone, with 64 bytes of metadata, for one of ${count(spreadOver)} subscribers; none was seen yet, and none has an event. The peer is a \`Map\` with as many hashes as hex strings for keys and nothing else; the ratio is of the heaps. Resident memory holds what the collector has not given back as well, after snapshots above all.`,
    '',
    table(
      [
        'tracked',
        'resident MiB',
        'bytes each',
        'heap MiB',
        'bytes each',
        'Map: heap bytes each',
        'Map: resident bytes each',
        'ratio of heaps',
      ],
      full.map((at, index) => [
        count(at.entries),
        mebibytes(at.resident),
        each(at, empty, 'resident'),
        mebibytes(at.heapUsed),
        each(at, empty, 'heapUsed'),
        each(maps[index], bare, 'heapUsed'),
        each(maps[index], bare, 'resident'),
        overMap(at, index),
      ]),
    ),
  ].join('\n');
}
