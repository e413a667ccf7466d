import { checkRecord } from '../../../src/adapters/segment-log/record-format.ts';

/** Where the newest group that is whole begins in a segment of the log, bytes from the segment's beginning; 0: there is none. */
export function newestGroupAt(name: string, contents: Uint8Array): number {
  const base = Number(/\d+/.exec(name)?.[0] ?? 0);
  const bytes = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  let groupStart = base;
  for (let offset = 0; offset < bytes.length; ) {
    const checked = checkRecord(bytes, offset, base + offset);
    if (checked.kind !== 'record') break;
    groupStart = checked.head.groupStart;
    offset += checked.head.bytes;
  }
  return groupStart - base;
}
