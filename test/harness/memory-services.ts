import { MemoryAnswers } from '../../src/adapters/memory/memory-answers.ts';
import { MemoryBroker } from '../../src/adapters/memory/memory-broker.ts';
import { MemoryLiveReport } from '../../src/adapters/memory/memory-live-report.ts';
import { MemoryMailbox } from '../../src/adapters/memory/memory-mailbox.ts';
import { MemoryOwnership } from '../../src/adapters/memory/memory-ownership.ts';
import { MemoryReadModel } from '../../src/adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../../src/adapters/memory/memory-status-cache.ts';
import { MemoryWakeUp } from '../../src/adapters/memory/memory-wake-up.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import type { Services } from '../../src/runtime/distributed/ports.ts';

/** The services of the distributed mode within this process, to be shared by the roles that a test starts. */
export function memoryServices(deps: { readonly clock: Clock; readonly credentials: Credentials }): Services & {
  readonly broker: MemoryBroker;
  readonly mailbox: MemoryMailbox;
} {
  return {
    broker: new MemoryBroker(),
    ownership: new MemoryOwnership(),
    mailbox: new MemoryMailbox(deps),
    readModel: new MemoryReadModel(),
    answers: new MemoryAnswers(deps),
    credentials: deps.credentials,
    wakeUp: new MemoryWakeUp(),
    statusCache: new MemoryStatusCache(deps),
    liveReport: new MemoryLiveReport(deps),
  };
}
