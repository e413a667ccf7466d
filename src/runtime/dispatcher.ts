import type { LogWriter } from '../ports/log-writer.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { Follower, LogRecord, NewRecord, Position, RecordLog } from '../ports/record-log.ts';

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
 * rebuilds it, so a crash between an input and what follows from it loses nothing.
 */
export class Dispatcher implements LogWriter {
  readonly #log: RecordLog;
  readonly #processors: readonly Processor[];
  readonly #outbox = new Map<string, NewRecord>();
  readonly #routes = new Map<string, readonly Processor[]>();
  readonly #waiting: { readonly position: Position; readonly resolve: () => void }[] = [];
  readonly #listeners: (() => void)[] = [];
  #capture: ((capture: Capture) => void) | null = null;
  #followFrom: Position = 0;
  #appliedThrough: Position = -1;

  constructor(log: RecordLog, processors: readonly Processor[]) {
    this.#log = log;
    this.#processors = processors;
  }

  onApplied(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Brings the processors from `from` to the log's end, without side effects; then owes what a crash cut off. */
  async replay(from: Position): Promise<number> {
    let count = 0;
    for await (const record of this.#log.read(from)) {
      this.#apply(record);
      count += 1;
    }
    this.#followFrom = this.#log.end;
    const owed = [...this.#outbox.values()];
    if (owed.length > 0) await this.#log.append(owed);
    return count;
  }

  /** From here on records are applied as they become durable. */
  start(): Follower {
    const follower = this.#log.follow(this.#followFrom, (records) => this.#dispatch(records));
    for (const processor of this.#processors) processor.goLive();
    return follower;
  }

  async write(
    records: readonly NewRecord[],
    options: { readonly mayReject?: boolean } = {},
  ): Promise<readonly Position[]> {
    if (records.length === 0) return [];
    const positions = await this.#log.append(records, options);
    const last = positions.at(-1) ?? 0;
    if (last > this.#appliedThrough) {
      await new Promise<void>((resolve) => this.#waiting.push({ position: last, resolve }));
    }
    return positions;
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
    for (const record of records) owed.push(...this.#apply(record));
    // A failed append settles the log's own `failed`, which ends the process.
    if (owed.length > 0) this.#log.append(owed).catch(() => undefined);
    while (this.#waiting.length > 0 && (this.#waiting[0]?.position ?? 0) <= this.#appliedThrough) {
      this.#waiting.shift()?.resolve();
    }
    for (const listener of this.#listeners) listener();
  }

  #apply(record: LogRecord): readonly NewRecord[] {
    this.#outbox.delete(keyOf(record));
    const derived = this.#readers(record).flatMap((processor) => processor.apply(record));
    this.#owe(derived);
    this.#appliedThrough = record.position;
    return derived;
  }

  #readers(record: LogRecord): readonly Processor[] {
    const known = this.#routes.get(record.stream);
    if (known !== undefined) return known;
    const readers = this.#processors.filter((processor) => processor.handles(record.stream));
    this.#routes.set(record.stream, readers);
    return readers;
  }

  #owe(records: readonly NewRecord[]): void {
    for (const record of records) this.#outbox.set(keyOf(record), record);
  }
}

/** A derived record names its origin, so no two are alike. */
function keyOf({ stream, payload }: NewRecord): string {
  return `${stream} ${payload}`;
}
