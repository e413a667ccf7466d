import type { Position } from '../../ports/record-log.ts';
import { checkRecord, type RecordHead } from './record-format.ts';
import { type Segment, segmentEnd } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';

/** Some records in a row, all checked. */
export interface RecordChunk {
  readonly bytes: Buffer;
  /** The position of the first of `bytes`. */
  readonly from: Position;
  readonly heads: readonly RecordHead[];
  /** Where the last of them ends. */
  readonly end: Position;
  /** What follows is no record; the walk ends here. */
  readonly bad: BadRecord | null;
}

export interface BadRecord {
  readonly segment: Segment;
  readonly position: Position;
  readonly reason: string;
  /** Set where the record is whole, but of a version that this program does not know. */
  readonly unknownVersion: number | null;
}

/**
 * Reads the records of one segment from a record's position up to `to` (at most the segment's end),
 * a chunk at a time. A chunk holds one record at least, unless the first is bad.
 */
export async function* walkRecords(
  files: SegmentFiles,
  segment: Segment,
  from: Position,
  to: Position,
  chunkBytes: number,
): AsyncGenerator<RecordChunk> {
  const end = Math.min(to, segmentEnd(segment));
  let position = from;
  let wanted = chunkBytes;
  while (position < end) {
    const length = Math.min(wanted, end - position);
    const bytes = await files.read(segment, position, length);
    const chunk = splitRecords(bytes, position, segment, bytes.length < length || position + length === end);
    if (chunk.kind === 'needs_more') {
      wanted = chunk.bytes;
      continue;
    }
    yield chunk.chunk;
    if (chunk.chunk.bad !== null) return;
    position = chunk.chunk.end;
    wanted = chunkBytes;
  }
}

type Split =
  | { readonly kind: 'chunk'; readonly chunk: RecordChunk }
  | { readonly kind: 'needs_more'; readonly bytes: number };

/** `isLast`: nothing comes after these bytes, so a record that they cut is cut for good. */
function splitRecords(bytes: Buffer, from: Position, segment: Segment, isLast: boolean): Split {
  const heads: RecordHead[] = [];
  let offset = 0;
  // A file that ends before its segment does must not be asked for ever.
  let bad: BadRecord | null =
    bytes.length === 0 ? { segment, position: from, reason: 'it is cut off', unknownVersion: null } : null;
  while (offset < bytes.length && bad === null) {
    const position = from + offset;
    const check = checkRecord(bytes, offset, position);
    if (check.kind === 'record') {
      heads.push(check.head);
      offset += check.head.bytes;
    } else if (check.kind === 'incomplete') {
      if (!isLast && heads.length === 0) return { kind: 'needs_more', bytes: check.bytes };
      if (!isLast) break;
      bad = { segment, position, reason: 'it is cut short', unknownVersion: null };
    } else if (check.kind === 'unknown_version') {
      bad = { segment, position, reason: `its version is ${check.version}`, unknownVersion: check.version };
    } else {
      bad = { segment, position, reason: check.reason, unknownVersion: null };
    }
  }
  return { kind: 'chunk', chunk: { bytes, from, heads, end: from + offset, bad } };
}
