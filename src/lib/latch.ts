/** Remembers that something happened until it is reset, so that what happens before the wait is not missed. */
export class Latch {
  #waiting = Promise.withResolvers<void>();

  set(): void {
    this.#waiting.resolve();
  }

  reset(): void {
    this.#waiting = Promise.withResolvers<void>();
  }

  wait(): Promise<void> {
    return this.#waiting.promise;
  }
}
