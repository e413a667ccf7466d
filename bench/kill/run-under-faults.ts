import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainNode } from '../../test/harness/chain-node.ts';
import { checkConnections, checkEvents, isSettled } from '../../test/harness/event-checker.ts';
import { HttpClient } from '../../test/harness/http-client.ts';
import { compareWithChain } from '../../test/harness/truth-checker.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { Consumer } from './consumer.ts';
import { type LoadOptions, Loaders } from './loader.ts';
import { seededRandom } from '../../src/lib/seeded-random.ts';

/** Something that goes wrong while everything runs; when it resolves, the next may come. */
export interface Strike {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface FaultRunOptions {
  readonly seed: number;
  readonly node: ChainNode;
  /** Started already. */
  readonly tracker: { readonly url: string; readonly apiKey: string };
  readonly strikes: readonly Strike[];
  /** At most so long between a strike and the next, milliseconds. */
  readonly longestLifeMs: number;
  readonly load?: LoadOptions;
  readonly say?: (line: string) => void;
}

export interface FaultReport {
  readonly registered: number;
  readonly events: number;
  readonly deliveries: number;
  readonly strikes: number;
  readonly cutOff: number;
  /** Of the load, strikes included. */
  readonly eventsPerSecond: number;
  /** Each broken promise in words; none, when all is well. */
  readonly problems: readonly string[];
}

const subscriber = 'kill-run';

/** For what was registered to become final once the load has stopped; it only ends a broken run. */
const settleTimeoutMs = 120_000;

/** A chain whose transactions are final after a few blocks. */
export function faultRunChain(node: ChainNode): object {
  const provider = { name: 'main', http: node.httpUrl, ws: node.wsUrl, role: 'primary' };
  const counts = { confirmations: 4, thresholds: [2, 3], pollIntervalMs: 300, finality: 'tag' };
  return { chain: node.chain, ...counts, providers: [provider] };
}

/**
 * Lets things go wrong at random moments while registrations, blocks and acknowledgements run, then
 * lets everything become final and judges from outside: every acknowledged registration reached its
 * right end (I01, I02), every event came (I03), `seq` without a gap and rising over each connection (I05), repeats byte-equal (I04),
 * and what was kept as acknowledged did not come again.
 */
export async function runUnderFaults(options: FaultRunOptions): Promise<FaultReport> {
  const { node, tracker, strikes, say } = options;
  const random = seededRandom(options.seed);
  const http = new HttpClient(tracker);
  const loader = new Loaders({ node, http, random: seededRandom(options.seed + 1), subscriber }, options.load);
  const consumer = new Consumer(tracker, http, subscriber);
  const startedMs = Date.now();
  const loading = loader.run();
  const consuming = consumer.run();
  for (const [index, strike] of strikes.entries()) {
    // A loader that gave up must not go unnoticed until all strikes are done.
    await Promise.race([sleep(random() * options.longestLifeMs), loading]);
    await strike.run();
    say?.(
      `strike ${index + 1} of ${strikes.length} (${strike.name}): ${loader.registered.size} registered, ${consumer.socket.deliveries.length} deliveries`,
    );
  }
  loader.stop();
  await loading;
  const eventsPerSecond = (consumer.socket.events().length * 1_000) / (Date.now() - startedMs);
  const unsettled = await settle(http, loader, consumer);
  consumer.stop();
  await consuming;
  return {
    registered: loader.registered.size,
    events: consumer.socket.events().length,
    deliveries: consumer.socket.deliveries.length,
    strikes: strikes.length,
    cutOff: loader.cutOff,
    eventsPerSecond,
    problems: [...unsettled, ...(await judge(node, http, loader, consumer))],
  };
}

/** Waits until every registration has ended and its events were delivered; says what has not. */
async function settle(
  http: HttpClient,
  loader: Pick<Loaders, 'registered'>,
  consumer: Consumer,
): Promise<readonly string[]> {
  let open = [...loader.registered.keys()];
  const allSettled = async (): Promise<boolean> => {
    const states = await Promise.all(open.slice(0, 50).map((id) => http.transaction(id)));
    const done = new Set(states.filter(isSettled).map(({ id }) => id));
    open = open.filter((id) => !done.has(id));
    return open.length === 0;
  };
  const caughtUp = async (): Promise<boolean> => {
    const page = await http.events({ subscriber, from: 'ack', limit: 1, wait: 0 });
    return page.status === 200 && page.body.events.length === 0 && consumer.kept > 0;
  };
  try {
    await waitUntil(allSettled, { what: 'every registration to end', timeoutMs: settleTimeoutMs, everyMs: 100 });
    await waitUntil(caughtUp, { what: 'the consumer to have everything', timeoutMs: settleTimeoutMs, everyMs: 100 });
    return [];
  } catch (error) {
    const states = await Promise.all(open.slice(0, 5).map((id) => http.transaction(id)));
    return [String(error), ...states.map((state) => `still open: ${JSON.stringify(state)}`)];
  }
}

async function judge(
  node: ChainNode,
  http: HttpClient,
  loader: Pick<Loaders, 'registered'>,
  consumer: Consumer,
): Promise<readonly string[]> {
  const { deliveries } = consumer.socket;
  const problems = [...checkEvents(deliveries), ...checkConnections(deliveries), ...consumer.broken];
  const told = new Map(consumer.socket.events().map((event) => [event.data.transaction.id, event.data.transaction]));
  for (const { id, way, hash } of loader.registered.values()) {
    const state = await http.transaction(id);
    problems.push(...(await compareWithChain(state, node.rpc)));
    const last = told.get(id);
    if (last === undefined) problems.push(`${hash} (${way}): no event ever came`);
    else if (last.status !== state.status)
      problems.push(`${hash} (${way}): the last event says ${last.status}, the tracker ${state.status}`);
  }
  const kept = await http.allEvents({ subscriber });
  const received = new Map(consumer.socket.deliveries.map(({ event, text }) => [event.seq, text]));
  for (const event of kept) {
    const text = received.get(event.seq);
    if (text === undefined) problems.push(`seq ${event.seq} (${event.type}) was never delivered`);
    else if (text !== JSON.stringify(event))
      problems.push(`seq ${event.seq} reads otherwise by poll:\n${text}\n${JSON.stringify(event)}`);
  }
  if (kept.length === 0) problems.push('no event at all: the run proved nothing');
  return problems;
}
