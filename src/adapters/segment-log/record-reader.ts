import { assert } from '../../lib/assert.ts';
import type { Logger } from '../../ports/logger.ts';
import type { LogRecord, Position } from '../../ports/record-log.ts';
import type { EpochFloors } from './epoch-floors.ts';
import { corruptError, missingError } from './log-fault.ts';
import type { LogMetrics } from './log-metrics.ts';
import { checkRecord, decodeRecord, type RecordHead } from './record-format.ts';
import { type RecordChunk, walkRecords } from './record-walk.ts';
import { type Segment, segmentEnd, segmentIndexOf } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';

export interface RecordReaderOptions {
  readonly readBytes: number;
  readonly parallelReadsLimit: number;
}

export interface RecordReaderDeps {
  /** Oldest first; the log adds to the end, grows the last one and takes away from the beginning. */
  readonly segments: readonly Segment[];
  readonly files: SegmentFiles;
  readonly floors: EpochFloors;
  readonly logger: Logger;
  readonly metrics: LogMetrics;
}

/** Bytes read around a position: most records lie within, and one read serves neighbours. */
const nearbyBytes = 16 * 1024;

interface ReadWindow {
  readonly from: Position;
  readonly bytes: Buffer;
}

/** Reads what is durable. Every record's checksum is checked each time; damage is `log_corrupt`, never skipped. */
export class RecordReader {
  readonly #options: RecordReaderOptions;
  readonly #deps: RecordReaderDeps;
  #warnedOfStale = false;

  constructor(options: RecordReaderOptions, deps: RecordReaderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** The records at or after `from` and below `to`, which must be where a record ends, some at a time. */
  async *batches(from: Position, to: Position): AsyncGenerator<readonly LogRecord[]> {
    let position = await this.#boundary(from, to);
    while (position < to) {
      const segment = this.#segmentOf(position);
      for await (const chunk of walkRecords(this.#deps.files, segment, position, to, this.#options.readBytes)) {
        assertGood(chunk);
        position = chunk.end;
        const records = this.#decode(chunk);
        if (records.length > 0) yield records;
      }
    }
  }

  /** The records at these positions, in the order asked; all must lie below `to`. */
  async readAt(positions: readonly Position[], to: Position): Promise<readonly LogRecord[]> {
    const found = new Map<Position, LogRecord>();
    const runs = neighbours(positions);
    let next = 0;
    const readRuns = async (): Promise<void> => {
      for (let run = runs[next++]; run !== undefined; run = runs[next++]) await this.#readRun(run, to, found);
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.parallelReadsLimit, runs.length) }, readRuns));
    return positions.map((position) => {
      const record = found.get(position);
      assert(record !== undefined, `no record was read at ${position}`);
      return record;
    });
  }

  async #readRun(run: readonly Position[], to: Position, found: Map<Position, LogRecord>): Promise<void> {
    let window: ReadWindow = { from: 0, bytes: Buffer.alloc(0) };
    for (const position of run) {
      if (position >= to) throw missingError(position, `the log ends at ${to}`);
      const segment = this.#segmentOf(position);
      window = await this.#windowOn(segment, position, to, window);
      const offset = position - window.from;
      const check = checkRecord(window.bytes, offset, position);
      if (check.kind !== 'record') throw await this.#whyNot(segment, position, to);
      if (this.#isStale(check.head)) throw missingError(position, 'its writer had been followed by another');
      found.set(position, decodeRecord(window.bytes, offset, check.head));
    }
  }

  /** Bytes that hold the whole record at the position, if there is one: those at hand, or as many as it takes. */
  async #windowOn(segment: Segment, position: Position, to: Position, atHand: ReadWindow): Promise<ReadWindow> {
    const room = Math.min(to, segmentEnd(segment)) - position;
    let window = atHand;
    // At most: the end of what is at hand, what lies near, and then a record that turns out to be longer.
    for (let reads = 0; reads < 3; reads += 1) {
      const isInside = position >= window.from && position < window.from + window.bytes.length;
      const check = isInside ? checkRecord(window.bytes, position - window.from, position) : null;
      if (check !== null && (check.kind !== 'incomplete' || check.bytes > room)) return window;
      const wanted = Math.min(room, Math.max(check?.bytes ?? 0, nearbyBytes));
      window = { from: position, bytes: await this.#deps.files.read(segment, position, wanted) };
    }
    return window;
  }

  /** Tells a damaged record from a position where no record begins, by walking there from the segment's first. */
  async #whyNot(segment: Segment, position: Position, to: Position): Promise<Error> {
    for await (const chunk of walkRecords(this.#deps.files, segment, segment.base, to, this.#options.readBytes)) {
      if (chunk.bad !== null && chunk.bad.position <= position) return corruptError(chunk.bad, 'it was acknowledged');
      if (chunk.end > position) break;
    }
    return missingError(position, 'none begins there');
  }

  /** The first place at or after `from` where a record begins. */
  async #boundary(from: Position, to: Position): Promise<Position> {
    if (from >= to) return to;
    const segment = this.#segmentOf(from);
    if (from === segment.base || (await this.#headAt(segment, from, to)) !== null) return from;
    // The usual way to say "after this one" is its position plus one.
    const before = await this.#headAt(segment, from - 1, to);
    if (before !== null) return from - 1 + before.bytes;
    for await (const chunk of walkRecords(this.#deps.files, segment, segment.base, to, this.#options.readBytes)) {
      assertGood(chunk);
      const head = chunk.heads.find(({ position }) => position >= from);
      if (head !== undefined) return head.position;
    }
    return Math.min(to, segmentEnd(segment));
  }

  async #headAt(segment: Segment, position: Position, to: Position): Promise<RecordHead | null> {
    for await (const chunk of walkRecords(this.#deps.files, segment, position, to, nearbyBytes)) {
      return chunk.heads[0] ?? null;
    }
    return null;
  }

  #segmentOf(position: Position): Segment {
    const segment = this.#deps.segments[segmentIndexOf(this.#deps.segments, position)];
    if (segment !== undefined) return segment;
    throw missingError(position, `the log begins at ${this.#deps.segments[0]?.base ?? 0}`);
  }

  #decode(chunk: RecordChunk): readonly LogRecord[] {
    const records: LogRecord[] = [];
    for (const head of chunk.heads) {
      if (!this.#isStale(head)) records.push(decodeRecord(chunk.bytes, head.position - chunk.from, head));
    }
    return records;
  }

  #isStale(head: RecordHead): boolean {
    if (head.epoch >= this.#deps.floors.at(head.position)) return false;
    this.#deps.metrics.staleRecords.add();
    if (!this.#warnedOfStale) {
      this.#warnedOfStale = true;
      this.#deps.logger.warn('The log holds records of a writer that had been followed by another; they are ignored', {
        position: head.position,
        epoch: head.epoch,
      });
    }
    return true;
  }
}

function assertGood(chunk: RecordChunk): void {
  if (chunk.bad !== null) throw corruptError(chunk.bad, 'it lies below what was acknowledged');
}

/** Positions, ascending, in runs that lie close together, so that one read serves a run. */
function neighbours(positions: readonly Position[]): readonly (readonly Position[])[] {
  const runs: Position[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const position of [...new Set(positions)].sort((left, right) => left - right)) {
    if (position - last < nearbyBytes) runs.at(-1)?.push(position);
    else runs.push([position]);
    last = position;
  }
  return runs;
}
