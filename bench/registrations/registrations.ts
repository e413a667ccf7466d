import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchContext, BenchOutcome, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import { latencyOf, ratesIn, rounded, spread, type Latency, type Spread } from '../rig/figures.ts';
import { startPost, type PostAnswers, type PostLoad } from '../rig/load-clients.ts';
import { summarizeProfile, type ProfileSummary } from '../rig/profile.ts';
import { BenchTracker } from '../rig/tracker.ts';
import { usageBetween, type Usage } from '../rig/usage.ts';
import { Worker } from '../rig/worker.ts';
import type { FastifyReply, FastifyRequestMessage } from './bare-fastify.ts';
import type { GroupCommitReply, GroupCommitRequest } from './bare-group-commit.ts';
import { registrationsSection } from './section.ts';

export interface RegistrationsFigures {
  readonly windows: number;
  readonly windowMs: number;
  readonly ways: readonly WayFigures[];
}

export interface WayFigures {
  readonly way: string;
  readonly connections: number;
  /** Registrations in one request. */
  readonly entries: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** Registrations a second, each connection sending again as soon as it is answered. */
  readonly durablePerSecond: Spread;
  readonly usage: Usage;
  readonly clientCpuShare: number;
  readonly profile: ProfileSummary;
  /** Open loop at half of that rate. */
  readonly halfLoad: HalfLoad;
  readonly fastifyPerSecond: Spread;
  readonly groupCommitPerSecond: Spread;
  /** Bytes that one registration takes in the log. */
  readonly logBytes: number;
}

export interface HalfLoad {
  readonly requestsPerSecond: number;
  readonly reachedPerSecond: number;
  /** From the intended send to the whole answer, over all windows. */
  readonly latency: Latency;
  /** By window. */
  readonly p99: Spread;
}

interface Way {
  readonly way: string;
  readonly path: string;
  readonly connections: number;
  readonly entries: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

interface Timing {
  readonly warmMs: number;
  readonly windowMs: number;
  readonly windows: number;
}

const timings: Readonly<Record<'full' | 'quick', Timing>> = {
  full: { warmMs: 2_000, windowMs: 1_000, windows: 5 },
  quick: { warmMs: 100, windowMs: 200, windows: 1 },
};

const batchPath = '/v1/transactions/batch';
const minimal = { prefer: 'return=minimal' };

function waysOf(isQuick: boolean): readonly Way[] {
  const single = { way: 'single', path: '/v1/transactions', connections: isQuick ? 8 : 64, entries: 1, status: 201 };
  const batch = { path: batchPath, connections: isQuick ? 2 : 8, entries: isQuick ? 20 : 1_000, status: 200 };
  const ways = [
    { ...single, headers: {} },
    { ...batch, way: 'batch, minimal answers', headers: minimal },
    { ...batch, way: 'batch, full answers', headers: {} },
  ];
  return isQuick ? ways.slice(0, 2) : ways;
}

export const registrationsBench: Bench<RegistrationsFigures> = {
  name: 'registrations',
  section: registrationsSection,
  run: async (context) => {
    const timing = timings[context.size];
    const ways: WayFigures[] = [];
    const checks: Check[] = [];
    for (const way of waysOf(context.size === 'quick')) {
      const outcome = await measureWay(context, way, timing);
      ways.push(outcome.figures);
      checks.push(...outcome.checks);
    }
    return { figures: { windows: timing.windows, windowMs: timing.windowMs, ways }, checks };
  },
};

async function measureWay(context: BenchContext, way: Way, timing: Timing): Promise<BenchOutcome<WayFigures>> {
  const ours = await measureOurs(context, way, timing);
  const fastifyPerSecond = await measureFastify(context, way, timing, ours.figures.answerBytes);
  const groupCommitPerSecond = await measureGroupCommit(context, way, timing, ours.figures.logBytes);
  const { durablePerSecond } = ours.figures;
  context.say(
    `${way.way}: ${durablePerSecond.median}/s durable; bare Fastify ${fastifyPerSecond.median}/s, bare group commit ${groupCommitPerSecond.median}/s`,
  );
  return { figures: { ...ours.figures, fastifyPerSecond, groupCommitPerSecond }, checks: ours.checks };
}

type Ours = Omit<WayFigures, 'fastifyPerSecond' | 'groupCommitPerSecond'>;

async function measureOurs(context: BenchContext, way: Way, timing: Timing): Promise<BenchOutcome<Ours>> {
  const chain = await ChainWorker.start(context.cores);
  await chain.stage([{ tracked: 0, size: 1 }]);
  await chain.play(1, 1);
  const tracker = await BenchTracker.start(context.cores, { provider: chain.provider });
  try {
    const answerBytes = await answerBytesOf(tracker, way);
    const load = { url: tracker.url, ...loadOf(way), headers: { ...tracker.headers, ...way.headers } };
    const fullSpeed = await measureFullSpeed(context, tracker, load, timing);
    const durablePerSecond = spread(fullSpeed.rates.map((rate) => rate * way.entries));
    const halfLoad = await measureHalfLoad(context, load, timing, durablePerSecond.median / way.entries / 2);
    const profiled = await profileLoad(context, tracker, load, timing);
    const answered = [fullSpeed.answers, halfLoad.answers, profiled.answers];
    const registered = answered.reduce((sum, { answered: count }) => sum + count, 0) * way.entries + way.entries;
    const logBytes = await logBytesOf(tracker, registered);
    const checks = await checkRegistered(tracker, way, answered, registered);
    const figures: Ours = {
      way: way.way,
      connections: way.connections,
      entries: way.entries,
      requestBytes: bodyOf(way).length,
      answerBytes,
      durablePerSecond,
      usage: fullSpeed.usage,
      clientCpuShare: fullSpeed.answers.cpuShare,
      profile: profiled.profile,
      halfLoad: halfLoad.figures,
      logBytes,
    };
    return { figures, checks };
  } finally {
    await tracker.stop();
    await chain.stop();
  }
}

/** Everything answered with 2xx is there, and still there after the process was killed. */
async function checkRegistered(
  tracker: BenchTracker,
  way: Way,
  answers: readonly PostAnswers[],
  registered: number,
): Promise<readonly Check[]> {
  const refused = answers.reduce((sum, { refused: count }) => sum + count, 0);
  const lost = answers.reduce((sum, { sent, answered }) => sum + sent - answered, 0);
  const tracked = await tracker.metric('txtrail_tracked_transactions');
  await tracker.restart();
  const kept = await tracker.metric('txtrail_tracked_transactions');
  return [
    { what: `${way.way}: requests answered with another status`, expected: 0, actual: refused },
    { what: `${way.way}: requests without an answer`, expected: 0, actual: lost },
    { what: `${way.way}: tracked after the load`, expected: registered, actual: tracked },
    { what: `${way.way}: tracked after SIGKILL and a restart`, expected: registered, actual: kept },
  ];
}

async function measureFullSpeed(
  context: BenchContext,
  tracker: BenchTracker,
  load: Omit<PostLoad, 'rate' | 'seconds' | 'seed'>,
  timing: Timing,
): Promise<{ readonly rates: readonly number[]; readonly usage: Usage; readonly answers: PostAnswers }> {
  const run = post(context, { ...load, rate: 0, seconds: secondsOf(timing), seed: 1 });
  await sleep(timing.warmMs);
  const before = await tracker.mark();
  await sleep(timing.windows * timing.windowMs);
  const usage = usageBetween(before, await tracker.mark());
  const answers = await run.answers;
  return { rates: ratesOf(answers, timing), usage, answers };
}

async function measureHalfLoad(
  context: BenchContext,
  load: Omit<PostLoad, 'rate' | 'seconds' | 'seed'>,
  timing: Timing,
  rate: number,
): Promise<{ readonly figures: HalfLoad; readonly answers: PostAnswers }> {
  const answers = await post(context, { ...load, rate, seconds: secondsOf(timing), seed: 2 }).answers;
  const firstMs = answers.startMs + timing.warmMs;
  const byWindow = Array.from({ length: timing.windows }, (): number[] => []);
  for (const [index, intendedMs] of answers.intendedMs.entries()) {
    const window = byWindow[Math.floor((intendedMs - firstMs) / timing.windowMs)];
    window?.push(((answers.answeredMs[index] ?? 0) - intendedMs) * 1_000);
  }
  const figures: HalfLoad = {
    requestsPerSecond: rounded(rate),
    reachedPerSecond: spread(ratesOf(answers, timing)).median,
    latency: latencyOf(byWindow.flat()),
    p99: spread(
      byWindow.filter((window) => window.length > 0).map((window) => latencyOf(window).p99),
      2,
    ),
  };
  return { figures, answers };
}

async function profileLoad(
  context: BenchContext,
  tracker: BenchTracker,
  load: Omit<PostLoad, 'rate' | 'seconds' | 'seed'>,
  timing: Timing,
): Promise<{ readonly profile: ProfileSummary; readonly answers: PostAnswers }> {
  await tracker.inspector.startProfile();
  const answers = await post(context, { ...load, rate: 0, seconds: timing.warmMs / 1_000, seed: 3 }).answers;
  return { profile: summarizeProfile(await tracker.inspector.stopProfile()), answers };
}

async function measureFastify(context: BenchContext, way: Way, timing: Timing, answerBytes: number): Promise<Spread> {
  const file = new URL('./bare-fastify.ts', import.meta.url);
  const server = new Worker<FastifyRequestMessage, FastifyReply>(context.cores.server, file);
  try {
    const { port } = await server.ask({ answerBytes }, 'listening');
    const load = { url: `http://127.0.0.1:${port}`, ...loadOf(way), headers: {} };
    const answers = await post(context, { ...load, rate: 0, seconds: secondsOf(timing), seed: 4 }).answers;
    return spread(ratesOf(answers, timing).map((rate) => rate * way.entries));
  } finally {
    await server.stop();
  }
}

async function measureGroupCommit(
  context: BenchContext,
  way: Way,
  timing: Timing,
  recordBytes: number,
): Promise<Spread> {
  const file = new URL('./bare-group-commit.ts', import.meta.url);
  const log = new Worker<GroupCommitRequest, GroupCommitReply>(context.cores.server, file);
  try {
    const shape = { writers: way.connections, recordsPerAppend: way.entries, recordBytes };
    const warmed = { ...timing, warmMs: timing.warmMs / 2 };
    const reply = await log.ask({ directory: context.directory, ...shape, ...warmed }, 'rates');
    return spread(reply.recordsPerSecond);
  } finally {
    await log.stop();
  }
}

function post(context: BenchContext, load: PostLoad): ReturnType<typeof startPost> {
  return startPost(context.clients.post, context.cores.load, context.directory, load);
}

function ratesOf(answers: PostAnswers, timing: Timing): readonly number[] {
  return ratesIn(answers.answeredMs, answers.startMs + timing.warmMs, timing.windowMs, timing.windows);
}

function secondsOf(timing: Timing): number {
  return (timing.warmMs + timing.windows * timing.windowMs) / 1_000;
}

function loadOf(way: Way): Pick<PostLoad, 'path' | 'connections' | 'body' | 'status'> {
  return { path: way.path, connections: way.connections, body: bodyOf(way), status: way.status };
}

function bodyOf({ entries, path }: Way): string {
  const metadata = { order: 'a note of the tenant, as long as they are in the design' };
  const entry = { chain: 'eip155:31337', hash: `0x${'#'.repeat(64)}`, subscriber: `user-${'%'.repeat(6)}`, metadata };
  return JSON.stringify(path === batchPath ? { transactions: Array.from({ length: entries }, () => entry) } : entry);
}

/** Registers once by hand: how long an answer to one registration is. */
async function answerBytesOf(tracker: BenchTracker, way: Way): Promise<number> {
  const body = bodyOf(way)
    .replaceAll('#'.repeat(64), () => randomHash())
    .replaceAll('%'.repeat(6), '000001');
  const headers = { ...tracker.headers, ...way.headers, 'content-type': 'application/json' };
  const answer = await fetch(`${tracker.url}${way.path}`, { method: 'POST', headers, body });
  const text = await answer.text();
  if (answer.status !== way.status) throw new Error(`a registration was answered with ${answer.status}: ${text}`);
  return Math.round(text.length / way.entries);
}

function randomHash(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
}

async function logBytesOf(tracker: BenchTracker, registered: number): Promise<number> {
  return Math.round((await tracker.metric('txtrail_log_appended_bytes_total')) / registered);
}
