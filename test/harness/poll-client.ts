import { setTimeout as sleep } from 'node:timers/promises';
import type { TxTrailEvent } from '@txtrail/protocol';
import { HttpClient } from './http-client.ts';
import type { Delivery } from './socket-client.ts';

/** A plain long poller: asks on from its last cursor, whatever befalls a request. */
export class PollClient {
  readonly deliveries: Delivery[] = [];
  /** Requests that were cut off: each was sent again. */
  cutOff = 0;
  readonly #http: HttpClient;
  readonly #subscriber: string;
  #cursor: string | undefined;
  #stopped = false;

  constructor(tracker: { readonly url: string; readonly apiKey: string }, subscriber: string) {
    this.#http = new HttpClient(tracker);
    this.#subscriber = subscriber;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      const page = await this.#http
        .events({ subscriber: this.#subscriber, cursor: this.#cursor, wait: 2, limit: 7 })
        .catch(() => null);
      if (page?.status !== 200) {
        this.cutOff += 1;
        await sleep(50);
        continue;
      }
      this.#cursor = page.body.nextCursor;
      for (const event of page.body.events) this.#keep(event, page.body.nextCursor);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #keep(event: TxTrailEvent, cursor: string): void {
    this.deliveries.push({ event, text: JSON.stringify(event), cursor, connection: 1 });
  }
}
