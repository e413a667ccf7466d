/** A change of a file's content that no dataSync has made durable yet. */
export type UnsyncedChange =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

/** Says which blocks of an unsynced write a crash leaves on the disk; a truncation is one block, number 0. */
export type KeepsBlock = (change: UnsyncedChange, block: number) => boolean;

/**
 * A file's bytes as a process sees them, and as they would be found after a power cut: what was
 * last synced, plus whatever the crash happens to leave of the changes since.
 */
export class UnsyncedContent {
  #live: Uint8Array = new Uint8Array(0);
  #liveLength = 0;
  #durable: Uint8Array = new Uint8Array(0);
  #durableLength = 0;
  #changes: UnsyncedChange[] = [];

  get length(): number {
    return this.#liveLength;
  }

  /** True when a crash now could lose something. */
  get isDirty(): boolean {
    return this.#changes.length > 0;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#live.slice(Math.min(offset, this.#liveLength), Math.min(offset + length, this.#liveLength));
  }

  write(offset: number, bytes: Uint8Array): void {
    const change: UnsyncedChange = { kind: 'write', offset, bytes: bytes.slice() };
    this.#changes.push(change);
    [this.#live, this.#liveLength] = applied(this.#live, this.#liveLength, change);
  }

  truncate(length: number): void {
    const change: UnsyncedChange = { kind: 'truncate', length };
    this.#changes.push(change);
    [this.#live, this.#liveLength] = applied(this.#live, this.#liveLength, change);
  }

  sync(): void {
    for (const change of this.#changes) {
      [this.#durable, this.#durableLength] = applied(this.#durable, this.#durableLength, change);
    }
    this.#changes = [];
  }

  /** What a failed fsync does on Linux: the pages stay readable but are marked clean, so no later sync writes them. */
  forgetChanges(): void {
    this.#changes = [];
  }

  crash(keeps: KeepsBlock, blockBytes: number): void {
    for (const change of this.#changes) {
      for (const kept of keptParts(change, keeps, blockBytes)) {
        [this.#durable, this.#durableLength] = applied(this.#durable, this.#durableLength, kept);
      }
    }
    this.#changes = [];
    this.#live = this.#durable.slice(0, this.#durableLength);
    this.#liveLength = this.#durableLength;
  }

  /** Changes the medium itself, below every cache: bit rot. */
  flipBit(offset: number, bit: number): void {
    for (const bytes of [this.#live, this.#durable]) {
      if (offset < bytes.length) bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
    }
  }
}

/** The bytes after a change, in the same array where it is long enough; a gap reads as zeros. */
function applied(bytes: Uint8Array, length: number, change: UnsyncedChange): [Uint8Array, number] {
  if (change.kind === 'truncate') {
    const grown = withRoom(bytes, change.length);
    grown.fill(0, Math.min(length, change.length));
    return [grown, change.length];
  }
  const end = change.offset + change.bytes.length;
  const grown = withRoom(bytes, end);
  grown.set(change.bytes, change.offset);
  return [grown, Math.max(length, end)];
}

function withRoom(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const grown = new Uint8Array(Math.max(length, bytes.length * 2, 1024));
  grown.set(bytes);
  return grown;
}

/** Blocks lie at multiples of their size in the file, as sectors do, not in the write. */
function keptParts(change: UnsyncedChange, keeps: KeepsBlock, blockBytes: number): readonly UnsyncedChange[] {
  if (change.kind === 'truncate') return keeps(change, 0) ? [change] : [];
  const kept: UnsyncedChange[] = [];
  const end = change.offset + change.bytes.length;
  let from = change.offset;
  for (let block = 0; from < end; block += 1) {
    const to = Math.min(end, (Math.floor(from / blockBytes) + 1) * blockBytes);
    if (keeps(change, block)) {
      const bytes = change.bytes.subarray(from - change.offset, to - change.offset);
      kept.push({ kind: 'write', offset: from, bytes });
    }
    from = to;
  }
  return kept;
}
