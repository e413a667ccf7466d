import { onAbort } from '../deps.ts';
import { CursorTooOldError, UnreachableError } from '../errors.ts';
import type { ClientEvent } from '../events.ts';
import { parseJson } from '../parse-json.ts';
import { Retry } from '../retry.ts';
import { endingOf } from './http-ending.ts';
import { beginFeed } from './http-feed.ts';
import { placeQuery } from './poll-transport.ts';
import type { HttpTransportDeps } from './poll-transport.ts';
import { StreamParser } from './stream-messages.ts';
import type { StreamMessage } from './stream-messages.ts';
import type { Ending, Feed, Transport } from './transport.ts';

/** Reads server-sent events by `fetch`, so that the key goes into a header and not into the URL. */
export class StreamTransport implements Transport {
  readonly #deps: HttpTransportDeps;
  readonly #retry: Retry;

  constructor(deps: HttpTransportDeps) {
    this.#deps = deps;
    this.#retry = new Retry(deps.retry, deps);
  }

  async run(feed: Feed, signal: AbortSignal): Promise<Ending> {
    const aborter = new AbortController();
    const forget = onAbort(signal, () => aborter.abort());
    try {
      await this.#stream(feed, aborter);
    } catch (error) {
      if (!signal.aborted) return endingOf(error, this.#retry);
    } finally {
      forget();
      aborter.abort();
    }
    return { kind: 'aborted' };
  }

  /** @throws whatever ends it but the signal */
  async #stream(feed: Feed, aborter: AbortController): Promise<void> {
    const { http, limits, after } = this.#deps;
    const { signal } = aborter;
    const reason = new UnreachableError('stream_silent', 'Nothing came over the event stream for too long.');
    let cancel = (): void => undefined;
    const expectWord = (withinMs: number): void => {
      cancel = after(withinMs, () => aborter.abort(reason));
    };
    feed.queue.restart();
    const query = placeQuery(feed);
    let isLive = false;
    // Where a cursor was too old, the new place comes before the word that says so: only the latter counts.
    let skipsPlace = 'cursor' in query;
    expectWord(limits.answerTimeoutMs);
    try {
      const headers = { accept: 'text/event-stream' };
      const reader = await http.stream({ method: 'GET', path: '/v1/events/stream', query, headers, signal });
      const decoder = new TextDecoder();
      const parser = new StreamParser();
      for (;;) {
        const { done, value } = await reader.read();
        cancel();
        if (signal.aborted) return;
        if (done) throw new UnreachableError('stream_ended', 'The server or something in between ended the stream.');
        // The first byte shows that nothing on the way holds the stream back.
        if (!isLive) beginFeed(feed, 'sse', this.#deps, this.#retry);
        isLive = true;
        for (const message of parser.push(decoder.decode(value, { stream: true }))) {
          // While nothing is taken out, nothing is read, and the server waits with us.
          await feed.queue.whenRoom(signal);
          if (!skipsPlace || message.data !== null) take(message, feed);
          skipsPlace = false;
        }
        expectWord(limits.streamSilenceMs);
      }
    } finally {
      cancel();
    }
  }
}

function take(message: StreamMessage, feed: Feed): void {
  if (message.data === null) return feed.queue.advance(message.id);
  const data = parseJson<Record<string, unknown>>(message.data);
  if (message.event === 'reset' && typeof data?.['oldestCursor'] === 'string') {
    throw new CursorTooOldError(data['oldestCursor']);
  }
  // What is no event may be a word of a newer server to its readers.
  if (typeof data?.['seq'] === 'number') feed.queue.add({ event: data as unknown as ClientEvent, cursor: message.id });
}
