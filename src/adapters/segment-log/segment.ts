import { TxTrailError } from '../../lib/error.ts';
import type { Disk } from '../../ports/disk.ts';
import type { Position } from '../../ports/record-log.ts';

/** One file of the log: the bytes from `base` up to `base + bytes`. Only the last one grows. */
export interface Segment {
  readonly name: string;
  readonly base: Position;
  bytes: number;
}

const namePattern = /^log-(\d{16})\.seg$/;

/** The base stands in the name, padded so that names sort like positions (the largest safe integer has 16 digits). */
export function segmentName(base: Position): string {
  return `log-${String(base).padStart(16, '0')}.seg`;
}

/** Null for a file that is no segment. */
export function segmentBase(name: string): Position | null {
  const digits = namePattern.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Where the log on this disk begins; null where there is none yet. Needs no open log. */
export async function oldestLogPosition(disk: Disk): Promise<Position | null> {
  for (const name of await disk.list()) {
    const base = segmentBase(name);
    if (base !== null) return base;
  }
  return null;
}

/**
 * The segments on the disk, oldest first, each beginning where the one before ends.
 * @throws TxTrailError `log_segment_missing` or `log_corrupt`.
 */
export async function listSegments(disk: Disk): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of await disk.list()) {
    const base = segmentBase(name);
    if (base === null) continue;
    segments.push({ name, base, bytes: await sizeOf(disk, name) });
  }
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined) assertAdjacent(segment, next);
  }
  return segments;
}

/** Index of the segment that holds the position, by binary search; -1 below the first. */
export function segmentIndexOf(segments: readonly Segment[], position: Position): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle] as Segment).base <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function segmentEnd(segment: Segment): Position {
  return segment.base + segment.bytes;
}

async function sizeOf(disk: Disk, name: string): Promise<number> {
  const file = await disk.open(name);
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}

function assertAdjacent(segment: Segment, next: Segment): void {
  const end = segmentEnd(segment);
  if (end === next.base) return;
  const facts = { segment: segment.name, end, next: next.name };
  if (end < next.base) {
    throw new TxTrailError(
      'log_segment_missing',
      `The log has a hole: ${segment.name} ends at ${end} and the next segment is ${next.name}. ` +
        `${segmentName(end)} is missing, or ${segment.name} was cut. Nothing was changed; put the file back from a copy.`,
      { facts: { ...facts, missing: segmentName(end) } },
    );
  }
  throw new TxTrailError(
    'log_corrupt',
    `${segment.name} is longer than it can be: it ends at ${end}, beyond the beginning of ${next.name}. ` +
      'Nothing was changed; restore the data directory from a copy.',
    { facts },
  );
}
