import type { TransportName } from '../client-options.ts';
import type { Retry } from '../retry.ts';
import type { HttpTransportDeps } from './poll-transport.ts';
import type { Feed } from './transport.ts';

/** A request costs more than a frame, so acknowledgements are gathered for longer. */
const gatheredFactor = 4;

/** The connection works: events come by it, and acknowledgements go by calls of their own, one at a time. */
export function beginFeed(feed: Feed, name: TransportName, deps: HttpTransportDeps, retry: Retry): void {
  const { subscriber, consumer } = feed.request;
  retry.live();
  feed.acknowledgements.use({
    delayMs: deps.limits.acknowledgeDelayMs * gatheredFactor,
    send: (cursor) =>
      deps.http.json<void>({ method: 'POST', path: '/v1/events/ack', body: { subscriber, consumer, cursor } }),
  });
  feed.live(name);
}
