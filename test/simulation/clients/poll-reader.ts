import type { TxTrailEvent } from '@txtrail/protocol';
import { Chance } from '../chance.ts';
import { acknowledgeByCall } from './acknowledge-call.ts';
import { isTryLater } from './answer-check.ts';
import type { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import type { HttpAnswer } from './http-line.ts';
import { comeBackMs, type Reader } from './reader.ts';
import type { Delivered, Reading, Start } from './reading.ts';

export interface PollReaderOptions {
  readonly reading: Reading;
  /** The most that it waits for an event, seconds. */
  readonly waitSeconds: number;
  readonly limit: number;
  /** Between a page that was the last and the next call. */
  readonly pauseMs: { readonly least: number; readonly most: number };
  /** It acknowledges so often, 0 to 1: pages. */
  readonly acknowledges: number;
}

interface Page {
  readonly events: readonly TxTrailEvent[];
  readonly cursors: readonly string[];
  readonly nextCursor: string;
  readonly hasMore: boolean;
}

/** Reads by long poll. */
export class PollReader implements Reader {
  readonly readings: readonly Reading[];
  readonly #options: PollReaderOptions;
  readonly #deps: ClientDeps & { readonly api: ApiClient };
  readonly #chance: Chance;
  #isFinishing = false;
  #finished: (() => void) | null = null;
  #wake: (() => void) | null = null;

  constructor(options: PollReaderOptions, deps: ClientDeps & { readonly api: ApiClient }) {
    this.#options = options;
    this.readings = [options.reading];
    this.#deps = deps;
    this.#chance = new Chance(deps.context.seed, `poll/${options.reading.options.name}`);
  }

  start(): void {
    void this.#run();
  }

  drop(): void {
    this.#deps.api.drop();
  }

  finish(): Promise<void> {
    this.#isFinishing = true;
    this.#deps.api.drop();
    this.#wake?.();
    return new Promise((resolve) => {
      this.#finished = resolve;
    });
  }

  async #run(): Promise<void> {
    const { reading } = this.#options;
    let start = reading.begin('poll');
    for (;;) {
      const answer = await this.#ask(start);
      if (answer === null || isTryLater(answer)) {
        await this.#deps.context.time.sleep(this.#chance.between(comeBackMs.least, comeBackMs.most));
        start = reading.begin('poll');
        continue;
      }
      if (answer.status !== 200) {
        this.#deps.context.report(`${reading.options.name} cannot read: ${answer.status} ${answer.text}`);
        return;
      }
      const { nextCursor, hasMore, count } = await this.#take(answer);
      start = { kind: 'cursor', cursor: nextCursor };
      if (hasMore) continue;
      if (this.#isFinishing && count === 0 && !reading.owesAcknowledgement) return this.#finished?.();
      if (!this.#isFinishing) await this.#pause();
    }
  }

  #ask(start: Start): Promise<HttpAnswer | null> {
    const { reading, waitSeconds, limit } = this.#options;
    const wait = this.#isFinishing ? 0 : waitSeconds;
    const { types, transaction, chain } = reading.options.filter ?? {};
    const query = new URLSearchParams({
      ...reading.scope,
      ...(start.kind === 'cursor' ? { cursor: start.cursor } : { from: start.kind }),
      ...(types === undefined ? {} : { types: types.join(',') }),
      ...(transaction === undefined ? {} : { transaction }),
      ...(chain === undefined ? {} : { chain }),
      wait: String(wait),
      limit: String(this.#isFinishing ? 500 : limit),
    });
    return this.#deps.api.ask({ method: 'GET', path: `/v1/events?${query.toString()}` }, wait * 1_000);
  }

  async #take({ text }: HttpAnswer): Promise<{ nextCursor: string; hasMore: boolean; count: number }> {
    const { reading, acknowledges } = this.#options;
    const page = JSON.parse(text) as Page;
    const texts = eventTexts(text, page.events);
    if (texts === null) this.#deps.context.report(`${reading.options.name} got a page of other bytes: ${text}`);
    const got = page.events.map((event, index) =>
      reading.take(event, texts?.[index] ?? '', page.cursors[index] ?? page.nextCursor),
    );
    reading.moveTo(page.nextCursor);
    const owed = this.#acknowledgeable(got, this.#isFinishing || this.#chance.happens(acknowledges));
    if (owed !== null) await acknowledgeByCall(reading, owed, this.#deps.api, this.#deps);
    return { nextCursor: page.nextCursor, hasMore: page.hasMore, count: got.length };
  }

  /** Now and then only a part of a page. */
  #acknowledgeable(got: readonly Delivered[], isTime: boolean): Delivered | null {
    const { reading } = this.#options;
    if (!isTime || !reading.owesAcknowledgement) return null;
    if (!this.#isFinishing && got.length > 1 && this.#chance.happens(0.2)) return got[got.length >> 1] ?? null;
    return reading.last;
  }

  #pause(): Promise<void> {
    const { least, most } = this.#options.pauseMs;
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#deps.context.time.after(this.#chance.between(least, most), resolve);
    });
  }
}

/** The bytes of each event of a page; null: they are not where they should be. */
export function eventTexts(page: string, events: readonly TxTrailEvent[]): readonly string[] | null {
  let at = '{"events":['.length;
  const texts: string[] = [];
  for (const event of events) {
    const text = JSON.stringify(event);
    if (!page.startsWith(text, at)) return null;
    texts.push(text);
    at += text.length + 1;
  }
  return texts;
}
