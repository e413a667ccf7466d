import { CursorTooOldError, UnreachableError } from '../errors.ts';
import type { ClientEvent } from '../events.ts';
import { Retry } from '../retry.ts';
import { httpAcknowledgements } from './http-acknowledgements.ts';
import { endingOf } from './http-ending.ts';
import { isPlace, livedSince, placeQuery } from './poll-transport.ts';
import type { HttpTransportDeps } from './poll-transport.ts';
import { StreamParser } from './stream-messages.ts';
import type { StreamMessage } from './stream-messages.ts';
import type { Ending, Feed, Transport } from './transport.ts';

/** What ends a stream before its time. */
interface Patience {
  /** Begins to wait for the next word. */
  expect(withinMs: number): void;
  stop(): void;
}

/**
 * Reads server-sent events by `fetch`, so that the key goes into a header and not into the URL.
 */
export class StreamTransport implements Transport {
  readonly #deps: HttpTransportDeps;
  readonly #retry: Retry;
  #liveSince: number | null = null;

  constructor(deps: HttpTransportDeps) {
    this.#deps = deps;
    this.#retry = new Retry(deps.retry, deps);
  }

  async run(feed: Feed, signal: AbortSignal): Promise<Ending> {
    const aborter = new AbortController();
    const abort = (): void => aborter.abort();
    signal.addEventListener('abort', abort);
    this.#liveSince = null;
    try {
      feed.queue.restart();
      while (!signal.aborted) await this.#stream(feed, aborter);
      return { kind: 'aborted' };
    } catch (error) {
      if (signal.aborted) return { kind: 'aborted' };
      return endingOf(error, this.#retry, livedSince(this.#liveSince, this.#deps.now()));
    } finally {
      signal.removeEventListener('abort', abort);
      aborter.abort();
    }
  }

  async #stream(feed: Feed, aborter: AbortController): Promise<void> {
    const { http, limits } = this.#deps;
    const { signal } = aborter;
    const patience = this.#patience(aborter);
    try {
      patience.expect(limits.answerTimeoutMs);
      const response = await http.open({
        method: 'GET',
        path: '/v1/events/stream',
        query: placeQuery(feed),
        headers: { accept: 'text/event-stream' },
        signal,
      });
      if (response.body === null || response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
        throw new UnreachableError('bad_answer', `${response.url} did not answer with an event stream.`);
      }
      await this.#read(response.body, feed, { signal, patience });
    } finally {
      patience.stop();
    }
    throw new UnreachableError('stream_ended', 'The server or something in between ended the event stream.');
  }

  async #read(
    body: ReadableStream<Uint8Array>,
    feed: Feed,
    { signal, patience }: { readonly signal: AbortSignal; readonly patience: Patience },
  ): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parser = new StreamParser();
    const isCursor = isPlace(feed.queue.end);
    let isFirst = true;
    for (;;) {
      const { done, value } = await reader.read();
      patience.stop();
      if (done || signal.aborted) return;
      this.#begin(feed);
      for (const message of parser.push(decoder.decode(value, { stream: true }))) {
        // While nothing is taken out, nothing is read, and the server waits with us.
        await feed.queue.whenRoom(signal);
        // Where a cursor was too old, the new place comes before the word that says so: only the latter counts.
        if (!(isFirst && message.data === null && isCursor)) take(message, feed);
        isFirst = false;
      }
      patience.expect(this.#deps.limits.streamSilenceMs);
    }
  }

  /** The first byte shows that nothing on the way holds the stream back. */
  #begin(feed: Feed): void {
    if (this.#liveSince !== null) return;
    const { http, limits, now } = this.#deps;
    this.#liveSince = now();
    feed.acknowledgements.use(httpAcknowledgements(feed, http, limits.acknowledgeDelayMs));
    feed.live('sse');
  }

  #patience(aborter: AbortController): Patience {
    let cancel = (): void => undefined;
    const reason = new UnreachableError('stream_silent', 'Nothing came over the event stream for too long.');
    return {
      expect: (withinMs) => {
        cancel();
        cancel = this.#deps.after(withinMs, () => aborter.abort(reason));
      },
      stop: () => cancel(),
    };
  }
}

function take(message: StreamMessage, feed: Feed): void {
  if (message.data === null) return feed.queue.advance(message.id!);
  const data = parsed(message.data);
  if (message.event === 'reset' && typeof data?.['oldestCursor'] === 'string') {
    throw new CursorTooOldError(data['oldestCursor']);
  }
  // What is no event may be a word of a newer server to its readers.
  if (message.id === null || typeof data?.['seq'] !== 'number') return;
  feed.queue.add({ event: data as unknown as ClientEvent, cursor: message.id });
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    // Not an event of ours.
    return null;
  }
}
