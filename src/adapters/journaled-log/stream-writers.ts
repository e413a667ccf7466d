import type { StreamName } from '../../core/records/stream.ts';
import type { Position } from '../../ports/record-log.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';
import { AppendedPlaces } from './appended-places.ts';
import { StreamWriter } from './stream-writer.ts';

export interface StreamWritersDeps {
  readonly broker: StreamBroker;
  /** Told when an append failed. */
  readonly fail: (cause: unknown) => void;
}

/** What a log appends to streams: to its inputs, where it waits for its own records to come by, and to others. */
export class StreamWriters {
  readonly #bytesLimit: number;
  readonly #deps: StreamWritersDeps;
  readonly #writers = new Map<StreamName, StreamWriter>();
  readonly #places: ReadonlyMap<StreamName, AppendedPlaces>;

  constructor(inputs: readonly StreamName[], bytesLimit: number, deps: StreamWritersDeps) {
    this.#bytesLimit = bytesLimit;
    this.#deps = deps;
    this.#places = new Map(inputs.map((stream) => [stream, new AppendedPlaces()]));
  }

  /** `settle` is given the position of an input's record once it is applied; −1 for others, once they are stored. */
  push(stream: StreamName, payload: string, settle: (position: Position) => void): void {
    const places = this.#places.get(stream);
    this.#writer(stream, places).push(payload, (offset) => {
      if (places === undefined) settle(-1);
      else places.stored(offset, settle);
    });
  }

  /** An input's record has come by. */
  placed(stream: StreamName, offset: number, position: Position): void {
    this.#places.get(stream)?.placed(offset, position);
  }

  stop(): void {
    for (const writer of this.#writers.values()) writer.stop();
  }

  #writer(stream: StreamName, places: AppendedPlaces | undefined): StreamWriter {
    const known = this.#writers.get(stream);
    if (known !== undefined) return known;
    const writer = new StreamWriter(stream, this.#bytesLimit, {
      broker: this.#deps.broker,
      fail: this.#deps.fail,
      onBegin: () => places?.begin(),
      onEnd: () => places?.end(),
    });
    this.#writers.set(stream, writer);
    return writer;
  }
}
