import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import { Followers } from '../../lib/followers.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Follower, LogRecord, NewRecord, Position, RecordLog } from '../../ports/record-log.ts';
import type { BrokerFollower, StreamBroker } from '../../ports/stream-broker.ts';
import { type AppendCall, AppendQueue } from './append-queue.ts';
import type { EntryIndex } from './entry-index.ts';
import { EntryReader, type StoredEntry } from './entry-reader.ts';
import { entryNumberOf, positionOf, recordsOfEntry } from './entry-records.ts';
import { InputBuffer, takeInputs, type TakenInput } from './input-buffer.ts';
import { encodeEntry, type InputRange, type JournalEntry, positionsAnEntry } from './journal-entry.ts';
import type { JournalMetrics } from './journal-metrics.ts';
import { JournalWalk } from './journal-walk.ts';
import type { JournaledLogLimits } from './journaled-log-options.ts';
import { failedError, missingPosition, takenError } from './log-fault.ts';
import { StreamWriters } from './stream-writers.ts';

export interface JournaledLogState {
  readonly unit: number;
  /** The offset of this owner's claim. */
  readonly epoch: number;
  /** The number of the next entry. */
  readonly number: number;
  /** The journal is read up to here. */
  readonly journalEnd: number;
  readonly lastTimeMs: number;
  /** Where each input goes on. */
  readonly inputs: readonly { readonly stream: StreamName; readonly from: number }[];
  /** Inputs of former owners that are read no more: where they would go on stays written. */
  readonly retired: readonly InputRange[];
  readonly index: EntryIndex;
}

export interface JournaledLogParts {
  readonly broker: StreamBroker;
  readonly clock: Clock;
  readonly metrics: JournalMetrics;
}

interface OwnPayload {
  readonly payload: string;
  readonly settle: (position: Position) => void;
}

interface Draft {
  readonly entry: JournalEntry;
  readonly own: readonly OwnPayload[];
  readonly taken: ReadonlyMap<StreamName, TakenInput>;
}

const ownPayloadsAnEntry = 1024;

/**
 * One unit's log over streams of a broker (docs/internals/partitions.md). Its records are those of its
 * inputs, in the order, with the positions and at the times that its journal gives them: an entry is
 * written as soon as there is something to apply, and applied once it stands (P05). So entries grow with
 * the load and nobody waits for a timer. Made by `openJournaledLog`.
 *
 * An entry is applied only when all that stands before it in the journal was read (P17). Where a claim
 * stands there, somebody else owns the unit and this log ends with `log_taken`. Where the fate of an
 * append is unknown it ends with `log_failed`: within an epoch nothing is decided twice, and the next
 * owner, who claims anew, reads what became of it.
 */
export class JournaledLog implements RecordLog {
  readonly failed: Promise<Error>;
  readonly #settleFailed: (cause: Error) => void;
  readonly #limits: JournaledLogLimits;
  readonly #state: JournaledLogState;
  readonly #parts: JournaledLogParts;
  readonly #journal: StreamName;
  readonly #labels: { readonly unit: string };
  readonly #inputs: readonly InputBuffer[];
  readonly #brokerFollowers: BrokerFollower[] = [];
  readonly #appliedTo = new Map<StreamName, number>();
  readonly #queue: AppendQueue;
  readonly #writers: StreamWriters;
  readonly #reader: EntryReader;
  readonly #followers: Followers<LogRecord>;
  #own: OwnPayload[] = [];
  #number: number;
  #journalEnd: number;
  #lastTimeMs: number;
  #writing: Promise<void> | null = null;
  #isWakeUpScheduled = false;
  #trimming: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  /** Everything appended stands; what the inputs still bring is the next owner's. */
  #isEnding = false;
  #failure: TxTrailError | null = null;

  constructor(limits: JournaledLogLimits, state: JournaledLogState, parts: JournaledLogParts) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#settleFailed = resolve;
    this.#limits = limits;
    this.#state = state;
    this.#parts = parts;
    this.#journal = `journal/${state.unit}`;
    this.#labels = { unit: String(state.unit) };
    this.#number = state.number;
    this.#journalEnd = state.journalEnd;
    this.#lastTimeMs = state.lastTimeMs;
    this.#inputs = state.inputs.map(({ stream, from }) => new InputBuffer(stream, from, limits.bufferedBytesLimit));
    this.#writers = new StreamWriters(
      this.#inputs.map(({ stream }) => stream),
      limits.appendBytes,
      { broker: parts.broker, fail: (cause) => this.#fail(cause) },
    );
    this.#reader = new EntryReader(this.#journal, { broker: parts.broker, index: state.index });
    this.#queue = new AppendQueue(limits.waitingBytesLimit, {
      admit: (call) => this.#admit(call),
      metrics: parts.metrics,
    });
    this.#followers = new Followers({
      end: () => this.end,
      batches: (from, to) => this.#batches(from, to),
      fail: (cause) => this.#fail(cause),
    });
  }

  /** The offset of this owner's claim: above that of every owner before. */
  get epoch(): number {
    return this.#state.epoch;
  }

  /** Every record of an input below this offset stands in an entry that was applied; null: none was taken yet. */
  appliedTo(stream: StreamName): number | null {
    return this.#appliedTo.get(stream) ?? null;
  }

  get start(): Position {
    return positionOf(this.#state.index.oldest?.number ?? this.#number);
  }

  get end(): Position {
    return positionOf(this.#number);
  }

  get waitingBytes(): number {
    return this.#queue.bytes;
  }

  /** Begins to read the inputs. */
  begin(): void {
    for (const input of this.#inputs) {
      this.#brokerFollowers.push(
        this.#parts.broker.follow(
          input.stream,
          input.from,
          (records) => {
            const room = input.receive(records);
            this.#wakeUp();
            return room;
          },
          (cause) => this.#fail(cause),
        ),
      );
    }
  }

  async append(
    records: readonly NewRecord[],
    options: { readonly mayReject?: boolean } = {},
  ): Promise<readonly Position[]> {
    this.#assertUsable();
    if (records.length === 0) return [];
    return this.#queue.append(records, options.mayReject === true);
  }

  read(from: Position): AsyncIterable<LogRecord> {
    this.#assertUsable();
    this.#assertReadable(from);
    return singly(this.#batches(from, this.end));
  }

  async readAt(positions: readonly Position[]): Promise<readonly LogRecord[]> {
    this.#assertUsable();
    for (const position of positions) this.#assertReadable(position);
    const found = new Map<Position, LogRecord>();
    const numbers = [...new Set(positions.map(entryNumberOf))];
    for (const number of numbers) {
      for await (const records of this.#reader.records(number, number + 1, this.#journalEnd)) {
        for (const record of records) found.set(record.position, record);
      }
    }
    return positions.map((position) => {
      const record = found.get(position);
      if (record === undefined) throw missingPosition(position, 'no record has that position');
      return record;
    });
  }

  follow(from: Position, sink: (records: readonly LogRecord[]) => void): Follower {
    this.#assertUsable();
    this.#assertReadable(from);
    return this.#followers.add(from, sink);
  }

  trim(before: Position): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#trim(before));
    this.#trimming = trimmed.catch(() => {
      // The caller of this trim is told; the next one only waits for its end.
    });
    return trimmed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #admit(call: AppendCall): void {
    for (const [index, { stream, payload }] of call.records.entries()) {
      const settle = (position: Position): void => call.settle(index, position);
      if (stream.startsWith('journal/')) {
        this.#own.push({ payload, settle });
        this.#wakeUp();
      } else {
        this.#writers.push(stream, payload, settle);
      }
    }
    this.#measureWaiting();
  }

  /** What arrives in the same turn of the event loop shares an entry. */
  #wakeUp(): void {
    if (this.#isWakeUpScheduled || this.#writing !== null || this.#failure !== null) return;
    this.#isWakeUpScheduled = true;
    queueMicrotask(() => {
      this.#isWakeUpScheduled = false;
      if (this.#writing === null && this.#hasWork()) this.#writing = this.#write();
    });
  }

  #hasWork(): boolean {
    if (this.#failure !== null || this.#isEnding) return false;
    return this.#own.length > 0 || this.#inputs.some(({ count }) => count > 0);
  }

  /** Writes and applies entry after entry until nothing is left or the log has failed. Never rejects. */
  async #write(): Promise<void> {
    try {
      while (this.#hasWork()) {
        const draft = this.#draft();
        const offset = await this.#writeEntry(draft.entry);
        if (this.#failure === null) this.#apply(draft, offset);
      }
    } catch (cause) {
      this.#fail(cause);
    }
    this.#writing = null;
  }

  #draft(): Draft {
    const own = this.#takeOwn();
    const room = { records: positionsAnEntry - own.length, bytes: this.#limits.entryBytes };
    const taken = takeInputs(this.#inputs, room);
    this.#lastTimeMs = Math.max(this.#lastTimeMs, this.#parts.clock.now());
    const entry: JournalEntry = {
      epoch: this.#state.epoch,
      number: this.#number,
      timeMs: this.#lastTimeMs,
      own: own.map(({ payload }) => payload),
      inputs: [...taken.map(({ range }) => range), ...this.#state.retired],
    };
    return { entry, own, taken: new Map(taken.map((one) => [one.range.stream, one])) };
  }

  #takeOwn(): readonly OwnPayload[] {
    let count = 0;
    for (let bytes = 0; count < this.#own.length && count < ownPayloadsAnEntry; count += 1) {
      bytes += this.#own[count]?.payload.length ?? 0;
      if (bytes > this.#limits.appendBytes && count > 0) break;
    }
    return this.#own.splice(0, count);
  }

  async #writeEntry(entry: JournalEntry): Promise<number> {
    const { broker, clock, metrics } = this.#parts;
    const startedMs = clock.monotonic();
    const [offset] = await broker.append(this.#journal, [{ key: null, value: encodeEntry(entry) }]);
    metrics.appendSeconds.observe((clock.monotonic() - startedMs) / 1000);
    await this.#readBetween(offset as number);
    this.#journalEnd = (offset as number) + 1;
    return offset as number;
  }

  /** The broker says where the entry stands: where that follows on what was read, nothing is between (P17). */
  async #readBetween(offset: number): Promise<void> {
    if (offset === this.#journalEnd) return;
    const { broker, metrics } = this.#parts;
    const walk = new JournalWalk(this.#journal, { epoch: this.#state.epoch, number: this.#number });
    for await (const records of broker.read(this.#journal, this.#journalEnd, offset)) {
      for (const record of records) {
        const step = walk.take(record);
        if (step.kind === 'claim') throw takenError(this.#journal, this.#state.epoch, step.epoch);
        metrics.voidRecords.add();
      }
    }
  }

  #apply({ entry, own, taken }: Draft, offset: number): void {
    const { metrics } = this.#parts;
    const base = positionOf(entry.number);
    // Told first, so that a sink that throws cannot take back what stands; the callers run later.
    for (const [index, { settle }] of own.entries()) settle(base + index);
    const records = recordsOfEntry(
      entry,
      ({ stream }) => taken.get(stream)?.records ?? [],
      ({ stream }, at, position) => this.#writers.placed(stream, at, position),
    );
    for (const { stream, to } of entry.inputs) this.#appliedTo.set(stream, to);
    this.#number = entry.number + 1;
    this.#state.index.add({ number: entry.number, offset, epoch: entry.epoch });
    metrics.entries.add();
    metrics.entryRecords.observe(records.length);
    const bufferedBytes = this.#inputs.reduce((sum, { bytes }) => sum + bytes, 0);
    metrics.bufferedBytes.set(bufferedBytes, this.#labels);
    this.#measureWaiting();
    this.#followers.onGroup(records, this.end);
  }

  #measureWaiting(): void {
    this.#parts.metrics.waitingBytes.set(this.#queue.bytes, this.#labels);
  }

  /** The end of this log: everything that waits is refused, and so is all that comes. */
  #fail(cause: unknown): void {
    if (this.#failure !== null) return;
    const failure = failedError(this.#journal, cause);
    this.#failure = failure;
    this.#followers.stopAll();
    this.#writers.stop();
    void this.#stopReading();
    this.#queue.fail(failure);
    this.#settleFailed(cause instanceof Error ? cause : failure);
  }

  async #stopReading(): Promise<void> {
    for (const input of this.#inputs) input.release();
    await Promise.all(this.#brokerFollowers.map((follower) => follower.stop()));
  }

  async *#batches(from: Position, to: Position): AsyncGenerator<readonly LogRecord[]> {
    const journalEnd = this.#journalEnd;
    for await (const records of this.#reader.records(entryNumberOf(from), entryNumberOf(to), journalEnd)) {
      yield records.filter(({ position }) => position >= from);
    }
  }

  /** The oldest entry that stays says where journal and inputs may begin. The last one always stays. */
  async #trim(before: Position): Promise<void> {
    this.#assertUsable();
    const { broker } = this.#parts;
    const { index } = this.#state;
    const number = Math.min(entryNumberOf(before), this.#number - 1);
    if (index.oldest === null || number <= index.oldest.number) return;
    const { entry, offset } = await this.#entry(number);
    await broker.trim(this.#journal, offset);
    index.trim({ number, offset, epoch: entry.epoch });
    for (const { stream, from } of entry.inputs) {
      if (!isShared(stream)) await broker.trim(stream, from);
    }
  }

  async #entry(number: number): Promise<StoredEntry> {
    for await (const stored of this.#reader.entries(number, number + 1, this.#journalEnd)) return stored;
    throw missingPosition(positionOf(number), 'its entry is not in the journal');
  }

  async #close(): Promise<void> {
    await this.#trimming;
    await this.#queue.drained();
    this.#isEnding = true;
    await this.#writing;
    this.#followers.stopAll();
    this.#writers.stop();
    await this.#stopReading();
  }

  #assertUsable(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closing !== null) throw new TxTrailError('log_closed', 'The log was closed.');
  }

  #assertReadable(from: Position): void {
    if (from < this.start) throw missingPosition(from, `the log begins at ${this.start}`);
    if (from > this.end) throw missingPosition(from, `the log ends at ${this.end}`);
  }
}

/** Read by every unit, so none of them may say what is needed no more. */
function isShared(stream: StreamName): boolean {
  return stream.startsWith('blocks/');
}

async function* singly(batches: AsyncIterable<readonly LogRecord[]>): AsyncGenerator<LogRecord> {
  for await (const records of batches) yield* records;
}
