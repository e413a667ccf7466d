import type { AcknowledgementRoute } from '../acknowledger.ts';
import type { HttpCaller } from '../http-caller.ts';
import type { Feed } from './transport.ts';

/** Acknowledging over HTTP, for transports that only read. One call at a time; what comes meanwhile is joined. */
export function httpAcknowledgements(feed: Feed, http: HttpCaller, delayMs: number): AcknowledgementRoute {
  const { subscriber, consumer } = feed.request;
  return {
    // A request costs more than a frame.
    delayMs: delayMs * 4,
    send: (cursor) =>
      http.json<void>({ method: 'POST', path: '/v1/events/ack', body: { subscriber, consumer, cursor } }),
  };
}
