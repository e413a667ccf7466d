/** Time, injected: real in production, simulated in the simulator. */
export interface Clock {
  /** Wall time, Unix milliseconds. May jump; used only for what people read and for deadlines given as dates. */
  now(): number;
  /** Milliseconds from an arbitrary start, never falling: for timeouts and durations. */
  monotonic(): number;
}

export interface Timer {
  cancel(): void;
}

/** Calls back later; `unref`ed timers are the adapter's business. */
export interface Scheduler {
  after(delayMs: number, task: () => void): Timer;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** Cryptographically strong bytes. */
  bytes(count: number): Uint8Array;
  /** In [0, 1): for jitter. */
  fraction(): number;
}
