import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';

/** What an entry takes of one input: its records from `from` up to (not including) `to`. */
export interface InputRange {
  readonly stream: StreamName;
  readonly from: number;
  readonly to: number;
}

/**
 * What is written before anything of it is applied (P05). It stands for itself: whoever has it and the
 * inputs knows its records, their order, their positions and their time.
 */
export interface JournalEntry {
  /** The offset of its writer's claim in the journal. */
  readonly epoch: number;
  /** One above the entry before it (P06). */
  readonly number: number;
  /** Unix milliseconds; not below that of the entry before it. */
  readonly timeMs: number;
  /** Payloads of the journal's own stream; they come first. */
  readonly own: readonly string[];
  /** Every input, in the order in which its records are applied, also where nothing is taken of it. */
  readonly inputs: readonly InputRange[];
}

/** A new owner's claim (P02). Its offset in the journal is the owner's epoch (P01). */
export interface JournalClaim {
  /** Tells its writer from all others. */
  readonly claim: string;
}

/** A position is an entry's number times this, and the record's place in the entry. */
export const positionsAnEntry = 4096;

const version = 1;

export function encodeEntry({ epoch, number, timeMs, own, inputs }: JournalEntry): string {
  const ranges = inputs.map(({ stream, from, to }) => [stream, from, to]);
  return JSON.stringify({ v: version, epoch, n: number, timeMs, own, inputs: ranges });
}

export function encodeClaim({ claim }: JournalClaim): string {
  return JSON.stringify({ v: version, claim });
}

interface EncodedRecord {
  readonly v: number;
  readonly claim?: string;
  readonly epoch: number;
  readonly n: number;
  readonly timeMs: number;
  readonly own: readonly string[];
  readonly inputs: readonly (readonly [StreamName, number, number])[];
}

/** @throws TxTrailError `log_version_unknown`, `log_corrupt`: nobody guesses at a journal */
export function decodeJournalRecord(
  stream: StreamName,
  offset: number,
  value: string | null,
): JournalEntry | JournalClaim {
  const encoded = parse(value);
  if (encoded !== null && encoded.v !== version) {
    throw new TxTrailError(
      'log_version_unknown',
      `The record at ${offset} of ${stream} has version ${String(encoded.v)}; this program knows ${version}. ` +
        'Nothing was changed. Start the newer program that wrote it.',
      { facts: { stream, offset, version: encoded.v } },
    );
  }
  if (typeof encoded?.claim === 'string') return { claim: encoded.claim };
  const areNumbers = [encoded?.epoch, encoded?.n].every(Number.isSafeInteger) && Number.isFinite(encoded?.timeMs);
  if (!areNumbers || !Array.isArray(encoded?.own) || !Array.isArray(encoded.inputs)) {
    throw corruptJournal(stream, offset);
  }
  const { epoch, n: number, timeMs, own, inputs } = encoded as EncodedRecord;
  return { epoch, number, timeMs, own, inputs: inputs.map(([input, from, to]) => ({ stream: input, from, to })) };
}

export function corruptJournal(stream: StreamName, offset: number): TxTrailError {
  return new TxTrailError(
    'log_corrupt',
    `The record at ${offset} of ${stream} is no entry of a journal. Nothing was changed. ` +
      'See who else writes to that topic; restore it, or take its newest snapshot away with it.',
    { facts: { stream, offset } },
  );
}

function parse(value: string | null): EncodedRecord | null {
  try {
    return value === null ? null : (JSON.parse(value) as EncodedRecord | null);
  } catch {
    // What is not JSON is told by its place.
    return null;
  }
}
