import { TxTrailError } from '../../lib/error.ts';
import type { NewRecord, Position } from '../../ports/record-log.ts';
import type { JournalMetrics } from './journal-metrics.ts';

/** One call of `append`, which is done when each of its records has its position. */
export interface AppendCall {
  readonly records: readonly NewRecord[];
  settle(index: number, position: Position): void;
}

interface OpenCall extends AppendCall {
  readonly bytes: number;
  reject(error: Error): void;
}

export interface AppendQueueDeps {
  /** Takes a call's records in. */
  readonly admit: (call: AppendCall) => void;
  readonly metrics: JournalMetrics;
}

/** Bounds what waits to stand (I17): beyond the bound a call waits its turn, or is refused where it may be. */
export class AppendQueue {
  readonly #bytesLimit: number;
  readonly #deps: AppendQueueDeps;
  readonly #open = new Set<OpenCall>();
  #waiting: OpenCall[] = [];
  #bytes = 0;
  #drained: PromiseWithResolvers<void> | null = null;

  constructor(bytesLimit: number, deps: AppendQueueDeps) {
    this.#bytesLimit = bytesLimit;
    this.#deps = deps;
  }

  /** Of the calls that were taken in and are not done. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws TxTrailError `append_too_large`, `overloaded` */
  append(records: readonly NewRecord[], mayReject: boolean): Promise<readonly Position[]> {
    const bytes = records.reduce((sum, { payload }) => sum + payload.length, 0);
    if (bytes > this.#bytesLimit) throw tooLarge(bytes, this.#bytesLimit);
    const mustWait = this.#waiting.length > 0 || this.#bytes + bytes > this.#bytesLimit;
    if (mustWait && mayReject) throw this.#overloaded();
    return new Promise((resolve, reject) => {
      const call = this.#call({ records, bytes, resolve, reject });
      if (mustWait) this.#waiting.push(call);
      else this.#admit(call);
    });
  }

  /** Resolves when every call is done. */
  drained(): Promise<void> {
    if (this.#open.size === 0 && this.#waiting.length === 0) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  fail(error: Error): void {
    const calls = [...this.#open, ...this.#waiting];
    this.#open.clear();
    this.#waiting = [];
    this.#bytes = 0;
    for (const call of calls) call.reject(error);
    this.#drained?.resolve();
  }

  #call(options: {
    readonly records: readonly NewRecord[];
    readonly bytes: number;
    readonly resolve: (positions: readonly Position[]) => void;
    readonly reject: (error: Error) => void;
  }): OpenCall {
    const { records, bytes, resolve, reject } = options;
    const positions: Position[] = [];
    let left = records.length;
    const call: OpenCall = {
      records,
      bytes,
      reject,
      settle: (index, position) => {
        positions[index] = position;
        left -= 1;
        if (left > 0 || !this.#open.delete(call)) return;
        resolve(positions);
        this.#done(bytes);
      },
    };
    return call;
  }

  #admit(call: OpenCall): void {
    this.#bytes += call.bytes;
    this.#open.add(call);
    this.#deps.admit(call);
  }

  #done(bytes: number): void {
    this.#bytes -= bytes;
    for (let call = this.#waiting[0]; call !== undefined; call = this.#waiting[0]) {
      if (this.#bytes + call.bytes > this.#bytesLimit) break;
      this.#waiting.shift();
      this.#admit(call);
    }
    if (this.#open.size === 0) this.#drained?.resolve();
  }

  #overloaded(): TxTrailError {
    this.#deps.metrics.refusedAppends.add();
    return new TxTrailError('overloaded', 'Too much waits to be written to the log. Try again later.', {
      retryable: true,
      facts: { waitingBytes: this.#bytes, limit: this.#bytesLimit },
    });
  }
}

function tooLarge(bytes: number, limit: number): TxTrailError {
  return new TxTrailError(
    'append_too_large',
    `An append of ${bytes} bytes is over the ${limit} that may wait at once.`,
    { facts: { bytes, limit } },
  );
}
