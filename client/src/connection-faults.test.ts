import { WebSocket as PackageWebSocket } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import type { CaseRig } from '../../test/harness/case-rig.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { createClient } from './client.ts';
import type { ClientTestOptions, TxTrailClient } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import type { WebSocketConstructor, WebSocketLike } from './deps.ts';
import type { Subscription } from './subscription.ts';

const start = caseRigs();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function clientOf(options: ClientOptions, given: ClientTestOptions = {}): TxTrailClient {
  const client = createClient(options, { retry: { baseMs: 20, capMs: 100 }, ...given });
  ends.push(() => client.close());
  return client;
}

/** Ids of what a subscription gives, in order, and the error it ends with. */
function reading(subscription: Subscription): { ids: string[]; error: unknown; readonly done: Promise<void> } {
  const seen = { ids: [] as string[], error: null as unknown, done: Promise.resolve() };
  seen.done = (async () => {
    try {
      for await (const { event } of subscription) seen.ids.push(event.id);
    } catch (error) {
      seen.error = error;
    }
  })();
  return seen;
}

async function happen(rig: CaseRig, payments: number): Promise<readonly string[]> {
  for (let payment = 0; payment < payments; payment += 1) await rig.marker();
  return (await rig.http.allEvents({})).map(({ id }) => id);
}

/** What a network lets through, changed while the client runs. */
function network(): {
  sockets: boolean;
  streams: boolean;
  hears: boolean;
  opened: number;
  readonly options: Pick<ClientOptions, 'WebSocket' | 'fetch'>;
} {
  const state = { sockets: true, streams: true, hears: true, opened: 0 };
  class GuardedWebSocket extends PackageWebSocket {
    constructor(url: string, protocols: string) {
      super(state.sockets ? url : 'ws://127.0.0.1:9', protocols);
      state.opened += 1;
    }

    override emit(name: string, ...values: unknown[]): boolean {
      // A half-open line: what the other side says does not arrive, and nothing says so.
      return name === 'message' && !state.hears ? true : super.emit(name, ...values);
    }
  }
  const guarded: typeof fetch = async (input, init) => {
    const blocked = !state.streams && String(input).includes('/v1/events/stream');
    return blocked ? new Response('blocked', { status: 403 }) : fetch(input, init);
  };
  return Object.assign(state, { options: { WebSocket: GuardedWebSocket, fetch: guarded } });
}

describe('a network that lets less through', () => {
  it('is met by the next transport, and by the best again once that gets through', async () => {
    const rig = await start();
    const net = network();
    net.sockets = false;
    net.streams = false;
    const client = clientOf({ url: rig.url, key: rig.apiKey, ...net.options }, { limits: { upgradeAfterMs: 100 } });
    const subscription = client.subscribe({ consumer: 'moving' });
    const seen = reading(subscription);
    const over = (name: string) =>
      waitUntil(() => subscription.state === 'live' && subscription.transport === name, {
        what: `events over ${name}`,
      });
    await over('poll');
    await happen(rig, 2);
    net.streams = true;
    await over('sse');
    await happen(rig, 2);
    net.sockets = true;
    await over('websocket');
    const ids = await happen(rig, 2);
    await waitUntil(() => seen.ids.length >= ids.length, { what: 'every event' });
    expect(seen.ids).toEqual(ids);
  });

  it('a line on which nothing arrives any more is given up, and another taken', async () => {
    const rig = await start();
    const net = network();
    const client = clientOf(
      { url: rig.url, key: rig.apiKey, transport: 'websocket', ...net.options },
      { limits: { pingIntervalMs: 60, pongTimeoutMs: 60, answerTimeoutMs: 2_000 } },
    );
    const subscription = client.subscribe({ consumer: 'deaf' });
    const seen = reading(subscription);
    await waitUntil(() => subscription.state === 'live', { what: 'the first socket' });
    net.hears = false;
    await waitUntil(() => subscription.state !== 'live', { what: 'the silence being noticed' });
    net.hears = true;
    const ids = await happen(rig, 2);
    await waitUntil(() => seen.ids.length >= ids.length, { what: 'every event' });
    expect(seen.ids).toEqual(ids);
    expect(net.opened).toBeGreaterThan(1);
  });
});

describe('tokens', () => {
  it.each(['websocket', 'sse', 'poll'] as const)(
    'that end are replaced by new ones, without a gap (%s)',
    async (transport) => {
      const rig = await start();
      const tenant = clientOf({ url: rig.url, key: rig.apiKey });
      let given = 0;
      const token = async (): Promise<string> => {
        given += 1;
        return (await tenant.createToken({ subscriber: 'default', ttlSeconds: 1 })).token;
      };
      // A poll is answered with the token that it began with, so it must not wait for longer than one lives.
      const client = clientOf({ url: rig.url, token, transport }, { limits: { pollWaitSeconds: 1 } });
      const seen = reading(client.subscribe({ consumer: 'browser' }));
      await waitUntil(() => given >= 3, { what: 'the third token' });
      const ids = await happen(rig, 2);
      await waitUntil(() => seen.ids.length >= ids.length, { what: 'every event', describe: () => String(seen.error) });
      expect(seen.ids).toEqual(ids);
      await expect(client.track({ chain: 'eip155:31337', hash: `0x${'1'.repeat(64)}` })).resolves.toMatchObject({
        subscriber: 'default',
      });
    },
  );

  it.each(['websocket', 'sse', 'poll'] as const)(
    'that are never taken end it, after one more try (%s)',
    async (transport) => {
      const rig = await start();
      let given = 0;
      const token = (): string => {
        given += 1;
        return `nonsense ${given}`;
      };
      const seen = reading(clientOf({ url: rig.url, token: () => token().replace(' ', '-'), transport }).subscribe());
      await seen.done;
      expect(seen.error).toMatchObject({ name: 'RefusedError', code: 'unauthorized' });
      expect(given).toBe(2);
    },
  );

  it('that cannot be had say so', async () => {
    const rig = await start();
    const client = clientOf({
      url: rig.url,
      token: () => {
        throw new Error('logged out');
      },
    });
    await expect(client.chains()).rejects.toMatchObject({
      code: 'token_unavailable',
      cause: { message: 'logged out' },
    });
  });
});

/** A server's side of a socket, by hand. */
class ByHand implements WebSocketLike {
  static made: ByHand[] = [];
  readonly readyState = 1;
  readonly sent: Record<string, unknown>[] = [];
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;

  constructor() {
    ByHand.made.push(this);
    queueMicrotask(() => this.onopen?.({} as never));
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.sent.push({ type: 'closed' });
  }

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }

  ends(code: number): void {
    this.onclose?.({ code, reason: 'by hand' } as never);
  }

  /** The id of the subscription that the client asked for. */
  get id(): unknown {
    return this.sent.find(({ type }) => type === 'subscribe')?.['id'];
  }
}

describe('what the server says on a socket', () => {
  function subscribed(options: Parameters<TxTrailClient['subscribe']>[0] = {}): {
    readonly subscription: Subscription;
    readonly seen: ReturnType<typeof reading>;
    socket(count: number): Promise<ByHand>;
  } {
    ByHand.made = [];
    const client = clientOf({
      url: 'http://127.0.0.1:9',
      key: 'key',
      transport: 'websocket',
      WebSocket: ByHand as unknown as WebSocketConstructor,
    });
    const subscription = client.subscribe(options);
    const seen = reading(subscription);
    const socket = async (count: number): Promise<ByHand> => {
      const asked = () => (ByHand.made[count - 1]?.id === undefined ? null : ByHand.made[count - 1]);
      const made = await waitUntil(asked, { what: `socket ${count}`, everyMs: 5 });
      made.says({ type: 'subscribed', id: made.id, cursor: `start${count}`, recovered: true });
      return made;
    };
    return { subscription, seen, socket };
  }
  const event = (id: string): object => ({ id, seq: 1, type: 'ping', data: {} });

  it('who we are comes first, and a new socket asks from the last event handed out', async () => {
    const { seen, socket } = subscribed({ from: 'latest' });
    const first = await socket(1);
    expect(first.sent.map(({ type }) => type)).toEqual(['auth', 'subscribe']);
    expect(first.sent[1]).toMatchObject({ from: 'latest', window: 0 });
    first.ends(1006);
    // Nothing had come, and yet it does not ask for the newest again.
    const second = await socket(2);
    expect(second.sent[1]).toMatchObject({ from: 'start1' });
    second.says({ type: 'event', id: second.id, cursor: 'c7', event: event('evt_7') });
    await waitUntil(() => seen.ids.length === 1, { what: 'the event', everyMs: 5 });
    second.ends(4001);
    expect((await socket(3)).sent[1]).toMatchObject({ from: 'c7' });
  });

  it.each([4001, 4008, 4029, 4499, 1001, 1011])('%i means: come back', async (code) => {
    const { socket } = subscribed();
    (await socket(1)).ends(code);
    await socket(2);
  });

  it.each([4501, 4503, 4504, 4999, 1009])('%i means: do not', async (code) => {
    const { seen, socket } = subscribed();
    (await socket(1)).ends(code);
    await seen.done;
    expect(seen.error).toMatchObject({ name: 'RefusedError', code: `socket_${code}` });
    expect(ByHand.made).toHaveLength(1);
  });

  it('a request to come back later is waited for', async () => {
    const { subscription, socket } = subscribed();
    const first = await socket(1);
    let waits: number | null = null;
    subscription.onStateChange(({ retryInMs }) => {
      waits ??= retryInMs;
    });
    first.says({ type: 'reconnect', afterMs: 150 });
    await socket(2);
    expect(waits).toBeGreaterThanOrEqual(140);
    expect(first.sent.at(-1)).toEqual({ type: 'closed' });
  });

  it('what is no frame of ours ends the socket, not the program', async () => {
    const { socket } = subscribed();
    const first = await socket(1);
    first.onmessage?.({ data: '<html>' } as never);
    await socket(2);
  });

  it('a cursor that is too old stops it with what is left, or goes on there', async () => {
    const stopped = subscribed();
    const first = await stopped.socket(1);
    first.says({ type: 'reset', id: first.id, reason: 'cursor_too_old', oldestCursor: 'oldest' });
    await stopped.seen.done;
    expect(stopped.seen.error).toMatchObject({ name: 'CursorTooOldError', oldestCursor: 'oldest' });

    const resets: unknown[] = [];
    const going = subscribed({
      onReset: (reset) => {
        resets.push(reset);
        return 'continue';
      },
    });
    const second = await going.socket(1);
    second.says({ type: 'reset', id: second.id, reason: 'cursor_too_old', oldestCursor: 'oldest' });
    const third = await going.socket(2);
    expect(third.sent.find(({ type }) => type === 'subscribe')).toMatchObject({ from: 'oldest' });
    expect(resets).toEqual([{ reason: 'cursor_too_old', oldestCursor: 'oldest' }]);
  });

  it('acknowledgements are joined, and the last one is said again on a new socket', async () => {
    const { seen, socket } = subscribed({ window: 8 });
    const first = await socket(1);
    for (const number of [1, 2, 3, 4, 5]) {
      first.says({ type: 'event', id: first.id, cursor: `c${number}`, event: event(`evt_${number}`) });
    }
    const acks = (socketByHand: ByHand) =>
      socketByHand.sent.filter(({ type }) => type === 'ack').map((ack) => ack['cursor']);
    await waitUntil(() => acks(first).includes('c4'), { what: 'the fourth being acknowledged', everyMs: 5 });
    expect(acks(first).length).toBeLessThan(5);
    expect(seen.ids).toHaveLength(5);
    first.ends(1006);
    const second = await socket(2);
    await waitUntil(() => acks(second).includes('c4') || acks(second).includes('c5'), {
      what: 'it being said again',
      everyMs: 5,
    });
  });

  it('an acknowledgement that may have been lost with its socket is said again on the next', async () => {
    const { socket } = subscribed({ window: 4 });
    const first = await socket(1);
    first.says({ type: 'event', id: first.id, cursor: 'c1', event: event('evt_1') });
    const acks = (one: ByHand) => one.sent.filter(({ type }) => type === 'ack').map((ack) => ack['cursor']);
    await waitUntil(() => acks(first).length > 0, { what: 'the acknowledgement', everyMs: 5 });
    expect(acks(first)).toEqual(['c1']);
    first.ends(1006);
    const second = await socket(2);
    await waitUntil(() => acks(second).length > 0, { what: 'it being said again', everyMs: 5 });
    expect(acks(second)).toEqual(['c1']);
  });

  it('what had come and was not handed out comes again on the next socket, and is handed out once', async () => {
    ByHand.made = [];
    const WebSocket = ByHand as unknown as WebSocketConstructor;
    const client = clientOf({ url: 'http://127.0.0.1:9', key: 'key', transport: 'websocket', WebSocket });
    const events = client.subscribe({ from: 'earliest' })[Symbol.asyncIterator]();
    const tell = async (count: number, numbers: readonly number[]): Promise<ByHand> => {
      const asked = (): ByHand | undefined => ByHand.made.filter(({ id }) => id !== undefined)[count - 1];
      const made = await waitUntil(asked, { what: `socket ${count}`, everyMs: 5 });
      made.says({ type: 'subscribed', id: made.id, cursor: `c${numbers[0]! - 1}`, recovered: true });
      for (const number of numbers) {
        made.says({ type: 'event', id: made.id, cursor: `c${number}`, event: event(`evt_${number}`) });
      }
      return made;
    };
    const first = await tell(1, [1, 2, 3]);
    const handed = [(await events.next()).value?.event.id];
    first.ends(1006);
    const second = await tell(2, [2, 3, 4]);
    expect(second.sent.find(({ type }) => type === 'subscribe')).toMatchObject({ from: 'c1' });
    for (let more = 0; more < 3; more += 1) handed.push((await events.next()).value?.event.id);
    expect(handed).toEqual(['evt_1', 'evt_2', 'evt_3', 'evt_4']);
  });
});
