import type { StreamName } from '../../core/records/stream.ts';
import { Bell } from '../../lib/bell.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { BrokerFollower, BrokerRecord, StoredRecord, StreamBroker } from '../../ports/stream-broker.ts';

/**
 * What becomes of an append: `stored`; `refused` (the call fails and nothing is stored);
 * `answer_lost` (stored, and the call fails); `late` (the call fails, and the records are stored when
 * the test says so).
 */
export type AppendFate = 'stored' | 'refused' | 'answer_lost' | 'late';

export interface AppendAttempt {
  readonly stream: StreamName;
  readonly records: readonly BrokerRecord[];
}

interface MemoryStream {
  records: StoredRecord[];
  start: number;
  end: number;
  /** The appends before: calls on one stream keep their order. */
  tail: Promise<unknown>;
  readonly bell: Bell;
}

const batchRecords = 500;

/**
 * Streams that live as long as their process: one object is the service that several owners share.
 * For tests of what stands on a broker; it has no timers, so that a run of it is repeated by its seed.
 */
export class MemoryBroker implements StreamBroker {
  /** Decides each append; a promise holds it and what comes after it on the same stream. */
  decideAppend: (attempt: AppendAttempt) => AppendFate | Promise<AppendFate> = () => 'stored';
  readonly #streams = new Map<StreamName, MemoryStream>();
  readonly #late: AppendAttempt[] = [];
  readonly #followers = new Set<BrokerFollower>();
  #isClosed = false;

  append(stream: StreamName, records: readonly BrokerRecord[]): Promise<readonly number[]> {
    if (this.#isClosed) return Promise.reject(unavailable(stream, 'the broker was closed'));
    const kept = this.#stream(stream);
    const appended = kept.tail.then(() => this.#append({ stream, records }));
    kept.tail = appended.catch(() => {
      // Whoever called is told; the next call only waits for the end of this one.
    });
    return appended;
  }

  async bounds(stream: StreamName): Promise<{ readonly start: number; readonly end: number }> {
    const { start, end } = this.#stream(stream);
    return { start, end };
  }

  async *read(stream: StreamName, from: number, until: number): AsyncGenerator<readonly StoredRecord[]> {
    const kept = this.#stream(stream);
    const end = Math.min(until, kept.end);
    for (let next = from; next < end; ) {
      assertKept(stream, kept, next);
      const batch = slice(kept, next).filter(({ offset }) => offset < end);
      const last = batch.at(-1);
      if (last === undefined) return;
      next = last.offset + 1;
      yield batch;
    }
    if (from > kept.end) assertKept(stream, kept, from);
  }

  follow(
    stream: StreamName,
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
    onFailure: (cause: Error) => void,
  ): BrokerFollower {
    const follower = new MemoryFollower(stream, this.#stream(stream), from, sink);
    this.#followers.add(follower);
    void follower.run().then((failure) => {
      this.#followers.delete(follower);
      if (failure !== null) onFailure(failure);
    });
    return follower;
  }

  async trim(stream: StreamName, before: number): Promise<void> {
    const kept = this.#stream(stream);
    kept.start = Math.max(kept.start, Math.min(before, kept.end));
    kept.records = kept.records.filter(({ offset }) => offset >= kept.start);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#streams.values()].map(({ tail }) => tail));
    await Promise.all([...this.#followers].map((follower) => follower.stop()));
  }

  /** What was to come late is stored now. */
  storeLate(): void {
    for (const { stream, records } of this.#late.splice(0)) this.#store(stream, records);
  }

  /** Keeps the last record of each key, as compaction does now and then; offsets stay what they are. */
  compact(stream: StreamName): void {
    const kept = this.#stream(stream);
    const last = new Map(kept.records.map((record) => [record.key, record.offset]));
    kept.records = kept.records.filter(({ key, value, offset }) => last.get(key) === offset && value !== null);
  }

  async #append({ stream, records }: AppendAttempt): Promise<readonly number[]> {
    const fate = records.length === 0 ? 'stored' : await this.decideAppend({ stream, records });
    if (fate === 'late') this.#late.push({ stream, records });
    if (fate === 'refused' || fate === 'late') throw unavailable(stream, 'the test refuses it');
    const offsets = this.#store(stream, records);
    if (fate === 'answer_lost') throw unavailable(stream, 'the answer was lost');
    return offsets;
  }

  #store(stream: StreamName, records: readonly BrokerRecord[]): readonly number[] {
    const kept = this.#stream(stream);
    const offsets = records.map((_, index) => kept.end + index);
    for (const [index, { key, value }] of records.entries()) {
      kept.records.push({ key, value, offset: kept.end + index });
    }
    kept.end += records.length;
    if (records.length > 0) kept.bell.ring();
    return offsets;
  }

  #stream(name: StreamName): MemoryStream {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const made = { records: [], start: 0, end: 0, tail: Promise.resolve(), bell: new Bell() };
    this.#streams.set(name, made);
    return made;
  }
}

class MemoryFollower implements BrokerFollower {
  readonly #name: StreamName;
  readonly #stream: MemoryStream;
  readonly #sink: (records: readonly StoredRecord[]) => void | Promise<void>;
  readonly #stopped = Promise.withResolvers<void>();
  #next: number;
  #isStopped = false;
  #running: Promise<Error | null> = Promise.resolve(null);

  constructor(
    name: StreamName,
    stream: MemoryStream,
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
  ) {
    this.#name = name;
    this.#stream = stream;
    this.#next = from;
    this.#sink = sink;
  }

  /** Resolves when it is stopped (null) or cannot go on. */
  run(): Promise<Error | null> {
    this.#running = this.#run().catch((cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))));
    return this.#running.then((failure) => (this.#isStopped ? null : failure));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped.resolve();
    await this.#running;
  }

  async #run(): Promise<null> {
    // Never within the call of `follow`: whoever follows has not got the follower yet.
    await null;
    while (!this.#isStopped) {
      assertKept(this.#name, this.#stream, this.#next);
      const batch = slice(this.#stream, this.#next);
      const last = batch.at(-1);
      if (last === undefined) {
        await this.#more();
        continue;
      }
      this.#next = last.offset + 1;
      await this.#sink(batch);
    }
    return null;
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = this.#stream.bell.listen(resolve);
    await Promise.race([promise, this.#stopped.promise]);
    unlisten();
  }
}

/** Some of the records at or above `from`. */
function slice({ records }: MemoryStream, from: number): readonly StoredRecord[] {
  let low = 0;
  for (let high = records.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.offset ?? from) < from) low = middle + 1;
    else high = middle;
  }
  return records.slice(low, low + batchRecords);
}

function assertKept(stream: StreamName, { start, end }: MemoryStream, offset: number): void {
  if (offset >= start && offset <= end) return;
  throw new TxTrailError(
    'record_missing',
    `${stream} has no record at ${offset}: it is kept from ${start} to ${end}.`,
    {
      facts: { stream, offset, start, end },
    },
  );
}

function unavailable(stream: StreamName, reason: string): TxTrailError {
  return new TxTrailError('broker_unavailable', `The append to ${stream} failed: ${reason}.`, {
    retryable: true,
    facts: { stream },
  });
}
