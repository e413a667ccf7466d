import type { Position } from '../../ports/record-log.ts';
import { TxTrailError } from '../../lib/error.ts';
import { EpochFloors } from './epoch-floors.ts';
import { corruptError } from './log-fault.ts';
import { checkRecord, readPosition, recordHeadBytes } from './record-format.ts';
import { type BadRecord, walkRecords } from './record-walk.ts';
import { type Segment, segmentEnd, segmentIndexOf } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface ScanOptions {
  readonly readBytes: number;
  readonly durableUpTo: Position;
  readonly scanFrom: Position | undefined;
}

export interface ScanResult {
  /** Where the last good record ends; what follows in the last segment is a torn tail. */
  readonly end: Position;
  /** Where the last group write begins; `end` where there is none. All before it was durable when it was written. */
  readonly lastGroup: Position;
  readonly tornBytes: number;
  /** The reason that the tail was found bad; null: there is none. */
  readonly tornReason: string | null;
  /** Time of the last record; 0 where there is none. */
  readonly lastTimeMs: number;
  readonly floors: EpochFloors;
}

/**
 * Checks the records from `scanFrom`'s segment on, and those of the last segment that has any.
 * Changes nothing.
 * @throws TxTrailError `log_corrupt`, `log_version_unknown`, `log_segment_missing` or
 *   `log_shorter_than_snapshot`.
 */
export async function scanSegments(
  segments: readonly Segment[],
  files: SegmentFiles,
  options: ScanOptions,
): Promise<ScanResult> {
  let first = firstToScan(segments, options.scanFrom);
  let result = await scanFromSegment(segments, first, files, options);
  // The last time and epoch must be known: where nothing good was found, look further back.
  while (result.floors.highest === 0 && first > 0) {
    first -= 1;
    result = await scanFromSegment(segments, first, files, options);
  }
  if (result.end < options.durableUpTo) throw shorterError(result.end, options.durableUpTo);
  return result;
}

function firstToScan(segments: readonly Segment[], scanFrom: Position | undefined): number {
  if (scanFrom === undefined || segments.length === 0) return 0;
  const index = segmentIndexOf(segments, scanFrom);
  if (index >= 0) return index;
  const oldest = segments[0] as Segment;
  throw new TxTrailError(
    'log_segment_missing',
    `The log begins at ${oldest.base} (${oldest.name}), but is needed from ${scanFrom}: the segments between are missing. ` +
      'Nothing was changed; put them back from a copy, or the snapshot that goes with this log.',
    { facts: { oldest: oldest.base, needed: scanFrom } },
  );
}

async function scanFromSegment(
  segments: readonly Segment[],
  first: number,
  files: SegmentFiles,
  options: ScanOptions,
): Promise<ScanResult> {
  const floors = new EpochFloors();
  let lastTimeMs = 0;
  let end = segments[first]?.base ?? 0;
  let lastGroup: Position | null = null;
  for (const segment of segments.slice(first)) {
    for await (const chunk of walkRecords(files, segment, segment.base, segmentEnd(segment), options.readBytes)) {
      for (const head of chunk.heads) floors.note(head.position, head.epoch);
      lastTimeMs = chunk.heads.at(-1)?.timeMs ?? lastTimeMs;
      lastGroup = chunk.heads.at(-1)?.groupStart ?? lastGroup;
      end = chunk.end;
      if (chunk.bad === null) continue;
      await assertTorn(chunk.bad, segment === segments.at(-1), files, options);
      const tornBytes = segmentEnd(segment) - end;
      return { end, lastGroup: lastGroup ?? end, tornBytes, tornReason: chunk.bad.reason, lastTimeMs, floors };
    }
  }
  return { end, lastGroup: lastGroup ?? end, tornBytes: 0, tornReason: null, lastTimeMs, floors };
}

/** A write that a crash cut short is the last one, and nobody was told that it was durable. All else is damage. */
async function assertTorn(
  bad: BadRecord,
  isLastSegment: boolean,
  files: SegmentFiles,
  options: ScanOptions,
): Promise<void> {
  if (bad.unknownVersion !== null) throw corruptError(bad, 'its checksum matches');
  if (bad.position < options.durableUpTo) {
    throw corruptError(bad, `a snapshot stands on all below ${options.durableUpTo}`);
  }
  if (!isLastSegment) throw corruptError(bad, 'a later segment was begun');
  const later = await findLaterGroup(bad, files, options.readBytes);
  if (later !== null) throw corruptError(bad, `an intact record of a later group stands at ${later}`);
}

/**
 * Looks beyond a bad record for one of a later group: that one's write began only after the bad
 * record's was durable. Records of the same group prove nothing, for a disk may write the blocks of
 * one write in any order. Tries every byte, since lengths cannot be trusted here.
 */
async function findLaterGroup(bad: BadRecord, files: SegmentFiles, readBytes: number): Promise<Position | null> {
  const end = segmentEnd(bad.segment);
  const step = Math.max(readBytes, recordHeadBytes);
  for (let from = bad.position + 1; from + recordHeadBytes <= end; from += step) {
    const bytes = await files.read(bad.segment, from, Math.min(step + recordHeadBytes - 1, end - from));
    for (let offset = 0; offset + recordHeadBytes <= bytes.length; offset += 1) {
      if (readPosition(bytes, offset) !== from + offset) continue;
      if (await isOfLaterGroup(bad, from + offset, files)) return from + offset;
    }
  }
  return null;
}

async function isOfLaterGroup(bad: BadRecord, position: Position, files: SegmentFiles): Promise<boolean> {
  const room = segmentEnd(bad.segment) - position;
  const head = await files.read(bad.segment, position, recordHeadBytes);
  const first = checkRecord(head, 0, position);
  if (first.kind === 'bad') return false;
  const bytes = first.kind === 'incomplete' ? first.bytes : recordHeadBytes;
  if (bytes > room) return false;
  const check = checkRecord(await files.read(bad.segment, position, bytes), 0, position);
  // Of a version that is not known the group is not either; cutting it off could not be undone.
  return check.kind === 'unknown_version' || (check.kind === 'record' && check.head.groupStart > bad.position);
}

function shorterError(end: Position, durableUpTo: Position): TxTrailError {
  return new TxTrailError(
    'log_shorter_than_snapshot',
    `The log ends at ${end}, before the snapshot's position ${durableUpTo}: the snapshot is of another log, or the ` +
      "log's last files were lost. Nothing was changed; restore the data directory from a copy.",
    { facts: { end, durableUpTo } },
  );
}
