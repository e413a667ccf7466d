interface Sleeper {
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Waits so long, or until it is told to end. */
export function pause(scheduler: Sleeper, delayMs: number, end: AbortSignal): Promise<void> {
  return scheduler.sleep(delayMs, end).catch(() => {
    // Told to end: whoever waited looks at the signal next.
  });
}
