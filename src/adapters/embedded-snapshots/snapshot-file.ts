import { TxTrailError } from '../../lib/error.ts';
import type { Disk, DiskFile } from '../../ports/disk.ts';
import type { Position } from '../../ports/record-log.ts';
import type { SnapshotSection } from '../../ports/snapshot-store.ts';
import {
  bodyLength,
  type Frame,
  frameHeadBytes,
  headFrame,
  readFrame,
  sectionFrame,
  snapshotVersion,
  trailerFrame,
} from './snapshot-format.ts';

/** Small sections are written together up to this many bytes. */
const writeBytes = 1024 * 1024;

/** Writes a whole snapshot to a new file and makes its content durable. Gives its length. */
export async function writeSnapshotFile(
  file: DiskFile,
  position: Position,
  sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
): Promise<number> {
  let pending: Buffer[] = [headFrame(position)];
  let pendingBytes = 0;
  let written = 0;
  let count = 0;
  async function flush(): Promise<void> {
    const bytes = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    await file.write(written, bytes);
    written += bytes.length;
  }
  for await (const section of sections) {
    const frame = sectionFrame(section);
    pending.push(frame);
    pendingBytes += frame.length;
    count += 1;
    if (pendingBytes >= writeBytes) await flush();
  }
  pending.push(trailerFrame(position, count));
  await flush();
  await file.dataSync();
  return written;
}

/**
 * Reads the whole file once and checks it. Gives what is wrong, or null.
 * @throws TxTrailError `snapshot_version_unknown`.
 */
export async function findDamage(disk: Disk, name: string, position: Position): Promise<string | null> {
  try {
    for await (const _ of readSections(disk, name, position));
    return null;
  } catch (error) {
    if (error instanceof TxTrailError && error.code === 'snapshot_corrupt') return String(error.facts.reason);
    throw error;
  }
}

/** The sections, each given as a function that decodes it. Throws `snapshot_corrupt` where the file is damaged. */
export async function* readSections(
  disk: Disk,
  name: string,
  position: Position,
): AsyncGenerator<() => SnapshotSection> {
  const file = await disk.open(name);
  try {
    let count = 0;
    let isFirst = true;
    for await (const { frame, isLast } of readFrames(file, name)) {
      if (isFirst !== (frame.kind === 'head')) throw corrupt(name, 'its frames are out of order');
      isFirst = false;
      // Before anything else is judged: what follows the head of a newer version may look otherwise.
      if (frame.kind === 'head') assertHead(frame, name, position);
      if (isLast !== (frame.kind === 'trailer')) throw corrupt(name, 'it is cut short or goes on beyond its end');
      if (frame.kind === 'trailer' && (frame.sections !== count || frame.position !== position)) {
        throw corrupt(name, 'its trailer does not match');
      }
      if (frame.kind !== 'section') continue;
      count += 1;
      yield frame.section;
    }
    if (isFirst) throw corrupt(name, 'it is empty');
  } finally {
    await file.close();
  }
}

async function* readFrames(
  file: DiskFile,
  name: string,
): AsyncGenerator<{ readonly frame: Frame; readonly isLast: boolean }> {
  const size = await file.size();
  let offset = 0;
  while (offset < size) {
    const head = asBuffer(await file.read(offset, frameHeadBytes));
    const length = bodyLength(head);
    if (length === null || offset + frameHeadBytes + length > size) throw corrupt(name, `a length at byte ${offset}`);
    const body = asBuffer(await file.read(offset + frameHeadBytes, length));
    const frame = readFrame(head, body);
    if (frame === null) throw corrupt(name, `a checksum or field at byte ${offset}`);
    offset += frameHeadBytes + length;
    yield { frame, isLast: offset === size };
  }
}

function assertHead(head: Frame & { readonly kind: 'head' }, name: string, position: Position): void {
  if (head.version !== snapshotVersion) {
    throw new TxTrailError(
      'snapshot_version_unknown',
      `${name} has version ${head.version}; this program knows ${snapshotVersion}. Start the newer program that wrote it.`,
      { facts: { name, version: head.version } },
    );
  }
  if (head.position !== position) throw corrupt(name, 'its name and its head disagree');
}

function corrupt(name: string, reason: string): TxTrailError {
  return new TxTrailError('snapshot_corrupt', `The snapshot ${name} is damaged: ${reason}.`, {
    facts: { name, reason },
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
