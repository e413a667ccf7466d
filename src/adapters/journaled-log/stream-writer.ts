import type { StreamName } from '../../core/records/stream.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';

export interface StreamWriterDeps {
  readonly broker: StreamBroker;
  /** Told when an append failed; nothing more of this stream is written then. */
  readonly fail: (cause: unknown) => void;
  /** Told before an append and after its answer was given on. */
  readonly onBegin?: () => void;
  readonly onEnd?: () => void;
}

interface WaitingPayload {
  readonly payload: string;
  readonly onStored: (offset: number) => void;
}

/**
 * Appends to one stream in the order given, one append at a time: what comes after is written when
 * what is before it is known to be stored (P07), since a reader that has the later one drops the
 * earlier. What waits meanwhile makes the next append.
 */
export class StreamWriter {
  readonly #stream: StreamName;
  readonly #bytesLimit: number;
  readonly #deps: StreamWriterDeps;
  #waiting: WaitingPayload[] = [];
  #isWriting = false;
  #isStopped = false;

  constructor(stream: StreamName, bytesLimit: number, deps: StreamWriterDeps) {
    this.#stream = stream;
    this.#bytesLimit = bytesLimit;
    this.#deps = deps;
  }

  push(payload: string, onStored: (offset: number) => void): void {
    this.#waiting.push({ payload, onStored });
    if (this.#isWriting || this.#isStopped) return;
    this.#isWriting = true;
    // What is appended in the same turn shares an append.
    queueMicrotask(() => void this.#write());
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  /** Never rejects. After a failure it stays as it is: nothing may overtake what failed. */
  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#nextBatch();
        this.#deps.onBegin?.();
        const offsets = await this.#deps.broker.append(
          this.#stream,
          batch.map(({ payload }) => ({ key: null, value: payload })),
        );
        if (this.#isStopped) return;
        for (const [index, { onStored }] of batch.entries()) onStored(offsets[index] as number);
        this.#deps.onEnd?.();
      }
      this.#isWriting = false;
    } catch (cause) {
      this.#deps.fail(cause);
    }
  }

  #nextBatch(): readonly WaitingPayload[] {
    let count = 0;
    for (let bytes = 0; count < this.#waiting.length && bytes < this.#bytesLimit; count += 1) {
      bytes += this.#waiting[count]?.payload.length ?? 0;
    }
    return this.#waiting.splice(0, count);
  }
}
