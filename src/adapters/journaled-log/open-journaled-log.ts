import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import { EntryIndex } from './entry-index.ts';
import { encodeClaim, type JournalEntry } from './journal-entry.ts';
import { createJournalMetrics, type JournalMetrics } from './journal-metrics.ts';
import { JournalWalk } from './journal-walk.ts';
import { JournaledLog } from './journaled-log.ts';
import { type JournaledLogDeps, type JournaledLogOptions, journaledLogLimits } from './journaled-log-options.ts';

/** How often an opening reads the journal anew because its last owner trimmed it meanwhile. */
const scanAttempts = 5;

/**
 * Makes this process the owner of a unit: claims its journal, reads it to that claim (P02 to P04) and
 * begins to read the inputs. Whoever owned the unit learns of it with its next entry.
 *
 * @throws TxTrailError `broker_unavailable`; `log_corrupt` or `log_version_unknown` where the journal
 *   cannot be read; `record_missing` where it was trimmed again and again
 */
export async function openJournaledLog(options: JournaledLogOptions, deps: JournaledLogDeps): Promise<JournaledLog> {
  const { broker, clock, random, logger } = deps;
  const limits = journaledLogLimits(options);
  const metrics = createJournalMetrics(deps.metrics);
  const journal: StreamName = `journal/${options.unit}`;
  const claim = Buffer.from(random.bytes(8)).toString('hex');
  const [epoch] = (await broker.append(journal, [{ key: null, value: encodeClaim({ claim }) }])) as [number];
  const { index, last, number } = await scanUntrimmed(journal, epoch, deps, metrics);
  const known = new Map(last?.inputs.map(({ stream, to }) => [stream, to]));
  const inputs = await Promise.all(
    options.inputs.map(async (stream) => ({
      stream,
      // An input that no entry has taken yet begins at its oldest record; the first entry writes that down.
      from: known.get(stream) ?? (await broker.bounds(stream)).start,
    })),
  );
  const retired = (last?.inputs ?? [])
    .filter(({ stream }) => !options.inputs.includes(stream))
    .map(({ stream, to }) => ({ stream, from: to, to }));
  const log = new JournaledLog(
    limits,
    {
      unit: options.unit,
      epoch,
      number,
      journalEnd: epoch + 1,
      lastTimeMs: last?.timeMs ?? 0,
      inputs,
      retired,
      index,
    },
    { broker, clock, metrics },
  );
  log.begin();
  logger.info('unit claimed', { journal, epoch, entries: number });
  return log;
}

interface JournalScan {
  readonly index: EntryIndex;
  /** The last valid entry before the claim. */
  readonly last: JournalEntry | null;
  /** The number of the next. */
  readonly number: number;
}

async function scanUntrimmed(
  journal: StreamName,
  epoch: number,
  deps: JournaledLogDeps,
  metrics: JournalMetrics,
): Promise<JournalScan> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await scan(journal, epoch, deps, metrics);
    } catch (error) {
      const isTrimmed = error instanceof TxTrailError && error.code === 'record_missing';
      if (!isTrimmed || attempt === scanAttempts) throw error;
    }
  }
}

async function scan(
  journal: StreamName,
  epoch: number,
  { broker }: JournaledLogDeps,
  metrics: JournalMetrics,
): Promise<JournalScan> {
  const { start } = await broker.bounds(journal);
  const index = new EntryIndex();
  const walk = new JournalWalk(journal, start === 0 ? { epoch: null, number: 0 } : null);
  let last: JournalEntry | null = null;
  for await (const records of broker.read(journal, start, epoch)) {
    for (const record of records) {
      const step = walk.take(record);
      if (step.kind === 'void') metrics.voidRecords.add();
      if (step.kind !== 'entry') continue;
      last = step.entry;
      index.add({ number: last.number, offset: record.offset, epoch: last.epoch });
    }
  }
  return { index, last, number: walk.place.number };
}
