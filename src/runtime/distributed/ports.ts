import type { AnswerStore } from '../../ports/answer-store.ts';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { Listener } from '../../ports/listener.ts';
import type { LiveReport } from '../../ports/live-report.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Mailbox } from '../../ports/mailbox.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Network } from '../../ports/network.ts';
import type { Ownership } from '../../ports/ownership.ts';
import type { PageFolder } from '../../ports/page-folder.ts';
import type { ReadModel } from '../../ports/read-model.ts';
import type { StatusCache } from '../../ports/status-cache.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';
import type { WakeUp } from '../../ports/wake-up.ts';

/** What a process of the distributed mode has of its machine. */
export interface Machine {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics & { text(): Promise<string> };
  /** What is asked of providers. */
  readonly network: Network;
  /** What clients reach. */
  readonly listener: Listener;
  /** The live page; undefined: none is served. */
  readonly page?: PageFolder | undefined;
  /** Of the program. */
  readonly version: string;
}

/** The services that the processes of the distributed mode share, each behind its port. */
export interface Services {
  readonly broker: StreamBroker;
  readonly ownership: Ownership;
  readonly mailbox: Mailbox;
  readonly readModel: ReadModel;
  /** With the upkeep that each store leaves to its user: a piece a call, true where there is more to do. */
  readonly answers: AnswerStore & { dropOld(): Promise<boolean> };
  readonly credentials: Credentials;
  readonly wakeUp: WakeUp;
  readonly statusCache: StatusCache;
  readonly liveReport: LiveReport;
}

/** A role, running. */
export interface RunningRole {
  /** Why it cannot take its share of the work now, in words; empty: it does. */
  readonly faults: () => readonly string[];
  /** What it sees of the others and cannot mend, in words; left out: it looks at none. */
  readonly warnings?: () => readonly string[];
  /** Settles when it cannot go on. Never rejects. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}
