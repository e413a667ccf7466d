import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpClient } from '../../test/harness/http-client.ts';
import { SocketClient } from '../../test/harness/socket-client.ts';

/**
 * A subscriber that reads over a socket, acknowledges, and comes back after every death with
 * `from: "ack"`. Beside it, it asks by poll where the tracker says its consumer stands: an
 * acknowledgement counts as kept once that answer shows it, and then it must never come again.
 */
export class Consumer {
  readonly socket: SocketClient;
  /** What came again although the tracker had said that it was acknowledged. */
  readonly broken: string[] = [];
  readonly #http: HttpClient;
  readonly #subscriber: string;
  #kept = 0;
  #checked = 0;
  #stopped = false;

  constructor(tracker: { readonly url: string; readonly apiKey: string }, http: HttpClient, subscriber: string) {
    this.#http = http;
    this.#subscriber = subscriber;
    this.socket = new SocketClient(tracker, { subscribe: { subscriber, window: 64 } });
  }

  /** The highest seq that the tracker itself has shown to be acknowledged. */
  get kept(): number {
    return this.#kept;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      if (!this.socket.connected) await this.socket.connect().catch(() => null);
      await this.#askPosition();
      await sleep(50);
    }
    await this.socket.close();
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * Deliveries since the last look are judged by what was known to be kept before it: one that was on
   * its way while the answer was made is no repeat.
   */
  async #askPosition(): Promise<void> {
    const fresh = this.socket.deliveries.slice(this.#checked);
    this.#checked += fresh.length;
    for (const { event, connection } of fresh) {
      if (event.seq <= this.#kept)
        this.broken.push(`seq ${event.seq} came again over connection ${connection}, ${this.#kept} was kept`);
    }
    const highest = this.socket.deliveries.at(-1)?.event.seq ?? 0;
    const page = await this.#http
      .events({ subscriber: this.#subscriber, consumer: 'default', from: 'ack', limit: 1, wait: 0 })
      .catch(() => null);
    if (page === null || page.status !== 200 || this.socket.deliveries.length !== this.#checked) return;
    const next = page.body.events[0]?.seq;
    this.#kept = Math.max(this.#kept, next === undefined ? highest : next - 1);
  }
}
