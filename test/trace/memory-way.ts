import { MemoryBroker } from '../../src/adapters/memory/memory-broker.ts';
import { MemoryMailbox } from '../../src/adapters/memory/memory-mailbox.ts';
import { MemoryReadModel } from '../../src/adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../../src/adapters/memory/memory-status-cache.ts';
import { MemoryWakeUp } from '../../src/adapters/memory/memory-wake-up.ts';
import type { ManualClock } from '../harness/recording-ports.ts';
import { DistributedWay, type TraceServices } from './distributed-way.ts';
import type { InputTrace } from './input-trace.ts';

/** Few beside an installation's, and enough that families and their transactions are spread. */
const partitions = 8;

/** Over services within this process. */
export function memoryWay(trace: InputTrace, clock: ManualClock): DistributedWay {
  return new DistributedWay({ partitions }, trace, { ...memoryTraceServices(clock), clock });
}

export function memoryTraceServices(clock: ManualClock): TraceServices {
  return {
    broker: new MemoryBroker(),
    mailbox: new MemoryMailbox({ clock }),
    readModel: new MemoryReadModel(),
    statusCache: new MemoryStatusCache({ clock }),
    wakeUp: new MemoryWakeUp(),
  };
}
