import type { Disk, DiskFile } from '../../ports/disk.ts';
import type { Position } from '../../ports/record-log.ts';
import type { Segment } from './segment.ts';

export interface SegmentFilesOptions {
  /** Files kept open while nobody uses them; those in use come on top. */
  readonly openSegmentsLimit: number;
}

interface OpenSegment {
  readonly file: Promise<DiskFile>;
  users: number;
}

/** Segments open for reading: opened at first use, the longest unused closed first, never one that is being read. */
export class SegmentFiles {
  #limit: number;
  readonly #disk: Disk;
  /** In the order of last use. */
  readonly #open = new Map<string, OpenSegment>();

  constructor(options: SegmentFilesOptions, disk: Disk) {
    this.#limit = options.openSegmentsLimit;
    this.#disk = disk;
  }

  /** The bytes at a position, fewer than asked only where the file ends. */
  async read(segment: Segment, position: Position, length: number): Promise<Buffer> {
    const open = this.#use(segment.name);
    try {
      const file = await open.file;
      const bytes = await file.read(position - segment.base, length);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } finally {
      open.users -= 1;
      await this.#shrink(this.#limit);
    }
  }

  /** Lets go of a segment that is about to be removed. */
  async forget(segment: Segment): Promise<void> {
    const open = this.#open.get(segment.name);
    if (open !== undefined && open.users === 0) await this.#close(segment.name, open);
  }

  /** Closes what nobody reads now; what is being read is closed by its last reader. */
  async close(): Promise<void> {
    this.#limit = 0;
    await this.#shrink(0);
  }

  #use(name: string): OpenSegment {
    const open = this.#open.get(name) ?? { file: this.#disk.open(name), users: 0 };
    this.#open.delete(name);
    this.#open.set(name, open);
    open.users += 1;
    // What could not be opened is tried anew by the next reader.
    open.file.catch(() => this.#open.delete(name));
    return open;
  }

  async #shrink(limit: number): Promise<void> {
    for (const [name, open] of this.#open) {
      if (this.#open.size <= limit) return;
      if (open.users === 0) await this.#close(name, open);
    }
  }

  async #close(name: string, open: OpenSegment): Promise<void> {
    this.#open.delete(name);
    try {
      await (await open.file).close();
    } catch {
      // Never opened, or only read from: nothing can be lost by it.
    }
  }
}
