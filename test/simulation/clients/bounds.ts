import type { Context } from '../context.ts';
import type { LineEnd } from '../world/line.ts';

/** The most that the server may hold for one connection that does not read, bytes: 1 MiB, and one more read of 64 events. */
const unsentMax = 1024 * 1024 + 64 * 4 * 1024;

/** Looks at what each open connection costs the server (I17). */
export class Bounds {
  readonly #context: Context;
  readonly #open = new Set<LineEnd>();
  #most = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  watch(line: LineEnd): void {
    this.#open.add(line);
    line.once('close', () => this.#open.delete(line));
  }

  check(): void {
    for (const line of this.#open) {
      const { peerUnsentBytes } = line;
      if (peerUnsentBytes <= unsentMax || peerUnsentBytes <= this.#most) continue;
      this.#most = peerUnsentBytes;
      this.#context.report(`I17 ${peerUnsentBytes} bytes wait for one who does not read`);
    }
  }
}
