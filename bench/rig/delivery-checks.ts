import { waitUntil } from '../../test/harness/wait-until.ts';
import type { Check } from './bench.ts';
import { executedIn, type Received } from './load-clients.ts';
import { subscriberName } from './register.ts';
import type { BenchTracker } from './tracker.ts';

/** Subscribers that are asked, at the end, what is left for their consumer. */
const asked = 20;

export interface DeliveryExpectation {
  readonly what: string;
  /** Those of the type `executed` aside. */
  readonly events: number;
  readonly connections: number;
  readonly consumer: string;
}

/**
 * Every event came once and in its place, and everything that came is acknowledged for good. Of a run
 * that was ended early, only that nothing was repeated or left out on the way.
 */
export async function deliveryChecks(
  tracker: BenchTracker,
  received: Received,
  { what, events, connections, consumer }: DeliveryExpectation,
  wasEndedEarly = false,
): Promise<readonly Check[]> {
  const misplaced = {
    what: `${what}: events out of their place, repeated or left out`,
    expected: 0,
    actual: misplacedIn(received),
  };
  const counted = received.count - executedIn(received);
  if (wasEndedEarly && counted < events) return [misplaced];
  const step = Math.max(1, Math.floor(connections / asked));
  let open = Array.from({ length: Math.ceil(connections / step) }, (_, index) => subscriberName(index * step));
  const allAcknowledged = async (): Promise<boolean> => {
    const left = await Promise.all(open.map((subscriber) => unacknowledged(tracker, subscriber, consumer)));
    open = open.filter((_, index) => (left[index] ?? 0) > 0);
    return open.length === 0;
  };
  await waitUntil(allAcknowledged, { what: 'the last acknowledgements', everyMs: 50 }).catch(() => false);
  return [
    { what: `${what}: events received`, expected: events, actual: counted },
    misplaced,
    { what: `${what}: subscribers with unacknowledged events`, expected: 0, actual: open.length },
  ];
}

/** A subscriber's events must come as 1, 2, 3…: each that does not follow on counts. */
export function misplacedIn({ connection, seq }: Pick<Received, 'connection' | 'seq'>): number {
  const last = new Map<number, number>();
  let misplaced = 0;
  for (const [index, number] of connection.entries()) {
    const one = seq[index] ?? 0;
    if (one !== (last.get(number) ?? 0) + 1) misplaced += 1;
    last.set(number, one);
  }
  return misplaced;
}

async function unacknowledged(tracker: BenchTracker, subscriber: string, consumer: string): Promise<number> {
  const query = new URLSearchParams({ subscriber, consumer, from: 'ack', wait: '0', limit: '1' });
  const answer = await fetch(`${tracker.url}/v1/events?${query}`, { headers: tracker.headers });
  const { events } = (await answer.json()) as { readonly events: readonly unknown[] };
  return events.length;
}
