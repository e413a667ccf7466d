import type { Bench, BenchContext, BenchOutcome, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import { deliveryChecks, misplacedIn } from '../rig/delivery-checks.ts';
import { rounded, spread, type Spread } from '../rig/figures.ts';
import { chainOptionsOf, eventsPerTransaction, fullLadder, quickLadder, type Ladder } from '../rig/ladder.ts';
import { executedIn, startSubscribe, type Received } from '../rig/load-clients.ts';
import { summarizeProfile, type ProfileSummary } from '../rig/profile.ts';
import { registerAll, subscriberName } from '../rig/register.ts';
import { BenchTracker } from '../rig/tracker.ts';
import { cpuSecondsOf, usageBetween, type Usage } from '../rig/usage.ts';
import { Worker } from '../rig/worker.ts';
import type { BareWsReply, BareWsRequest } from './bare-ws.ts';
import { websocketSection } from './section.ts';

export interface WebsocketFigures {
  readonly connections: number;
  readonly events: number;
  /** Events beyond these: receipts that came too late to be told with the inclusion. */
  readonly executed: number;
  readonly window: number;
  readonly runs: number;
  /** Of a whole frame's text, on average. */
  readonly frameBytes: number;
  /** Events that were durable already, read again by a consumer that acknowledges; the newest from memory, the others from the log. */
  readonly fromLog: DeliveryFigures;
  /** The same of so few that all of them are in memory, as they are for a reader that keeps up. */
  readonly fromMemory: DeliveryFigures;
  /** The same texts from bare `ws`, acknowledged alike. */
  readonly bareWsPerSecond: Spread;
  readonly bareWsConsumersCpuShare: number;
  /** Events a second on the whole way, from blocks that come faster than they can be taken. */
  readonly wholeWayPerSecond: number;
  readonly wholeWay: Usage;
  readonly wholeWayAroundCpuShare: number;
  readonly wholeWayProfile: ProfileSummary;
}

export interface DeliveryFigures {
  readonly events: number;
  readonly perSecond: Spread;
  /** Of the median run, as what follows. */
  readonly usage: Usage;
  readonly consumersCpuShare: number;
  /** Made durable, a second. */
  readonly acknowledgementsPerSecond: number;
  readonly profile: ProfileSummary;
}

interface Plan {
  readonly connections: number;
  readonly perConnection: number;
  /** Events of so few transactions stay in memory: five each at most, of 20,000 that are kept. */
  readonly perConnectionInMemory: number;
  readonly perBlock: number;
  readonly blockMs: number;
  readonly window: number;
  readonly runs: number;
  readonly ladder: Ladder;
}

const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  full: {
    connections: 1_000,
    perConnection: 30,
    perConnectionInMemory: 4,
    perBlock: 1_250,
    blockMs: 50,
    window: 64,
    runs: 5,
    ladder: fullLadder,
  },
  quick: {
    connections: 8,
    perConnection: 10,
    perConnectionInMemory: 5,
    perBlock: 20,
    blockMs: 20,
    window: 8,
    runs: 1,
    ladder: quickLadder,
  },
};

/** It only ends a run in which something is lost. */
const patienceSeconds = 100;

export const websocketBench: Bench<WebsocketFigures> = {
  name: 'websocket',
  section: websocketSection,
  run: async (context) => {
    const plan = plans[context.size];
    const whole = await withTracker(context, plan, (chain, tracker) => measureAll(context, plan, chain, tracker));
    const few = { ...plan, perConnection: plan.perConnectionInMemory };
    const memory = await withTracker(context, plan, async (chain, tracker) => {
      const live = await measureWholeWay(context, few, chain, tracker);
      const again = await measureDeliveries(context, few, tracker);
      return { figures: again.figures, checks: [...live.checks, ...again.checks] };
    });
    const { median } = memory.figures.perSecond;
    context.say(`of events in memory: ${median} events/s`);
    return { figures: { ...whole.figures, fromMemory: memory.figures }, checks: [...whole.checks, ...memory.checks] };
  },
};

async function withTracker<Result>(
  context: BenchContext,
  plan: Plan,
  use: (chain: ChainWorker, tracker: BenchTracker) => Promise<Result>,
): Promise<Result> {
  const chain = await ChainWorker.start(context.cores);
  try {
    await chain.stage([{ tracked: 0, size: 1 }]);
    await chain.play(1, 1);
    const chainOptions = chainOptionsOf(plan.ladder);
    const tracker = await BenchTracker.start(context.cores, { provider: chain.provider, chainOptions });
    try {
      return await use(chain, tracker);
    } finally {
      await tracker.stop();
    }
  } finally {
    await chain.stop();
  }
}

async function measureAll(
  context: BenchContext,
  plan: Plan,
  chain: ChainWorker,
  tracker: BenchTracker,
): Promise<BenchOutcome<Omit<WebsocketFigures, 'fromMemory'>>> {
  const live = await measureWholeWay(context, plan, chain, tracker);
  context.say(`on the whole way: ${live.perSecond} events/s`);
  const fromLog = await measureDeliveries(context, plan, tracker);
  const frameBytes = Math.round(live.received.bytes.reduce((sum, bytes) => sum + bytes, 0) / live.received.count);
  const bare: Omit<Delivered, 'usage'>[] = [];
  for (let run = 1; run <= plan.runs; run += 1) bare.push(await measureBareWs(context, plan, frameBytes));
  const figures = {
    connections: plan.connections,
    events: eventsOf(plan),
    executed: executedIn(live.received),
    window: plan.window,
    runs: plan.runs,
    frameBytes,
    fromLog: fromLog.figures,
    bareWsPerSecond: spread(bare.map(({ perSecond }) => perSecond)),
    bareWsConsumersCpuShare: bare[0]?.consumersCpuShare ?? 0,
    wholeWayPerSecond: live.perSecond,
    wholeWay: live.usage,
    wholeWayAroundCpuShare: live.aroundCpuShare,
    wholeWayProfile: live.profile,
  };
  context.say(
    `delivery ${fromLog.figures.perSecond.median} events/s, bare ws ${figures.bareWsPerSecond.median} events/s`,
  );
  return { figures, checks: [...live.checks, ...fromLog.checks, ...bare.flatMap(({ checks }) => checks)] };
}

/** By a consumer of its own each time, and once more with the profiler on. */
async function measureDeliveries(
  context: BenchContext,
  plan: Plan,
  tracker: BenchTracker,
): Promise<BenchOutcome<DeliveryFigures>> {
  const delivered: Delivered[] = [];
  for (let run = 1; run <= plan.runs; run += 1)
    delivered.push(await measureDelivery(context, plan, tracker, `again-${run}`));
  await tracker.inspector.startProfile();
  const profiled = await measureDelivery(context, plan, tracker, 'profiled');
  const profile = summarizeProfile(await tracker.inspector.stopProfile());
  const middle = delivered.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor((plan.runs - 1) / 2)];
  if (middle === undefined) throw new Error('no run was made');
  const { usage, consumersCpuShare, received } = middle;
  const figures = {
    events: received.count,
    perSecond: spread(delivered.map(({ perSecond }) => perSecond)),
    usage,
    consumersCpuShare,
    acknowledgementsPerSecond: rounded((received.acknowledgements * middle.perSecond) / received.count),
    profile,
  };
  return { figures, checks: [...delivered, profiled].flatMap(({ checks }) => checks) };
}

function eventsOf(plan: Plan): number {
  return plan.connections * plan.perConnection * eventsPerTransaction;
}

/** @returns how many blocks are staged: those that hold the transactions, and those that complete their counts */
async function prepare(plan: Plan, chain: ChainWorker, tracker: BenchTracker): Promise<number> {
  const total = plan.connections * plan.perConnection;
  const hashes = await chain.prepare(total, { pooled: false });
  const filled = Array.from({ length: Math.floor(total / plan.perBlock) }, () => ({
    tracked: plan.perBlock,
    size: plan.perBlock,
  }));
  const empty = Array.from({ length: plan.ladder.finalityDepth }, () => ({ tracked: 0, size: 1 }));
  const rest = total % plan.perBlock;
  const last = rest === 0 ? [] : [{ tracked: rest, size: rest }];
  await chain.stage([...filled, ...last, ...empty]);
  await registerAll(
    tracker,
    chain.provider.chain,
    hashes.map((hash, index) => ({ hash, subscriber: subscriberName(index % plan.connections) })),
  );
  return filled.length + last.length + empty.length;
}

interface WholeWay {
  readonly perSecond: number;
  readonly usage: Usage;
  readonly aroundCpuShare: number;
  readonly profile: ProfileSummary;
  readonly received: Received;
  readonly checks: readonly Check[];
}

async function measureWholeWay(
  context: BenchContext,
  plan: Plan,
  chain: ChainWorker,
  tracker: BenchTracker,
): Promise<WholeWay> {
  const events = eventsOf(plan);
  const blocks = await prepare(plan, chain, tracker);
  const consumers = subscribe(context, plan, { url: tracker.url, headers: tracker.headers, consumer: 'live', events });
  await consumers.connected;
  await consumers.subscribe();
  const before = await tracker.mark();
  const chainBefore = cpuSecondsOf(chain.processId);
  await tracker.inspector.startProfile();
  const shown = await chain.play(blocks, plan.blockMs);
  const received = await consumers.received;
  const profile = summarizeProfile(await tracker.inspector.stopProfile());
  const after = await tracker.mark();
  const seconds = (after.timeMs - before.timeMs) / 1_000;
  const expected = { what: 'whole way', events, connections: plan.connections, consumer: 'live' };
  return {
    perSecond: rounded((received.count * 1_000) / ((received.arrivedMs.at(-1) ?? 0) - (shown[0]?.visibleMs ?? 0))),
    usage: usageBetween(before, after),
    aroundCpuShare: rounded((cpuSecondsOf(chain.processId) - chainBefore) / seconds + received.cpuShare, 2),
    profile,
    received,
    checks: await deliveryChecks(tracker, received, expected),
  };
}

interface Delivered {
  readonly perSecond: number;
  readonly usage: Usage;
  readonly consumersCpuShare: number;
  readonly received: Received;
  readonly checks: readonly Check[];
}

async function measureDelivery(
  context: BenchContext,
  plan: Plan,
  tracker: BenchTracker,
  consumer: string,
): Promise<Delivered> {
  const events = eventsOf(plan);
  const consumers = subscribe(context, plan, { url: tracker.url, headers: tracker.headers, consumer, events });
  await consumers.connected;
  const before = await tracker.mark();
  await consumers.subscribe();
  await consumers.done;
  const usage = usageBetween(before, await tracker.mark());
  const received = await consumers.received;
  const expected = { what: `delivery to ${consumer}`, events, connections: plan.connections, consumer };
  const checks = await deliveryChecks(tracker, received, expected);
  return { perSecond: perSecondOf(received), usage, consumersCpuShare: received.cpuShare, received, checks };
}

async function measureBareWs(context: BenchContext, plan: Plan, frameBytes: number): Promise<Omit<Delivered, 'usage'>> {
  const events = eventsOf(plan);
  const file = new URL('./bare-ws.ts', import.meta.url);
  const server = new Worker<BareWsRequest, BareWsReply>(context.cores.server, file);
  try {
    const request = { eventsPerConnection: events / plan.connections, frameBytes, window: plan.window };
    const { port } = await server.ask(request, 'listening');
    const consumers = subscribe(context, plan, {
      url: `http://127.0.0.1:${port}`,
      headers: {},
      consumer: 'any',
      events,
    });
    await consumers.connected;
    await consumers.subscribe();
    const received = await consumers.received;
    const checks = [
      { what: 'bare ws: events received', expected: events, actual: received.count },
      { what: 'bare ws: events out of their place', expected: 0, actual: misplacedIn(received) },
    ];
    return { perSecond: perSecondOf(received), consumersCpuShare: received.cpuShare, received, checks };
  } finally {
    await server.stop();
  }
}

/** From the first event to the last: all are connected before the first one subscribes. */
function perSecondOf({ arrivedMs, count }: Received): number {
  return rounded((count * 1_000) / ((arrivedMs.at(-1) ?? 0) - (arrivedMs[0] ?? 0)));
}

function subscribe(
  context: BenchContext,
  plan: Plan,
  from: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly consumer: string;
    readonly events: number;
  },
): ReturnType<typeof startSubscribe> {
  const { url, headers, consumer, events } = from;
  return startSubscribe(context.clients.subscribe, context.cores.load, context.directory, {
    url,
    connections: plan.connections,
    headers: { ...headers, 'sec-websocket-protocol': 'txtrail.v1' },
    frame: {
      type: 'subscribe',
      id: 's1',
      subscriber: `user-${'%'.repeat(6)}`,
      consumer,
      from: 'earliest',
      window: plan.window,
    },
    events,
    seconds: patienceSeconds,
  });
}
