import type { EventsPage } from '../calls.ts';
import type { ConnectionLimits } from '../client-options.ts';
import type { ClientDeps } from '../deps.ts';
import type { HttpCall, HttpCaller } from '../http-caller.ts';
import { Retry } from '../retry.ts';
import type { RetryLimits } from '../retry.ts';
import { endingOf } from './http-ending.ts';
import { beginFeed } from './http-feed.ts';
import type { Ending, Feed, Transport } from './transport.ts';

export interface HttpTransportDeps extends ClientDeps {
  readonly limits: ConnectionLimits;
  readonly retry: RetryLimits;
  readonly http: HttpCaller;
}

/** The contract's most for one page. */
const mostPerPage = 500;

/** Milliseconds beyond the wait at the server that an answer may take. */
const answerMarginMs = 15_000;

/** Reads by long poll: the way that works wherever HTTP does. */
export class PollTransport implements Transport {
  readonly #deps: HttpTransportDeps;
  readonly #retry: Retry;

  constructor(deps: HttpTransportDeps) {
    this.#deps = deps;
    this.#retry = new Retry(deps.retry, deps);
  }

  async run(feed: Feed, signal: AbortSignal): Promise<Ending> {
    const { http, limits } = this.#deps;
    let isLive = false;
    try {
      feed.queue.restart();
      while (!signal.aborted) {
        await feed.queue.whenRoom(signal);
        // The first page comes at once, so that it is soon known whether this way works.
        const waitSeconds = isLive ? limits.pollWaitSeconds : 0;
        await readPage(feed, http, { waitSeconds, signal });
        if (!isLive) beginFeed(feed, 'poll', this.#deps, this.#retry);
        isLive = true;
      }
      return { kind: 'aborted' };
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' };
      return endingOf(error, this.#retry);
    }
  }
}

/** What to read, and from where. */
export function placeQuery({ request, queue }: Feed): Exclude<HttpCall['query'], undefined> {
  const { window: _window, ...filter } = request;
  const { end } = queue;
  return { ...filter, ...(isPlace(end) ? { cursor: end } : { from: end }) };
}

/** A cursor, and none of the words that stand for one. */
export function isPlace(from: string): boolean {
  return from !== 'ack' && from !== 'latest' && from !== 'earliest';
}

/** One page after what was read so far, and into the queue. Tried once: the caller knows better when to try again. */
async function readPage(
  feed: Feed,
  http: HttpCaller,
  options: { readonly waitSeconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const read = (limit: number): Promise<EventsPage> =>
    http.json<EventsPage>({
      method: 'GET',
      path: '/v1/events',
      query: { ...placeQuery(feed), wait: options.waitSeconds, limit },
      signal: options.signal,
      timeoutMs: options.waitSeconds * 1000 + answerMarginMs,
      retries: 0,
    });
  let page = await read(Math.max(1, Math.min(mostPerPage, feed.queue.room)));
  // Only the last event's place is known where the server does not give each its cursor.
  if (page.cursors === undefined && page.events.length > 1) page = await read(1);
  const cursors = page.cursors ?? [page.nextCursor];
  for (const [index, event] of page.events.entries()) {
    feed.queue.add({ event, cursor: cursors[index]! });
  }
  feed.queue.advance(page.nextCursor);
}
