import { setTimeout as sleep } from 'node:timers/promises';
import type { ShownBlock } from '../chain/chain-messages.ts';
import type { Bench, BenchContext, BenchOutcome, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import { deliveryChecks } from '../rig/delivery-checks.ts';
import { latencyOf, rounded, spread, type Latency, type Spread } from '../rig/figures.ts';
import {
  blocksUntilSteady,
  chainOptionsOf,
  eventsPerTransaction,
  fullLadder,
  quickLadder,
  type Ladder,
} from '../rig/ladder.ts';
import { executedIn, startSubscribe, type Received, type SubscribeRun } from '../rig/load-clients.ts';
import { summarizeProfile, type ProfileSummary } from '../rig/profile.ts';
import { registerAll, subscriberName } from '../rig/register.ts';
import { timedEvents } from '../rig/timed-events.ts';
import { BenchTracker } from '../rig/tracker.ts';
import { cpuSecondsOf, usageBetween, type Usage } from '../rig/usage.ts';
import { Worker } from '../rig/worker.ts';
import type { FollowerReply, FollowerRequest } from './bare-follower.ts';
import { latencySection } from './section.ts';

export interface LatencyFigures {
  readonly blockMs: number;
  readonly connections: number;
  readonly ladder: Ladder;
  readonly windows: number;
  readonly blocksPerWindow: number;
  readonly rates: readonly RateFigures[];
}

export interface RateFigures {
  /** Events a second. */
  readonly offered: number;
  /** Over the measured time; in a saturated run, until the last event of it was there. */
  readonly reached: number;
  readonly isSaturated: boolean;
  /** Events that had not come when a saturated run was ended. */
  readonly undelivered: number;
  /** Events of one block, and transactions that are included in it. */
  readonly eventsPerBlock: number;
  readonly blockSize: number;
  /** From the block's being visible at the provider to the event at the client. */
  readonly latency: Latency;
  readonly mean: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  /** From the block's being visible to the last event of it, over blocks. */
  readonly lastOfBlock: Latency;
  /** From the block's being visible to its being fetched and parsed, by a client that does nothing else. */
  readonly bare: Latency;
  readonly usage: Usage;
  /** Of the chain and the consumers together. */
  readonly aroundCpuShare: number;
  /** How late the chain showed a block, at most. */
  readonly chainLateMs: number;
  readonly profile: ProfileSummary;
}

interface Plan {
  readonly rates: readonly number[];
  readonly blockMs: number;
  readonly connections: number;
  readonly ladder: Ladder;
  readonly windows: number;
  readonly blocksPerWindow: number;
  readonly profiledBlocks: number;
  readonly bareBlocks: number;
  /** The least transactions of a block: the rest are nobody's. */
  readonly blockSize: number;
}

const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  full: {
    rates: [100, 1_000, 20_000],
    blockMs: 200,
    connections: 100,
    ladder: fullLadder,
    windows: 3,
    blocksPerWindow: 25,
    profiledBlocks: 10,
    bareBlocks: 25,
    blockSize: 200,
  },
  quick: {
    rates: [400],
    blockMs: 100,
    connections: 4,
    ladder: quickLadder,
    windows: 1,
    blocksPerWindow: 5,
    profiledBlocks: 2,
    bareBlocks: 2,
    blockSize: 20,
  },
};

/** Below this share of what is offered, the run is saturated and its times only tell how long it lasted. */
const saturatedBelow = 0.97;
/** What a saturated run may take beyond its time; then it is ended, whatever is still owed. */
const catchUpSeconds = 40;

export const latencyBench: Bench<LatencyFigures> = {
  name: 'latency',
  section: latencySection,
  run: async (context) => {
    const plan = plans[context.size];
    const rates: RateFigures[] = [];
    const checks: Check[] = [];
    for (const offered of plan.rates) {
      const outcome = await measureRate(context, plan, offered);
      rates.push(outcome.figures);
      checks.push(...outcome.checks);
    }
    const { blockMs, connections, ladder, windows, blocksPerWindow } = plan;
    return { figures: { blockMs, connections, ladder, windows, blocksPerWindow, rates }, checks };
  },
};

async function measureRate(context: BenchContext, plan: Plan, offered: number): Promise<BenchOutcome<RateFigures>> {
  const perBlock = Math.round((offered * plan.blockMs) / 1_000 / eventsPerTransaction);
  const chain = await ChainWorker.start(context.cores);
  try {
    const bare = await measureBare(context, plan, chain, perBlock);
    const tracker = await BenchTracker.start(context.cores, {
      provider: chain.provider,
      chainOptions: chainOptionsOf(plan.ladder),
    });
    try {
      return await measureTracker(context, plan, { offered, perBlock, bare, chain, tracker });
    } finally {
      await tracker.stop();
    }
  } finally {
    await chain.stop();
  }
}

/** Blocks as large as they will be, before anybody tracks anything. */
async function measureBare(context: BenchContext, plan: Plan, chain: ChainWorker, perBlock: number): Promise<Latency> {
  const file = new URL('./bare-follower.ts', import.meta.url);
  const follower = new Worker<FollowerRequest, FollowerReply>(context.cores.server, file);
  try {
    await chain.stage(blocksOf(plan.bareBlocks, 0, Math.max(plan.blockSize, perBlock)));
    await follower.ask({ kind: 'follow', ...chain.provider }, 'following');
    const shown = await chain.play(plan.bareBlocks, plan.blockMs);
    // The last push is on its way while the chain already says that it has shown all.
    await sleep(plan.blockMs);
    const { blocks } = await follower.ask({ kind: 'stop' }, 'stopped');
    const visible = new Map(shown.map(({ number, visibleMs }) => [number, visibleMs]));
    return latencyOf(blocks.map(({ number, parsedMs }) => (parsedMs - (visible.get(number) ?? Number.NaN)) * 1_000));
  } finally {
    await follower.stop();
  }
}

interface RateRun {
  readonly offered: number;
  readonly perBlock: number;
  readonly bare: Latency;
  readonly chain: ChainWorker;
  readonly tracker: BenchTracker;
}

async function measureTracker(context: BenchContext, plan: Plan, run: RateRun): Promise<BenchOutcome<RateFigures>> {
  const { chain, tracker, perBlock } = run;
  const warmBlocks = blocksUntilSteady(plan.ladder) + 2;
  const blocks = warmBlocks + plan.windows * plan.blocksPerWindow + plan.profiledBlocks;
  const events = blocks * perBlock * eventsPerTransaction;
  const hashes = await chain.prepare(blocks * perBlock, { pooled: false });
  await chain.stage(blocksOf(blocks, perBlock, Math.max(plan.blockSize, perBlock)));
  // Under these the last transactions become final, so that no event is left open.
  await chain.stage(blocksOf(plan.ladder.finalityDepth, 0, 1));
  await registerAll(
    tracker,
    chain.provider.chain,
    hashes.map((hash, index) => ({ hash, subscriber: subscriberName(index % plan.connections) })),
  );
  const consumers = await subscribe(context, plan, tracker, {
    events,
    seconds: ((blocks + plan.ladder.finalityDepth) * plan.blockMs) / 1_000 + catchUpSeconds,
  });
  const playing = chain.play(blocks + plan.ladder.finalityDepth, plan.blockMs);
  const watched = await watch(plan, warmBlocks, run);
  const shown = await playing;
  const received = await consumers.received;
  const measured = shown.slice(warmBlocks, warmBlocks + plan.windows * plan.blocksPerWindow);
  const figures = figuresOf(plan, run, { received, measured, watched, owed: events });
  context.say(
    `${run.offered} events/s offered, ${figures.reached} reached${figures.isSaturated ? ' (saturated)' : ''}: mean ${figures.latency.mean} ms, p99 ${figures.latency.p99}, p99.9 ${figures.latency.p999}; bare ${run.bare.mean} ms`,
  );
  const expected = { what: `${run.offered} events/s`, events, connections: plan.connections, consumer: 'default' };
  return { figures, checks: await deliveryChecks(tracker, received, expected, figures.isSaturated) };
}

async function subscribe(
  context: BenchContext,
  plan: Plan,
  tracker: BenchTracker,
  ends: { readonly events: number; readonly seconds: number },
): Promise<SubscribeRun> {
  const consumers = startSubscribe(context.clients.subscribe, context.cores.load, context.directory, {
    url: tracker.url,
    connections: plan.connections,
    headers: { ...tracker.headers, 'sec-websocket-protocol': 'txtrail.v1' },
    frame: { type: 'subscribe', id: 's1', subscriber: `user-${'%'.repeat(6)}`, from: 'earliest' },
    ...ends,
  });
  await consumers.connected;
  await consumers.subscribe();
  return consumers;
}

interface Watched {
  readonly usage: Usage;
  readonly chainCpuShare: number;
  readonly profile: ProfileSummary;
}

/** While the blocks play: how busy the tracker is in the measured ones, and where its time goes in those after. */
async function watch(plan: Plan, warmBlocks: number, { chain, tracker }: RateRun): Promise<Watched> {
  await sleep((warmBlocks + 1) * plan.blockMs);
  const before = await tracker.mark();
  const chainBefore = cpuSecondsOf(chain.processId);
  await sleep(plan.windows * plan.blocksPerWindow * plan.blockMs);
  const after = await tracker.mark();
  const chainSeconds = cpuSecondsOf(chain.processId) - chainBefore;
  await tracker.inspector.startProfile();
  await sleep(plan.profiledBlocks * plan.blockMs);
  const profile = summarizeProfile(await tracker.inspector.stopProfile());
  const chainCpuShare = (chainSeconds * 1_000) / (after.timeMs - before.timeMs);
  return { usage: usageBetween(before, after), chainCpuShare, profile };
}

interface Observed {
  readonly received: Received;
  readonly measured: readonly ShownBlock[];
  readonly watched: Watched;
  /** Events that the run should bring. */
  readonly owed: number;
}

function figuresOf(plan: Plan, run: RateRun, { received, measured, watched, owed }: Observed): RateFigures {
  const timed = timedEvents(plan.ladder, received, measured);
  const windows = Array.from({ length: plan.windows }, (_, window) =>
    latencyOf(timed.latencyUs.slice(window * plan.blocksPerWindow, (window + 1) * plan.blocksPerWindow).flat()),
  );
  const startMs = measured[0]?.visibleMs ?? 0;
  const spanMs = measured.length * plan.blockMs;
  const arrivals = received.arrivedMs.filter((arrivedMs) => arrivedMs >= startMs && arrivedMs < startMs + spanMs);
  const offered = (run.perBlock * eventsPerTransaction * 1_000) / plan.blockMs;
  const isSaturated = (arrivals.length * 1_000) / spanMs < saturatedBelow * offered;
  const wholeMs = isSaturated ? timed.lastMs - startMs : spanMs;
  const arrivedUntil = isSaturated ? received.arrivedMs.filter((at) => at >= startMs && at <= timed.lastMs) : arrivals;
  return {
    offered: rounded(offered),
    reached: rounded((arrivedUntil.length * 1_000) / wholeMs),
    isSaturated,
    undelivered: owed - (received.count - executedIn(received)),
    eventsPerBlock: run.perBlock * eventsPerTransaction,
    blockSize: Math.max(plan.blockSize, run.perBlock),
    latency: latencyOf(timed.latencyUs.flat()),
    mean: spread(
      windows.map(({ mean }) => mean),
      2,
    ),
    p99: spread(
      windows.map(({ p99 }) => p99),
      2,
    ),
    p999: spread(
      windows.map(({ p999 }) => p999),
      2,
    ),
    lastOfBlock: latencyOf(timed.latencyUs.filter((block) => block.length > 0).map((block) => Math.max(...block))),
    bare: run.bare,
    usage: watched.usage,
    aroundCpuShare: rounded(watched.chainCpuShare + received.cpuShare, 2),
    chainLateMs: rounded(Math.max(0, ...measured.map(({ intendedMs, visibleMs }) => visibleMs - intendedMs)), 1),
    profile: watched.profile,
  };
}

function blocksOf(
  count: number,
  tracked: number,
  size: number,
): readonly { readonly tracked: number; readonly size: number }[] {
  return Array.from({ length: count }, () => ({ tracked, size }));
}
