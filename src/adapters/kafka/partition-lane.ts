import type { EncodedRecord, ProducerIdentity } from './broker-link.ts';
import type { PartitionPlace } from './partition-place.ts';

/** An append that is not finished. */
export interface AppendCall {
  readonly records: readonly EncodedRecord[];
  readonly deadlineMs: number;
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: Error) => void;
}

interface OpenCall extends AppendCall {
  /** Records that are in no batch yet begin here. */
  next: number;
  readonly offsets: number[];
}

/** What is sent to a partition in one piece. It is the same piece, however often it is sent. */
export interface Batch {
  readonly identity: ProducerIdentity;
  readonly sequence: number;
  readonly records: readonly EncodedRecord[];
  readonly calls: readonly OpenCall[];
  readonly deadlineMs: number;
  /** How often it was handed to a connection. */
  sends: number;
}

/** Sequence numbers begin anew behind this. */
const sequences = 2 ** 31;

/**
 * What waits for one partition. One batch is under way at a time, so the order holds whatever is sent
 * again, and the broker knows a batch that it has already by its sequence number.
 */
export class PartitionLane {
  readonly place: PartitionPlace;
  /** In a row: the pauses grow with them. */
  failures = 0;
  #calls: OpenCall[] = [];
  #batch: Batch | null = null;
  #identity: ProducerIdentity | null = null;
  #sequence = 0;

  constructor(place: PartitionPlace) {
    this.place = place;
  }

  get isIdle(): boolean {
    return this.#batch === null && this.#calls.length === 0;
  }

  get batch(): Batch | null {
    return this.#batch;
  }

  push(call: AppendCall): void {
    this.#calls.push({ ...call, next: 0, offsets: [] });
  }

  /** The batch that is to be sent: the one that was not answered yet, or a new one; null: nothing waits. */
  prepare(identity: ProducerIdentity, bytes: number): Batch | null {
    if (this.#batch !== null) return this.#batch;
    if (this.#calls.length === 0) return null;
    if (this.#identity !== identity) {
      this.#identity = identity;
      this.#sequence = 0;
    }
    const records: EncodedRecord[] = [];
    const calls: OpenCall[] = [];
    let room = bytes;
    for (const call of this.#calls) {
      if (room <= 0) break;
      calls.push(call);
      for (let record = call.records[call.next]; record !== undefined; record = call.records[call.next]) {
        if (records.length > 0 && sizeOf(record) > room) {
          room = 0;
          break;
        }
        room -= sizeOf(record);
        records.push(record);
        call.next += 1;
      }
    }
    const deadlineMs = Math.min(...calls.map((call) => call.deadlineMs));
    this.#batch = { identity, sequence: this.#sequence, records, calls, deadlineMs, sends: 0 };
    return this.#batch;
  }

  /** The batch stands from `offset` on. */
  stored(offset: number): void {
    const batch = this.#take();
    this.failures = 0;
    this.#sequence = (batch.sequence + batch.records.length) % sequences;
    let next = offset;
    for (const call of batch.calls) {
      while (next < offset + batch.records.length && call.offsets.length < call.next) {
        call.offsets.push(next);
        next += 1;
      }
      if (call.offsets.length === call.records.length) this.#finish(call, () => call.resolve(call.offsets));
    }
  }

  /** The broker did not take the batch: it is made again, under another identity. */
  anew(): void {
    const batch = this.#take();
    for (const call of batch.calls) call.next = call.offsets.length;
    this.#identity = null;
  }

  /** The calls of the batch are given up, and no more of them is sent. */
  fail(error: Error): void {
    for (const call of this.#take().calls) this.#finish(call, () => call.reject(error));
  }

  /** Calls whose time is over before anything of them was sent. */
  expire(isOver: (deadlineMs: number) => boolean, error: () => Error): void {
    const expired = this.#calls.filter((call) => call.next === 0 && isOver(call.deadlineMs));
    for (const call of expired) this.#finish(call, () => call.reject(error()));
  }

  #take(): Batch {
    const batch = this.#batch as Batch;
    this.#batch = null;
    return batch;
  }

  #finish(call: OpenCall, tell: () => void): void {
    this.#calls = this.#calls.filter((other) => other !== call);
    tell();
  }
}

/** What a record costs beside its key and value. */
const recordBytes = 70;

export function sizeOf({ key, value }: EncodedRecord): number {
  return recordBytes + (key?.length ?? 0) + (value?.length ?? 0);
}
