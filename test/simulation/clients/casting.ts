import { Chance } from '../chance.ts';
import { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import { PollReader } from './poll-reader.ts';
import type { Reader } from './reader.ts';
import { type Channel, Reading, type ReadingOptions } from './reading.ts';
import { SocketReader } from './socket-reader.ts';
import { StreamReader } from './stream-reader.ts';

/** Who reads in a run, and from when on, milliseconds. */
export interface Role {
  readonly reader: Reader;
  readonly fromMs: number;
}

const channels: readonly Channel[] = ['socket', 'socket', 'poll', 'stream'];

/**
 * The readers that do as they should: one for each subscriber, one for the whole tenant, and now and
 * then one with a filter, one that comes late, and one that shares the consumer of another.
 */
export function castReaders(deps: ClientDeps): readonly Role[] {
  const { seed, plan } = deps.context;
  const chance = new Chance(seed, 'casting');
  const roles: Role[] = [];
  const cast = (channel: Channel, options: Partial<ReadingOptions> & { readonly name: string }, fromMs = 0): void => {
    const reading = new Reading({ ...usual, ...options }, deps);
    roles.push({ reader: readerOf(channel, [reading], chance, deps), fromMs });
  };
  const shared = chance.happens(0.2) ? chance.pick(plan.subscribers) : null;
  for (const subscriber of plan.subscribers) {
    // Of two that share a consumer, neither knows what the other acknowledges while it asks.
    const resumesByAcknowledgement = chance.happens(0.6) && subscriber !== shared;
    cast(chance.pick(channels), { name: `of ${subscriber}`, subscriber, resumesByAcknowledgement });
  }
  cast(chance.pick(['poll', 'poll', 'stream', 'socket']), {
    name: 'of all',
    consumer: 'all',
    resumesByAcknowledgement: chance.happens(0.3),
  });
  const subscriber = chance.pick(plan.subscribers);
  if (chance.happens(0.2)) {
    const types = ['transaction.included', 'transaction.confirmed', 'transaction.finalized', 'transaction.reorged'];
    cast(chance.pick(channels), { name: 'with a filter', subscriber, consumer: 'filter', filter: { types } });
  }
  if (chance.happens(0.2)) {
    const isTenant = chance.happens(0.3);
    const late = { name: 'late', subscriber: isTenant ? null : subscriber, consumer: 'late' };
    cast(chance.pick(channels), late, chance.between(200_000, 500_000));
  }
  if (shared !== null) cast(chance.pick(channels), { name: 'second', subscriber: shared });
  if (chance.happens(0.2)) roles.push({ reader: severalOnOneSocket(chance, deps), fromMs: chance.between(0, 60_000) });
  // With choices of its own, so that it shifts nobody else's.
  const own = new Chance(seed, 'casting/without a window');
  if (own.happens(0.25)) roles.push({ reader: withoutWindow(own, deps), fromMs: own.between(0, 300_000) });
  return roles;
}

/** Takes events as they come, at the server's pace, and acknowledges none. */
function withoutWindow(chance: Chance, deps: ClientDeps): Reader {
  const name = 'without a window';
  const subscriber = chance.happens(0.5) ? null : chance.pick(deps.context.plan.subscribers);
  const resumesByAcknowledgement = chance.happens(0.5);
  const reading = new Reading({ ...usual, name, subscriber, consumer: 'none', resumesByAcknowledgement }, deps);
  const never = { window: 0, acknowledgesEvery: Number.POSITIVE_INFINITY, hesitatesMs: 0 };
  const options = { name, latencyMs: chance.whole(2, 80), readings: [reading] as const, authenticatesByFrame: false };
  return new SocketReader({ ...options, ...never }, deps);
}

const usual: Omit<ReadingOptions, 'name'> = {
  subscriber: null,
  consumer: 'default',
  filter: null,
  resumesByAcknowledgement: false,
};

function severalOnOneSocket(chance: Chance, deps: ClientDeps): Reader {
  const { plan } = deps.context;
  const consumer = 'several';
  const readings: readonly [Reading, ...Reading[]] = [
    new Reading({ ...usual, consumer, name: 'first of several', subscriber: plan.subscribers[0] ?? null }, deps),
    new Reading(
      { ...usual, consumer, name: 'second of several', filter: { chain: plan.chains[0]?.config.chain } },
      deps,
    ),
  ];
  return readerOf('socket', readings, chance, deps);
}

function readerOf(
  channel: Channel,
  readings: readonly [Reading, ...Reading[]],
  chance: Chance,
  deps: ClientDeps,
): Reader {
  const [reading] = readings;
  const { name } = reading.options;
  const latencyMs = chance.whole(2, 80);
  if (channel === 'socket') {
    const window = chance.pick([1, 8, 64, 256, 256, 4_096]);
    const acknowledgesEvery = Math.min(window, chance.pick([1, 8, 32, 64]));
    const authenticatesByFrame = chance.happens(0.3);
    const hesitation = new Chance(deps.context.seed, `hesitation/${name}`);
    const hesitatesMs = hesitation.happens(0.3) ? hesitation.between(500, 5_000) : 0;
    const options = { name, latencyMs, readings, window, acknowledgesEvery, hesitatesMs, authenticatesByFrame };
    return new SocketReader(options, deps);
  }
  const api = new ApiClient({ name, latencyMs }, deps);
  if (channel === 'stream') {
    const acknowledgesEveryMs = chance.between(5_000, 60_000);
    return new StreamReader({ reading, latencyMs, acknowledgesEveryMs }, { ...deps, api });
  }
  const least = chance.between(3_000, 15_000);
  const pauseMs = { least, most: least * 3 };
  const waitSeconds = chance.pick([0, 5, 30]);
  const limit = chance.pick([3, 20, 100, 500]);
  return new PollReader(
    { reading, waitSeconds, limit, pauseMs, acknowledges: chance.between(0.2, 0.7) },
    { ...deps, api },
  );
}
