import type { Disk, DiskFile } from '../../ports/disk.ts';
import type { AppendGroup } from './append-group.ts';
import { type Segment, segmentName } from './segment.ts';

export interface SegmentWriterOptions {
  readonly segmentBytes: number;
}

export interface SegmentWriterDeps {
  readonly disk: Disk;
  /** The last one is written to; a new one is added to the end. */
  readonly segments: Segment[];
  /** The last segment, open. */
  readonly tail: DiskFile;
}

/** Writes groups to the last segment, one at a time. After a failure it must not be used again. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #deps: SegmentWriterDeps;
  #file: DiskFile;

  constructor(options: SegmentWriterOptions, deps: SegmentWriterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#file = deps.tail;
  }

  /** Durable when it resolves: content, and the file's own entry in the directory. */
  async write(group: AppendGroup): Promise<void> {
    let segment = this.#tail();
    if (segment.bytes > 0 && segment.bytes + group.length > this.#options.segmentBytes) {
      segment = await this.#roll(group);
    }
    await this.#file.write(group.start - segment.base, group.bytes);
    await this.#file.dataSync();
    segment.bytes += group.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #roll(group: AppendGroup): Promise<Segment> {
    const segment: Segment = { name: segmentName(group.start), base: group.start, bytes: 0 };
    const file = await this.#deps.disk.open(segment.name, { create: true });
    await this.#deps.disk.syncDirectory();
    await this.#file.close();
    this.#file = file;
    this.#deps.segments.push(segment);
    return segment;
  }

  #tail(): Segment {
    return this.#deps.segments.at(-1) as Segment;
  }
}
