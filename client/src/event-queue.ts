import { onAbort } from './deps.ts';
import type { ReceivedEvent } from './subscription.ts';

export interface QueueOptions {
  /** The most events that may stand unacknowledged, those not handed out yet counted; 0: none has to be acknowledged. */
  readonly window: number;
  /** The most events read ahead where `window` is 0. */
  readonly readAhead: number;
}

type Entry = ReceivedEvent | { readonly event: null; readonly cursor: string };

/** Cursors remembered of what was handed out and not acknowledged. */
const rememberedCursors = 4096;

/**
 * What stands between a connection and the application: events in order, the place up to which the
 * application has them, and which of them it has acknowledged. It holds no more than its window. A
 * new connection begins at that place with an empty queue, so nothing is skipped and nothing comes
 * twice, whatever was on the way when the last one broke.
 */
export class EventQueue {
  readonly #options: QueueOptions;
  #entries: Entry[] = [];
  #place: string;
  #waiting: (() => void)[] = [];
  #takers: { resolve: (result: IteratorResult<ReceivedEvent>) => void; reject: (error: unknown) => void }[] = [];
  #finish: { readonly error: unknown } | null = null;
  #unacknowledged = new Map<string, true>();

  /** @param from where the application wants to begin: a cursor or one of the contract's words */
  constructor(from: string, options: QueueOptions) {
    this.#place = from;
    this.#options = options;
  }

  /** Up to where the application has been handed everything. */
  get place(): string {
    return this.#place;
  }

  /** Up to where everything was read, handed out or not. */
  get end(): string {
    return this.#entries.at(-1)?.cursor ?? this.#place;
  }

  /** How many more events may be taken in. */
  get room(): number {
    const { window, readAhead } = this.#options;
    const held = window > 0 ? this.#unacknowledged.size + this.#entries.length : this.#entries.length;
    return Math.max(0, (window > 0 ? window : readAhead) - held);
  }

  /** True: nothing more may be read ahead. */
  get isFull(): boolean {
    return this.#entries.length >= (this.#options.window || this.#options.readAhead);
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Gives up what was not handed out, and says where to read on. */
  restart(): string {
    this.#entries = [];
    return this.#place;
  }

  /** Goes on from elsewhere: what lay between is gone. */
  jump(cursor: string): void {
    this.#entries = [];
    this.#place = cursor;
  }

  /** Everything up to the cursor was read, whether or not an event came of it. */
  advance(cursor: string): void {
    if (this.#entries.length === 0) this.#place = cursor;
    else if (this.#entries.at(-1)?.cursor !== cursor) this.#entries.push({ event: null, cursor });
  }

  add(received: ReceivedEvent): void {
    if (this.#finish !== null) return;
    this.#entries.push(received);
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve({ done: false, value: this.#hand()! });
  }

  take(): Promise<IteratorResult<ReceivedEvent>> {
    const next = this.#hand();
    if (next !== null) return Promise.resolve({ done: false, value: next });
    if (this.#finish !== null) return this.#finished(this.#finish);
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /**
   * Nothing more comes.
   * @param error what the application is to get after what has come; null: it wanted the end itself, and at once
   */
  finish(error: unknown): void {
    if (error === null) this.#entries = [];
    if (this.#finish !== null) return;
    // Told once: a loop that asks again after the error gets the end, as from any iterator.
    this.#finish = { error: this.#takers.length > 0 ? null : error };
    for (const { resolve, reject } of this.#takers.splice(0)) {
      if (error === null) resolve({ done: true, value: undefined });
      else reject(error);
    }
    this.#wake();
  }

  /** Everything up to the cursor is acknowledged. False: this cursor was not handed out here, or was acknowledged before. */
  acknowledge(cursor: string): boolean {
    if (!this.#unacknowledged.has(cursor)) return false;
    for (const handed of this.#unacknowledged.keys()) {
      this.#unacknowledged.delete(handed);
      if (handed === cursor) break;
    }
    this.#wake();
    return true;
  }

  /** Resolves once there is room, or the signal aborts. */
  async whenRoom(signal: AbortSignal): Promise<void> {
    while (this.room === 0 && !signal.aborted && this.#finish === null) await this.#change(signal);
  }

  /** Resolves once everything was handed out, or the signal aborts. */
  async whenEmpty(signal: AbortSignal): Promise<void> {
    while (!this.isEmpty && !signal.aborted && this.#finish === null) await this.#change(signal);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        forget();
        resolve();
      };
      const forget = onAbort(signal, wake);
      this.#waiting.push(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #hand(): ReceivedEvent | null {
    for (;;) {
      const entry = this.#entries.shift();
      if (entry === undefined) return null;
      this.#place = entry.cursor;
      if (entry.event === null) continue;
      this.#remember(entry.cursor);
      // A mark behind the last event says nothing that has to wait for the next call.
      while (this.#entries[0]?.event === null) this.#place = this.#entries.shift()!.cursor;
      this.#wake();
      return entry;
    }
  }

  #remember(cursor: string): void {
    this.#unacknowledged.set(cursor, true);
    if (this.#unacknowledged.size <= rememberedCursors) return;
    const [oldest] = this.#unacknowledged.keys();
    if (oldest !== undefined) this.#unacknowledged.delete(oldest);
  }

  #finished({ error }: { readonly error: unknown }): Promise<IteratorResult<ReceivedEvent>> {
    if (error === null) return Promise.resolve({ done: true, value: undefined });
    this.#finish = { error: null };
    return Promise.reject(error);
  }
}
