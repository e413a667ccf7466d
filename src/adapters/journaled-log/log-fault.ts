import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Position } from '../../ports/record-log.ts';

/** What everybody who asks a failed log for something is told. */
export function failedError(journal: StreamName, cause: unknown): TxTrailError {
  if (cause instanceof TxTrailError && cause.code === 'log_taken') return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TxTrailError(
    'log_failed',
    `The log over ${journal} failed for good (${reason}). What it was given may stand or not: it is opened again, ` +
      'and goes on from what stands.',
    { cause, facts: { journal } },
  );
}

export function takenError(journal: StreamName, epoch: number, by: number): TxTrailError {
  return new TxTrailError(
    'log_taken',
    `${journal} was claimed by another process: its claim stands at ${by}, ours at ${epoch}.`,
    { facts: { journal, epoch, by } },
  );
}

export function missingPosition(position: Position, reason: string): TxTrailError {
  return new TxTrailError('record_missing', `The log has no record at ${position}: ${reason}.`, {
    facts: { position },
  });
}

export function missingEntry(number: number, reason: string): TxTrailError {
  return new TxTrailError('record_missing', `The journal has no entry ${number}: ${reason}.`, { facts: { number } });
}
