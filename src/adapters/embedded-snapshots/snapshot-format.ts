import { crc32 } from 'node:zlib';
import { assert } from '../../lib/assert.ts';
import type { Position } from '../../ports/record-log.ts';
import type { SnapshotSection } from '../../ports/snapshot-store.ts';

/**
 * A snapshot is a row of frames, little endian: 4 bytes length of what follows the checksum, 4
 * bytes CRC-32 of that, then 1 byte kind and what the kind says.
 *
 * - head (1): 1 byte version, 8 bytes position.
 * - section (2): 2 bytes length of the name, the name, the text, both UTF-8.
 * - trailer (3): 8 bytes position, 4 bytes number of sections. Nothing follows it.
 */
export const snapshotVersion = 1;

/** The largest section's text and name together: a string of it must still fit the engine. */
export const maxSectionBytes = 256 * 1024 * 1024;

export const frameHeadBytes = 8;

const kinds = { head: 1, section: 2, trailer: 3 } as const;

/** The longest body that a frame may announce; more is damage. */
const maxBodyBytes = maxSectionBytes + 3;

export type Frame =
  | { readonly kind: 'head'; readonly version: number; readonly position: Position }
  | { readonly kind: 'section'; readonly section: () => SnapshotSection }
  | { readonly kind: 'trailer'; readonly position: Position; readonly sections: number };

export function headFrame(position: Position): Buffer {
  return framed(10, (body) => {
    body[0] = kinds.head;
    body[1] = snapshotVersion;
    body.writeBigUInt64LE(BigInt(position), 2);
  });
}

export function sectionFrame(section: SnapshotSection): Buffer {
  const { name, text } = section;
  const nameBytes = Buffer.byteLength(name, 'utf8');
  const textBytes = Buffer.byteLength(text, 'utf8');
  assert(text.isWellFormed(), `section ${name} is not well-formed Unicode`);
  assert(nameBytes < 2 ** 16 && nameBytes + textBytes <= maxSectionBytes, `section ${name} is too large`);
  return framed(3 + nameBytes + textBytes, (body) => {
    body[0] = kinds.section;
    body.writeUInt16LE(nameBytes, 1);
    body.write(name, 3, 'utf8');
    body.write(text, 3 + nameBytes, 'utf8');
  });
}

export function trailerFrame(position: Position, sections: number): Buffer {
  return framed(13, (body) => {
    body[0] = kinds.trailer;
    body.writeBigUInt64LE(BigInt(position), 1);
    body.writeUInt32LE(sections, 9);
  });
}

/** The length of the body that a frame's first 8 bytes announce; null where it cannot be. */
export function bodyLength(head: Buffer): number | null {
  if (head.length < frameHeadBytes) return null;
  const length = head.readUInt32LE(0);
  return length >= 1 && length <= maxBodyBytes ? length : null;
}

/** Null where the body is damaged or of no known kind. */
export function readFrame(head: Buffer, body: Buffer): Frame | null {
  if (crc32(body) !== head.readUInt32LE(4)) return null;
  const kind = body[0];
  if (kind === kinds.head && body.length >= 10) {
    return { kind: 'head', version: body.readUInt8(1), position: Number(body.readBigUInt64LE(2)) };
  }
  if (kind === kinds.trailer && body.length === 13) {
    return { kind: 'trailer', position: Number(body.readBigUInt64LE(1)), sections: body.readUInt32LE(9) };
  }
  if (kind !== kinds.section || body.length < 3 || body.readUInt16LE(1) + 3 > body.length) return null;
  const textAt = body.readUInt16LE(1) + 3;
  return {
    kind: 'section',
    section: () => ({ name: body.toString('utf8', 3, textAt), text: body.toString('utf8', textAt) }),
  };
}

/** The body is written where it will stand: a snapshot has many sections, and most are small. */
function framed(length: number, write: (body: Buffer) => void): Buffer {
  const frame = Buffer.alloc(frameHeadBytes + length);
  const body = frame.subarray(frameHeadBytes);
  write(body);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(body), 4);
  return frame;
}
