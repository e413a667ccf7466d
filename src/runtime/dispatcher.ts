import { TxTrailError } from '../lib/error.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { Follower, LogRecord, NewRecord, Position, RecordLog } from '../ports/record-log.ts';
import type { StreamName } from '../core/records/stream.ts';

/**
 * Derived records are appended in parts of about this many UTF-16 units: one input may derive any
 * number (a finalized block of a busy hour, say), and the log takes no append beyond its bound.
 */
const owedPartLength = 1_048_576;

/** A state of every processor, to be restored before the record at `position` is applied. */
export interface Capture {
  readonly position: Position;
  /** The journal's time there, Unix milliseconds. */
  readonly timeMs: number;
  readonly sections: readonly Section[];
}

/**
 * Carries records between the log and the stages of one process: every durable record, in the log's
 * one order, to the processors that read its stream, and what they derive back into the log. The
 * shared log is the journal: what a processor did follows from the records alone.
 *
 * What was derived and is not durable yet stands in the outbox. A snapshot holds it, and a replay
 * rebuilds it, so a crash between an input and what follows from it loses nothing. It leaves the
 * outbox when it is read back, or, where the log does not read its stream, when it is durable there.
 */
export class Dispatcher implements LogWriter {
  readonly #log: RecordLog;
  readonly #processors: readonly Processor[];
  readonly #outbox = new Map<string, NewRecord>();
  /** The streams that were ever owed to: records of others (blocks above all) need no look into the outbox. */
  readonly #owedStreams = new Set<StreamName>();
  readonly #routes = new Map<string, readonly Processor[]>();
  readonly #waiting: WaitingWrite[] = [];
  readonly #listeners: (() => void)[] = [];
  #capture: ((capture: Capture) => void) | null = null;
  #followFrom: Position = 0;
  #appliedThrough: Position = -1;
  #appliedTimeMs = 0;
  #failure: TxTrailError | null = null;

  constructor(log: RecordLog, processors: readonly Processor[]) {
    this.#log = log;
    this.#processors = processors;
  }

  /** The journal's time: that of the newest record applied, Unix milliseconds; 0 before the first. */
  get appliedTimeMs(): number {
    return this.#appliedTimeMs;
  }

  /** The position of the newest record applied; −1 before the first. */
  get appliedThrough(): Position {
    return this.#appliedThrough;
  }

  onApplied(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Brings the processors from `from` to the log's end, without side effects; then owes what a crash cut off. */
  async replay(from: Position): Promise<number> {
    let count = 0;
    this.#followFrom = this.#log.end;
    for await (const record of this.#log.read(from)) {
      this.#apply(record);
      count += 1;
    }
    for (const part of partsOf([...this.#outbox.values()])) await this.#appendOwed(part);
    return count;
  }

  /** From here on records are applied as they become durable. */
  start(): Follower {
    const follower = this.#log.follow(this.#followFrom, (records) => this.#dispatch(records));
    void this.#log.failed.then((cause) => this.#fail(cause));
    for (const processor of this.#processors) processor.goLive();
    return follower;
  }

  async write(
    records: readonly NewRecord[],
    options: { readonly mayReject?: boolean } = {},
  ): Promise<readonly Position[]> {
    if (records.length === 0) return [];
    const positions = await this.#log.append(records, options);
    const last = positions.reduce((highest, position) => Math.max(highest, position), -1);
    if (last > this.#appliedThrough) await this.#applied(last);
    return positions;
  }

  #applied(position: Position): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure);
      else this.#waiting.push({ position, resolve, reject });
    });
  }

  /** What was written and never applied will be, after the restart; but nobody here can wait for that. */
  #fail(cause: Error): void {
    this.#failure = new TxTrailError('log_failed', 'The log failed before the record was applied.', { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  /**
   * The whole state at a record's boundary: just before the next record is applied, whenever that is.
   * What is derived and not durable yet is part of it.
   */
  capture(): Promise<Capture> {
    return new Promise((resolve) => {
      this.#capture = resolve;
    });
  }

  #sections(): readonly Section[] {
    return [
      ...this.#processors.flatMap((processor) => processor.sections()),
      { name: 'outbox', text: JSON.stringify([...this.#outbox.values()]) },
    ];
  }

  restore(sections: readonly Section[]): void {
    for (const section of sections) {
      if (section.name === 'outbox') this.#owe(JSON.parse(section.text) as NewRecord[]);
      else if (!this.#processors.some((processor) => processor.restore(section))) {
        throw new Error(`the snapshot has a section ${section.name} that nothing reads`);
      }
    }
    for (const processor of this.#processors) processor.restored();
  }

  #dispatch(records: readonly LogRecord[]): void {
    const [first] = records;
    if (this.#capture !== null && first !== undefined) {
      this.#capture({ position: first.position, timeMs: first.timeMs, sections: this.#sections() });
      this.#capture = null;
    }
    const owed: NewRecord[] = [];
    for (const record of records) for (const derived of this.#apply(record)) owed.push(derived);
    // A failed append settles the log's own `failed`, which ends the process.
    for (const part of partsOf(owed)) this.#appendOwed(part).catch(() => undefined);
    while (this.#waiting.length > 0 && (this.#waiting[0]?.position ?? 0) <= this.#appliedThrough) {
      this.#waiting.shift()?.resolve();
    }
    for (const listener of this.#listeners) listener();
  }

  async #appendOwed(records: readonly NewRecord[]): Promise<void> {
    const positions = await this.#log.append(records);
    for (const [index, record] of records.entries()) {
      if (positions[index] === -1) this.#outbox.delete(keyOf(record));
    }
  }

  #apply(record: LogRecord): readonly NewRecord[] {
    if (this.#owedStreams.has(record.stream)) this.#outbox.delete(keyOf(record));
    const derived = this.#derive(record);
    this.#owe(derived);
    this.#appliedThrough = record.position;
    this.#appliedTimeMs = record.timeMs;
    return derived;
  }

  /** A record that breaks an invariant stops the process, with its place: nothing is guessed, nothing skipped. */
  #derive(record: LogRecord): readonly NewRecord[] {
    const { stream, position } = record;
    try {
      return this.#readers(record).flatMap((processor) => processor.apply(record));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `The record at ${position} of ${stream} cannot be applied: ${reason}. Keep the data directory and report it.`;
      throw new TxTrailError('record_not_applied', message, { cause, facts: { stream, position } });
    }
  }

  #readers(record: LogRecord): readonly Processor[] {
    const known = this.#routes.get(record.stream);
    if (known !== undefined) return known;
    const readers = this.#processors.filter((processor) => processor.handles(record.stream));
    this.#routes.set(record.stream, readers);
    return readers;
  }

  #owe(records: readonly NewRecord[]): void {
    for (const record of records) {
      this.#outbox.set(keyOf(record), record);
      this.#owedStreams.add(record.stream);
    }
  }
}

interface WaitingWrite {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function partsOf(records: readonly NewRecord[]): readonly (readonly NewRecord[])[] {
  const parts: NewRecord[][] = [];
  let room = 0;
  for (const record of records) {
    if (room <= 0) {
      parts.push([]);
      room = owedPartLength;
    }
    parts.at(-1)?.push(record);
    room -= record.payload.length;
  }
  return parts;
}

/** A derived record names its origin, so no two are alike. */
function keyOf({ stream, payload }: NewRecord): string {
  return `${stream} ${payload}`;
}
