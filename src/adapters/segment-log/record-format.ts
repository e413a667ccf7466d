import { crc32 } from 'node:zlib';
import { assert } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { StreamName } from '../../core/records/stream.ts';
import type { LogRecord, NewRecord, Position } from '../../ports/record-log.ts';

/**
 * A record as it lies in a segment, little endian:
 *
 * | offset | bytes | what |
 * | ---: | ---: | --- |
 * | 0 | 4 | length of what follows the checksum |
 * | 4 | 4 | CRC-32 of what follows it |
 * | 8 | 1 | version, 1 |
 * | 9 | 4 | epoch of the writer |
 * | 13 | 8 | the record's own position |
 * | 21 | 4 | distance back to the first record of its group write |
 * | 25 | 8 | time, Unix milliseconds, as a float |
 * | 33 | 1 | length of the stream's name |
 * | 34 | | the stream's name, ASCII, then the payload, UTF-8 |
 *
 * Later versions keep the first nine bytes. A payload is JSON text, which has no zero bytes, while
 * every position and length has: no payload can pass for a record.
 */
export const recordVersion = 1;

export const recordHeadBytes = 34;

/** The checksum stands before what it covers. */
const checkedFrom = 8;

/** The largest record, head and all. A part of the format, not an option: a written record must stay readable. */
export const maxRecordBytes = 32 * 1024 * 1024;

/** Printable ASCII. */
const streamPattern = /^[!-~]{1,255}$/;

const twoTo32 = 2 ** 32;

/** A checked record's head. */
export interface RecordHead {
  readonly position: Position;
  /** Whole length; the next record stands this far on. */
  readonly bytes: number;
  readonly epoch: number;
  /** Position of the first record that was written in the same group. */
  readonly groupStart: Position;
  readonly timeMs: number;
  readonly streamBytes: number;
}

export type RecordCheck =
  | { readonly kind: 'record'; readonly head: RecordHead }
  /** The bytes given end before the record does; `bytes` are needed to go on. */
  | { readonly kind: 'incomplete'; readonly bytes: number }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'unknown_version'; readonly version: number };

/** What stays the same for the records of one append. */
export interface RecordContext {
  readonly epoch: number;
  readonly groupStart: Position;
  readonly timeMs: number;
}

/**
 * Length of the record when encoded. What this refuses, `encodeRecord` must not be given.
 * @throws TxTrailError `record_too_large`.
 */
export function recordBytes(record: NewRecord): number {
  const { stream, payload } = record;
  assert(streamPattern.test(stream), `not a stream's name: ${stream}`);
  // A lone surrogate would be read back as another character: followers and a replay would differ.
  assert(payload.isWellFormed(), `payload of ${stream} is not well-formed Unicode`);
  const bytes = recordHeadBytes + stream.length + Buffer.byteLength(payload);
  if (bytes > maxRecordBytes) {
    throw new TxTrailError(
      'record_too_large',
      `A record of ${bytes} bytes is over the ${maxRecordBytes} that one may have.`,
      {
        facts: { stream, bytes, limit: maxRecordBytes },
      },
    );
  }
  return bytes;
}

/** Writes the record at `offset`, where there must be room, and gives its length. */
export function encodeRecord(
  target: Buffer,
  offset: number,
  position: Position,
  record: NewRecord,
  context: RecordContext,
): number {
  const { stream, payload } = record;
  const streamAt = offset + recordHeadBytes;
  const payloadAt = streamAt + stream.length;
  const end = payloadAt + target.write(payload, payloadAt, 'utf8');
  target.write(stream, streamAt, 'latin1');
  target[offset + 8] = recordVersion;
  target.writeUInt32LE(context.epoch, offset + 9);
  writePosition(target, position, offset + 13);
  target.writeUInt32LE(position - context.groupStart, offset + 21);
  target.writeDoubleLE(context.timeMs, offset + 25);
  target[offset + 33] = stream.length;
  target.writeUInt32LE(end - offset - checkedFrom, offset);
  target.writeUInt32LE(crc32(target.subarray(offset + checkedFrom, end)), offset + 4);
  return end - offset;
}

/** Judges the bytes at `offset` as the record that should stand at `position`. */
export function checkRecord(bytes: Buffer, offset: number, position: Position): RecordCheck {
  const available = bytes.length - offset;
  if (available < recordHeadBytes) return { kind: 'incomplete', bytes: recordHeadBytes };
  const length = bytes.readUInt32LE(offset);
  const whole = length + checkedFrom;
  if (whole < recordHeadBytes || whole > maxRecordBytes) {
    return { kind: 'bad', reason: `its length of ${length} cannot be` };
  }
  if (available < whole) return { kind: 'incomplete', bytes: whole };
  if (crc32(bytes.subarray(offset + checkedFrom, offset + whole)) !== bytes.readUInt32LE(offset + 4)) {
    return { kind: 'bad', reason: 'its checksum does not match' };
  }
  const version = bytes.readUInt8(offset + 8);
  if (version !== recordVersion) return { kind: 'unknown_version', version };
  if (readPosition(bytes, offset) !== position) return { kind: 'bad', reason: 'it belongs to another position' };
  const distance = bytes.readUInt32LE(offset + 21);
  const streamBytes = bytes.readUInt8(offset + 33);
  if (distance > position || streamBytes > whole - recordHeadBytes) {
    return { kind: 'bad', reason: 'its fields contradict each other' };
  }
  const head: RecordHead = {
    position,
    bytes: whole,
    epoch: bytes.readUInt32LE(offset + 9),
    groupStart: position - distance,
    timeMs: bytes.readDoubleLE(offset + 25),
    streamBytes,
  };
  return { kind: 'record', head };
}

/** The own position that a record at `offset` would claim. Needs a whole head there. */
export function readPosition(bytes: Buffer, offset: number): Position {
  return bytes.readUInt32LE(offset + 13) + bytes.readUInt32LE(offset + 17) * twoTo32;
}

function writePosition(target: Buffer, position: Position, offset: number): void {
  target.writeUInt32LE(position % twoTo32, offset);
  target.writeUInt32LE(Math.floor(position / twoTo32), offset + 4);
}

/** The record whose head was checked at `offset`. */
export function decodeRecord(bytes: Buffer, offset: number, head: RecordHead): LogRecord {
  const streamAt = offset + recordHeadBytes;
  const payloadAt = streamAt + head.streamBytes;
  return {
    stream: bytes.toString('latin1', streamAt, payloadAt) as StreamName,
    position: head.position,
    timeMs: head.timeMs,
    payload: bytes.toString('utf8', payloadAt, offset + head.bytes),
  };
}
