import type { LogRecord, NewRecord, Position } from '../../ports/record-log.ts';
import { encodeRecord } from './record-format.ts';

/** A call of `append` that waits for its group. */
export interface AppendCall {
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: Error) => void;
}

/** Records that become durable together, by one write and one sync, encoded as they come. */
export class AppendGroup {
  /** Position of the first record. */
  readonly start: Position;
  /** All records, in order, as followers will see them. */
  readonly records: LogRecord[] = [];
  readonly #calls: { readonly call: AppendCall; readonly positions: readonly Position[] }[] = [];
  #buffer: Buffer;
  #length = 0;

  /** `buffer` may hold anything; the group takes it over. */
  constructor(start: Position, buffer: Buffer) {
    this.start = start;
    this.#buffer = buffer;
  }

  get length(): number {
    return this.#length;
  }

  get end(): Position {
    return this.start + this.#length;
  }

  /** What is to be written at `start`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** For the next group, once this one is written. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** `bytes` is the encoded length of the records together. */
  add(
    records: readonly NewRecord[],
    bytes: number,
    writer: { readonly epoch: number; readonly timeMs: number },
    call: AppendCall,
  ): void {
    this.#makeRoom(bytes);
    const context = { epoch: writer.epoch, timeMs: writer.timeMs, groupStart: this.start };
    const positions = records.map((record) => {
      const position = this.end;
      this.#length += encodeRecord(this.#buffer, this.#length, position, record, context);
      this.records.push({ stream: record.stream, position, timeMs: writer.timeMs, payload: record.payload });
      return position;
    });
    this.#calls.push({ call, positions });
  }

  resolve(): void {
    for (const { call, positions } of this.#calls) call.resolve(positions);
  }

  reject(error: Error): void {
    for (const { call } of this.#calls) call.reject(error);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
