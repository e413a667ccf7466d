import type { StreamName } from '../../core/records/stream.ts';
import { assert } from '../../lib/assert.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';

export interface JournaledLogOptions {
  /** Its journal is `journal/<unit>`. */
  readonly unit: number;
  /** What it reads, in the order in which one entry takes it. Those called `blocks/…` are read by others too. */
  readonly inputs: readonly StreamName[];
  /** UTF-16 units of appended payloads that may wait to stand; also the largest single append. Default 16 Mi. */
  readonly waitingBytesLimit?: number;
  /** UTF-16 units that may be read ahead of one input; beyond it the input is not read on. Default 1 Mi. */
  readonly bufferedBytesLimit?: number;
  /** UTF-16 units of records an entry takes, beside one more record of each input. Default 4 Mi. */
  readonly entryBytes?: number;
  /** Bytes handed to the broker in one append: more waits for the next. Default 512 Ki. */
  readonly appendBytes?: number;
}

export interface JournaledLogDeps {
  /** Shared with others: the log does not close it. */
  readonly broker: StreamBroker;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export type JournaledLogLimits = Required<Omit<JournaledLogOptions, 'unit' | 'inputs'>>;

const mebi = 1024 * 1024;

export function journaledLogLimits(options: JournaledLogOptions): JournaledLogLimits {
  const limits = {
    waitingBytesLimit: options.waitingBytesLimit ?? 16 * mebi,
    bufferedBytesLimit: options.bufferedBytesLimit ?? mebi,
    entryBytes: options.entryBytes ?? 4 * mebi,
    appendBytes: options.appendBytes ?? mebi / 2,
  };
  for (const [name, value] of Object.entries(limits)) {
    assert(Number.isSafeInteger(value) && value > 0, `${name} must be a positive integer, not ${value}`);
  }
  return limits;
}
