import type { StreamName } from '../../core/records/stream.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import type { InputRange } from './journal-entry.ts';

/** What an entry took of an input. */
export interface TakenInput {
  readonly range: InputRange;
  readonly records: readonly StoredRecord[];
}

/** What was read of one input and stands in no entry yet. Beyond its bound the input is not read on. */
export class InputBuffer {
  readonly stream: StreamName;
  readonly #bytesLimit: number;
  /** Where the next entry goes on. */
  #from: number;
  #records: StoredRecord[] = [];
  #bytes = 0;
  #room: PromiseWithResolvers<void> | null = null;

  constructor(stream: StreamName, from: number, bytesLimit: number) {
    this.stream = stream;
    this.#from = from;
    this.#bytesLimit = bytesLimit;
  }

  get from(): number {
    return this.#from;
  }

  get count(): number {
    return this.#records.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when there is room for more. */
  receive(records: readonly StoredRecord[]): void | Promise<void> {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += bytesOf(record);
    }
    if (this.#bytes <= this.#bytesLimit) return;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** At most `count` records, and no more once they are over `bytes`. */
  take(count: number, bytes: number): TakenInput {
    let taken = 0;
    let takenBytes = 0;
    for (const record of this.#records) {
      if (taken >= count || takenBytes >= bytes) break;
      taken += 1;
      takenBytes += bytesOf(record);
    }
    const records = this.#records.splice(0, taken);
    const from = this.#from;
    this.#from = (records.at(-1)?.offset ?? from - 1) + 1;
    this.#bytes -= takenBytes;
    if (this.#bytes <= this.#bytesLimit) this.release();
    return { range: { stream: this.stream, from, to: this.#from }, records };
  }

  /** Lets go of whoever waits for room. */
  release(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}

/** What an empty record still costs. */
const recordBytes = 32;

function bytesOf({ value }: StoredRecord): number {
  return recordBytes + (value?.length ?? 0);
}

/**
 * Takes from every input what an entry has room for. Each that has something gets an equal share
 * first, so that a flood of one does not hold up the others; what is left goes to the first of them.
 */
export function takeInputs(
  inputs: readonly InputBuffer[],
  room: { readonly records: number; readonly bytes: number },
): readonly TakenInput[] {
  const shares = sharesOf(
    inputs.map(({ count }) => count),
    room.records,
  );
  const bytes = room.bytes / Math.max(1, inputs.filter(({ count }) => count > 0).length);
  return inputs.map((input, index) => input.take(shares[index] ?? 0, bytes));
}

function sharesOf(counts: readonly number[], room: number): readonly number[] {
  const equal = Math.floor(room / Math.max(1, counts.filter((count) => count > 0).length));
  let left = room - counts.reduce((sum, count) => sum + Math.min(count, equal), 0);
  return counts.map((count) => {
    const more = Math.min(Math.max(0, count - equal), left);
    left -= more;
    return Math.min(count, equal) + more;
  });
}
