import { TxTrailError } from '../../lib/error.ts';
import type { Position } from '../../ports/record-log.ts';
import { recordVersion } from './record-format.ts';
import type { BadRecord } from './record-walk.ts';

/** The diagnosis of a record that was durable once and is not what was written. `proof` says how we know that it was. */
export function corruptError(bad: BadRecord, proof: string): TxTrailError {
  if (bad.unknownVersion !== null) return versionError(bad, bad.unknownVersion);
  const offset = bad.position - bad.segment.base;
  return new TxTrailError(
    'log_corrupt',
    `The record at byte ${offset} of ${bad.segment.name} is damaged: ${bad.reason}. It was durable once: ${proof}. ` +
      'Nothing was changed. Check the disk, then restore the data directory from a copy.',
    { facts: { segment: bad.segment.name, offset, position: bad.position, reason: bad.reason } },
  );
}

function versionError(bad: BadRecord, version: number): TxTrailError {
  const offset = bad.position - bad.segment.base;
  return new TxTrailError(
    'log_version_unknown',
    `The record at byte ${offset} of ${bad.segment.name} has version ${version}; this program knows up to ` +
      `${recordVersion}. Nothing was changed. Start the newer program that wrote it.`,
    { facts: { segment: bad.segment.name, offset, position: bad.position, version } },
  );
}

export function missingError(position: Position, reason: string): TxTrailError {
  return new TxTrailError('record_missing', `The log has no record at ${position}: ${reason}.`, {
    facts: { position },
  });
}

export function failedError(cause: unknown): TxTrailError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TxTrailError(
    'log_failed',
    `The log failed for good (${reason}). What was not acknowledged may be lost; the process must end and start again.`,
    { cause },
  );
}
