import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@txtrail/client';
import type { TxTrailEvent } from '@txtrail/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Loader } from '../../bench/kill/loader.ts';
import { seededRandom } from '../../src/lib/seeded-random.ts';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { CuttingProxy } from '../harness/cutting-proxy.ts';
import { checkEvents, isSettled } from '../harness/event-checker.ts';
import { HttpClient } from '../harness/http-client.ts';
import { PollClient } from '../harness/poll-client.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { StreamClient } from '../harness/stream-client.ts';
import { TrackerProcess } from '../harness/tracker-process.ts';
import { waitUntil } from '../harness/wait-until.ts';

const subscriber = 'channels';
const cutsOfEach = 10;
const transports = ['websocket', 'sse', 'poll'] as const;

/** One reader behind a proxy of its own, kept connected until it is stopped. */
interface Reader {
  readonly name: string;
  readonly proxy: CuttingProxy;
  /** Each event once, in the order of its first arrival. */
  readonly seqs: () => number;
  readonly story: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** The same facts over every channel, whatever the network and the process do (I04, I05, I24, F15, F47). */
describe('every channel, through ten cuts and a restart', () => {
  let node: AnvilNode;
  let tracker: TrackerProcess;
  let readers: Reader[] = [];

  beforeAll(async () => {
    node = await startAnvil({ blockTimeMs: 300, slotsInAnEpoch: 3 });
    const provider = { name: 'main', http: node.httpUrl, ws: node.wsUrl, role: 'primary' };
    const counts = { confirmations: 4, thresholds: [2, 3], pollIntervalMs: 300, finality: 'tag' };
    tracker = new TrackerProcess({ config: { chains: [{ chain: node.chain, ...counts, providers: [provider] }] } });
    await tracker.start();
  });
  afterAll(async () => {
    await Promise.allSettled(readers.map((reader) => reader.stop()));
    await tracker?.remove();
    await node?.stop();
  });

  async function behindProxy(): Promise<{ proxy: CuttingProxy; place: { url: string; apiKey: string } }> {
    const proxy = new CuttingProxy(() => tracker.url);
    await proxy.start();
    return { proxy, place: { url: proxy.url, apiKey: tracker.apiKey } };
  }

  it('gives the same ids, numbers, order and bytes', async () => {
    const http = new HttpClient(tracker);
    const loader = new Loader({ node, http, random: seededRandom(11), subscriber });
    readers = [
      await plainSocket(behindProxy),
      await plainStream(behindProxy),
      await plainPoll(behindProxy),
      ...(await Promise.all(transports.map((transport) => throughClient(behindProxy, transport)))),
    ];
    const loading = loader.run();
    for (let cut = 1; cut <= cutsOfEach; cut += 1) {
      const before = readers.map(({ seqs }) => seqs());
      await waitUntil(() => readers.every(({ seqs }, index) => seqs() > (before[index] ?? 0)), {
        what: `news on every channel before cut ${cut}`,
        timeoutMs: 60_000,
        describe: () => readers.map(({ name, seqs }) => `${name} ${seqs()}`).join(', '),
      });
      await waitUntil(() => readers.every(({ proxy }) => proxy.connections > 0), {
        what: `a connection of each before cut ${cut}`,
        timeoutMs: 60_000,
        describe: () => readers.map(({ name, proxy }) => `${name} ${proxy.connections}`).join(', '),
      });
      for (const { proxy } of readers) proxy.cut();
      if (cut === cutsOfEach / 2) await tracker.restart();
    }
    loader.stop();
    await loading;
    let open = [...loader.registered.keys()];
    await waitUntil(
      async () => {
        const states = await Promise.all(open.slice(0, 50).map((id) => http.transaction(id)));
        const done = new Set(states.filter(isSettled).map(({ id }) => id));
        open = open.filter((id) => !done.has(id));
        return open.length === 0;
      },
      { what: 'every transaction to end', timeoutMs: 120_000, everyMs: 100 },
    );
    const kept = await http.allEvents({ subscriber });
    const expected = kept.map(told);
    expect(expected.length).toBeGreaterThan(cutsOfEach);
    expect(checkEvents(kept.map((event) => ({ event, text: JSON.stringify(event) })))).toEqual([]);
    for (const { name, proxy, seqs, story } of readers) {
      await waitUntil(() => seqs() >= kept.length, { what: `${name} to have all ${kept.length}`, timeoutMs: 60_000 });
      expect(story(), name).toEqual(expected);
      expect(proxy.cuts, `${name}: connections cut`).toBeGreaterThanOrEqual(cutsOfEach);
    }
  });
});

type Place = () => Promise<{ proxy: CuttingProxy; place: { url: string; apiKey: string } }>;

function told(event: TxTrailEvent): string {
  return JSON.stringify(event);
}

/** Repeats are allowed to a plain reader that lost its acknowledgements, but only with the same bytes. */
function firsts(deliveries: readonly { readonly event: TxTrailEvent; readonly text: string }[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const { event, text } of deliveries) {
    const before = seen.get(event.id);
    if (before !== undefined && before !== text) throw new Error(`${event.id} came with other bytes`);
    seen.set(event.id, text);
  }
  return [...seen.values()];
}

async function plainSocket(behindProxy: Place): Promise<Reader> {
  const { proxy, place } = await behindProxy();
  const socket = new SocketClient(place, { subscribe: { subscriber, consumer: 'socket', window: 16 } });
  const keeper = keepOpen(
    () => socket.connected,
    async () => void (await socket.connect()),
  );
  return {
    name: 'websocket',
    proxy,
    seqs: () => socket.deliveries.reduce((most, { event }) => Math.max(most, event.seq), 0),
    story: () => firsts(socket.deliveries),
    stop: async () => {
      await keeper.stop();
      socket.cut();
      await proxy.stop();
    },
  };
}

async function plainStream(behindProxy: Place): Promise<Reader> {
  const { proxy, place } = await behindProxy();
  const stream = new StreamClient(place, { subscriber });
  const keeper = keepOpen(
    () => stream.connected,
    async () => void (await stream.connect()),
  );
  return {
    name: 'sse',
    proxy,
    seqs: () => stream.deliveries.at(-1)?.event.seq ?? 0,
    story: () => stream.deliveries.map(({ text }) => text),
    stop: async () => {
      await keeper.stop();
      stream.close();
      await proxy.stop();
    },
  };
}

async function plainPoll(behindProxy: Place): Promise<Reader> {
  const { proxy, place } = await behindProxy();
  const poll = new PollClient(place, subscriber);
  const running = poll.run();
  return {
    name: 'long poll',
    proxy,
    seqs: () => poll.deliveries.at(-1)?.event.seq ?? 0,
    story: () => poll.deliveries.map(({ text }) => text),
    stop: async () => {
      poll.stop();
      await running;
      await proxy.stop();
    },
  };
}

async function throughClient(behindProxy: Place, transport: (typeof transports)[number]): Promise<Reader> {
  const { proxy, place } = await behindProxy();
  // Ten cuts in a row would let a patient client wait for half a minute: it draws from shorter ranges here.
  const retry = { baseMs: 200, capMs: 1_000 };
  const client = createClient({ url: place.url, key: place.apiKey, transport }, { retry });
  const subscription = client.subscribe({ subscriber, consumer: `client-${transport}`, window: 16 });
  const events: TxTrailEvent[] = [];
  const reading = (async () => {
    for await (const { event, cursor } of subscription) {
      events.push(event as TxTrailEvent);
      subscription.ack(cursor);
    }
  })();
  return {
    name: `client over ${transport}`,
    proxy,
    seqs: () => events.at(-1)?.seq ?? 0,
    story: () => events.map(told),
    stop: async () => {
      await subscription.close();
      await reading;
      await proxy.stop();
    },
  };
}

/** Connects again whenever the line is gone, as any client would. */
function keepOpen(isOpen: () => boolean, connect: () => Promise<void>): { readonly stop: () => Promise<void> } {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      // A refused connection is what a restart looks like: the next turn tries again.
      if (!isOpen()) await connect().catch(() => null);
      await sleep(20);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
