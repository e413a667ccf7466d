import { TxTrailError } from '../lib/error.ts';
import { HistoryKeeper, type HistoryKeeperDeps } from '../notify/history-keeper.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import type { RecordLog } from '../ports/record-log.ts';

const dayMs = 24 * 3_600_000;

export interface KeepHistoryOptions {
  /** 0: no history is kept beyond what the log has. */
  readonly historyDays: number;
  /** Events older than this may leave the log, milliseconds. */
  readonly minAgeMs: number;
}

export interface KeptHistory {
  /** Settles when it cannot be kept any more: the process must end. Never rejects. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** Runs the keeper of the history beside the stages, where there is one. */
export function keepHistory(
  { historyDays, minAgeMs }: KeepHistoryOptions,
  deps: Omit<HistoryKeeperDeps, 'archive'> & { readonly archive: HistoryArchive | null },
): KeptHistory {
  const { archive } = deps;
  const failed = Promise.withResolvers<Error>();
  if (archive === null) return { failed: failed.promise, stop: async () => undefined };
  const end = new AbortController();
  const keeper = new HistoryKeeper({ minAgeMs, historyAgeMs: historyDays * dayMs }, { ...deps, archive });
  const running = keeper.run(end.signal).catch(failed.resolve);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  return { failed: failed.promise, stop };
}

/** An archive that knows more than the log took over another one's events, and would pass over this one's. */
export function assertOfThisLog(archive: HistoryArchive | null, log: RecordLog): void {
  if (archive === null || archive.through <= log.end) return;
  throw new TxTrailError(
    'history_unusable',
    `The history has events up to ${archive.through}, and the log ends at ${log.end}: they are not of one moment. ` +
      'Put both back from one copy of the data directory, or move history.db away to begin a new history.',
    { facts: { through: archive.through, logEnd: log.end } },
  );
}
