import { afterEach, describe, expect, it } from 'vitest';
import type { CaseRig } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { CuttingProxy } from '../../test/harness/cutting-proxy.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { createClient } from './client.ts';
import type { ClientTestOptions, TxTrailClient } from './client.ts';
import type { ClientOptions, TransportName } from './client-options.ts';
import type { ReceivedEvent, StateChange, Subscription } from './subscription.ts';

const start = caseRigs();
const transports: readonly TransportName[] = ['websocket', 'sse', 'poll'];

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function clientOf(
  rig: { readonly url: string; readonly apiKey: string },
  options: Partial<ClientOptions> = {},
  given: ClientTestOptions = {},
): TxTrailClient {
  const client = createClient({ url: rig.url, key: rig.apiKey, ...options }, { retry: { capMs: 200 }, ...given });
  ends.push(() => client.close());
  return client;
}

async function proxyTo(rig: CaseRig): Promise<CuttingProxy> {
  const proxy = new CuttingProxy(() => rig.url);
  await proxy.start();
  ends.push(() => proxy.stop());
  return proxy;
}

/** Reads a subscription in the background. */
class Collector {
  readonly received: ReceivedEvent[] = [];
  error: unknown = null;
  readonly done: Promise<void>;

  constructor(
    subscription: Subscription,
    onEvent: (received: ReceivedEvent) => void | Promise<void> = () => undefined,
  ) {
    this.done = this.#run(subscription, onEvent);
  }

  async #run(subscription: Subscription, onEvent: (received: ReceivedEvent) => void | Promise<void>): Promise<void> {
    try {
      for await (const received of subscription) {
        this.received.push(received);
        await onEvent(received);
      }
    } catch (error) {
      this.error = error;
    }
  }

  get ids(): readonly string[] {
    return this.received.map(({ event }) => event.id);
  }

  async count(count: number): Promise<void> {
    const describe = (): string => `${this.received.length} came; ${String(this.error)}`;
    await waitUntil(() => this.received.length >= count, { what: `${count} events`, describe });
  }
}

/** So many payments, each mined and told as included; gives the ids of every event so far, in order. */
async function happen(rig: CaseRig, payments: number): Promise<readonly string[]> {
  for (let payment = 0; payment < payments; payment += 1) await rig.marker();
  return allIds(rig);
}

async function allIds(rig: CaseRig): Promise<readonly string[]> {
  return (await rig.http.allEvents({})).map(({ id }) => id);
}

function steady(subscription: Subscription): Promise<unknown> {
  return waitUntil(() => subscription.state === 'live', { what: 'the subscription being live', everyMs: 5 });
}

describe.each(transports)('over %s', (transport) => {
  it('gives what the log has: the same events in the same order, byte for byte', async () => {
    const rig = await start();
    const collector = new Collector(clientOf(rig, { transport }).subscribe({ subscriber: 'default' }));
    await rig.pending();
    await rig.mine(6);
    rig.finalize();
    await rig.mine(1);
    await rig.saw('finalized');
    const log = await rig.http.allEvents({ subscriber: 'default' });
    await collector.count(log.length);
    expect(collector.received.map(({ event }) => event)).toEqual(log);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_event, index) => index + 1));
  });

  it('neither skips nor repeats through ten cuts and a restart', async () => {
    const rig = await start();
    const proxy = await proxyTo(rig);
    const subscription = clientOf({ url: proxy.url, apiKey: rig.apiKey }, { transport }).subscribe({ consumer: 'cut' });
    let connections = 0;
    subscription.onStateChange(({ state }) => {
      if (state === 'live') connections += 1;
    });
    const collector = new Collector(subscription);
    await steady(subscription);
    for (let round = 1; round <= 10; round += 1) {
      await happen(rig, 2);
      if (round === 5) {
        proxy.refuse(true);
        proxy.cut();
        await rig.crash();
        proxy.refuse(false);
      }
      // A long poll may be between two requests just then.
      const cutAgain = (): boolean => {
        if (connections === round) proxy.cut();
        return connections > round;
      };
      await waitUntil(cutAgain, { what: `connection ${round + 1}`, everyMs: 50 });
    }
    const ids = await happen(rig, 1);
    await collector.count(ids.length);
    expect(collector.ids).toEqual(ids);
    expect(connections).toBeGreaterThan(10);
  });

  it('acknowledges what was gone through, so that the consumer goes on behind it', async () => {
    const rig = await start();
    const ids = await happen(rig, 6);
    const client = clientOf(rig, { transport });
    const seen: string[] = [];
    for await (const { event } of client.subscribe({ consumer: 'worker' })) {
      seen.push(event.id);
      if (seen.length === 4) break;
    }
    // The fourth was in hand when the loop was left, so it was not done with.
    const again = new Collector(client.subscribe({ consumer: 'worker' }));
    await again.count(ids.length - 3);
    expect(seen).toEqual(ids.slice(0, 4));
    expect(again.ids).toEqual(ids.slice(3));
  });

  it('acknowledges by word where autoAck is off, and sends no more than the window before', async () => {
    const rig = await start();
    const ids = await happen(rig, 10);
    const client = clientOf(rig, { transport });
    const subscription = client.subscribe({ consumer: 'slow', autoAck: false, window: 3 });
    const collector = new Collector(subscription);
    await collector.count(3);
    await client.chains();
    expect(collector.ids).toEqual(ids.slice(0, 3));
    subscription.ack(collector.received[1]!.cursor);
    await collector.count(5);
    await client.chains();
    expect(collector.ids).toEqual(ids.slice(0, 5));
    await subscription.close();
    const again = new Collector(client.subscribe({ consumer: 'slow' }));
    await again.count(ids.length - 2);
    expect(again.ids).toEqual(ids.slice(2));
  });

  it('takes many events at a small window without loss', async () => {
    const rig = await start();
    const ids = await happen(rig, 12);
    const collector = new Collector(clientOf(rig, { transport }).subscribe({ consumer: 'one', window: 1 }));
    await collector.count(ids.length);
    expect(collector.ids).toEqual(ids);
  });

  it('begins at a cursor, at the newest, and with less by filter', async () => {
    const rig = await start();
    const ids = await happen(rig, 4);
    const client = clientOf(rig, { transport });
    const all = new Collector(client.subscribe({ from: 'earliest' }));
    await all.count(ids.length);
    const middle = new Collector(client.subscribe({ from: all.received[2]!.cursor }));
    await middle.count(ids.length - 3);
    expect(middle.ids).toEqual(ids.slice(3));

    const subscription = client.subscribe({ consumer: 'reader', from: 'latest', types: ['transaction.included'] });
    const newest = new Collector(subscription);
    await steady(subscription);
    const payment = await rig.pending();
    await rig.mine(1);
    await newest.count(1);
    expect(newest.received[0]!.event).toMatchObject({
      type: 'transaction.included',
      data: { transaction: { hash: payment.hash } },
    });
    // Nothing was acknowledged by it: who reads from a place leaves the consumer's alone.
    await subscription.close();
    const consumer = new Collector(client.subscribe({ consumer: 'reader' }));
    await consumer.count(ids.length);
    expect(consumer.ids.slice(0, ids.length)).toEqual(ids);
  });

  it('keeps its place where its filter leaves everything out', async () => {
    const rig = await start();
    const proxy = await proxyTo(rig);
    const client = clientOf({ url: proxy.url, apiKey: rig.apiKey }, { transport });
    const subscription = client.subscribe({ from: 'latest', types: ['transaction.failed'] });
    await steady(subscription);
    expect(subscription.cursor).not.toBe('latest');
    const before = subscription.cursor;
    await happen(rig, 2);
    proxy.cut();
    await happen(rig, 2);
    await steady(subscription);
    const behind = new Collector(client.subscribe({ from: before }));
    await behind.count(2);
    expect(subscription.transport).toBe(transport);
  });

  it('says what refused it for good, once, and ends', async () => {
    const rig = await start();
    const wrong = clientOf({ url: rig.url, apiKey: 'wrong' }, { transport }).subscribe();
    const changes: StateChange[] = [];
    wrong.onStateChange((change) => changes.push(change));
    const collector = new Collector(wrong);
    await collector.done;
    expect(collector.error).toMatchObject({ name: 'RefusedError', code: 'unauthorized' });
    expect(changes.at(-1)).toMatchObject({ state: 'closed', error: { code: 'unauthorized' } });
    expect((await wrong[Symbol.asyncIterator]().next()).done).toBe(true);

    const nowhere = new Collector(clientOf(rig, { transport }).subscribe({ chain: 'nowhere' }));
    await nowhere.done;
    expect(nowhere.error).toMatchObject({ code: 'unknown_chain' });
    const forged = new Collector(clientOf(rig, { transport }).subscribe({ from: 'AAAA' }));
    await forged.done;
    expect(forged.error).toMatchObject({ code: 'invalid_cursor' });
  });

  it('says that an acknowledgement was refused', async () => {
    const rig = await start();
    await happen(rig, 1);
    const subscription = clientOf(rig, { transport }).subscribe({ consumer: 'forger', autoAck: false });
    const collector = new Collector(subscription, () => subscription.ack('AAAA'));
    await collector.done;
    expect(collector.error).toMatchObject({ code: 'invalid_cursor' });
  });
});

describe('whatever the transport', () => {
  it('the same ids, seq and order come over each', async () => {
    const rig = await start();
    const collectors = (['auto', ...transports] as const).map(
      (transport) => new Collector(clientOf(rig, { transport }).subscribe({ consumer: transport })),
    );
    const ids = await happen(rig, 5);
    for (const collector of collectors) await collector.count(ids.length);
    const [first, ...others] = collectors.map(({ received }) => received.map(({ event }) => [event.id, event.seq]));
    expect(first?.map(([id]) => id)).toEqual(ids);
    for (const other of others) expect(other).toEqual(first);
  });

  it('a cursor of one is understood by the others', async () => {
    const rig = await start();
    const ids = await happen(rig, 4);
    for (const one of transports) {
      const reader = new Collector(clientOf(rig, { transport: one }).subscribe({ from: 'earliest' }));
      await reader.count(ids.length);
      for (const other of transports) {
        const from = reader.received[1]!.cursor;
        const rest = new Collector(clientOf(rig, { transport: other }).subscribe({ from }));
        await rest.count(ids.length - 2);
        expect(rest.ids).toEqual(ids.slice(2));
      }
    }
  });

  it('a slow reader is not overrun, and gets everything', async () => {
    const rig = await start();
    const ids = await happen(rig, 8);
    for (const transport of transports) {
      const client = clientOf(rig, { transport }, { limits: { readAhead: 2 } });
      const collector = new Collector(client.subscribe({ from: 'earliest' }), () => Promise.resolve());
      await collector.count(ids.length);
      expect(collector.ids).toEqual(ids);
    }
  });

  it('a signal closes it, and closing twice does no harm', async () => {
    const rig = await start();
    const aborter = new AbortController();
    const subscription = clientOf(rig).subscribe({ signal: aborter.signal });
    const collector = new Collector(subscription);
    await steady(subscription);
    aborter.abort();
    await collector.done;
    expect(collector.error).toBeNull();
    expect(subscription.state).toBe('closed');
    await subscription.close();
    const late = clientOf(rig).subscribe({ signal: AbortSignal.abort() });
    await waitUntil(() => late.state === 'closed', { what: 'the end of what never began' });
  });
});
