import type { LogRecord } from '../../ports/record-log.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import { type InputRange, type JournalEntry, positionsAnEntry } from './journal-entry.ts';

/** The position of an entry's first record. */
export function positionOf(entryNumber: number): number {
  return entryNumber * positionsAnEntry;
}

/** The number of the entry that a position lies in. */
export function entryNumberOf(position: number): number {
  return Math.floor(position / positionsAnEntry);
}

/**
 * An entry's records in their order. `recordsOf` gives an input's records within a range; those
 * without a value say nothing, and have no position.
 */
export function recordsOfEntry(
  { number, timeMs, own, inputs }: JournalEntry,
  recordsOf: (range: InputRange) => readonly StoredRecord[],
  onPlaced: (range: InputRange, offset: number, position: number) => void = () => undefined,
): readonly LogRecord[] {
  const base = positionOf(number);
  const records: LogRecord[] = own.map((payload, index) => ({
    stream: 'journal/0',
    position: base + index,
    timeMs,
    payload,
  }));
  for (const range of inputs) {
    if (range.from === range.to) continue;
    for (const { offset, value } of recordsOf(range)) {
      const position = base + records.length;
      if (value !== null) records.push({ stream: range.stream, position, timeMs, payload: value });
      onPlaced(range, offset, position);
    }
  }
  return records;
}
