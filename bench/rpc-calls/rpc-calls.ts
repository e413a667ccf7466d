import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '../../test/harness/wait-until.ts';
import type { Bench, BenchContext, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import { rounded } from '../rig/figures.ts';
import { registerAll } from '../rig/register.ts';
import { BenchTracker } from '../rig/tracker.ts';
import { cpuSecondsOf } from '../rig/usage.ts';
import { Worker } from '../rig/worker.ts';
import type { Library, WaitsReply, WaitsRequest } from './library-waits.ts';
import { rpcCallsSection } from './section.ts';

export interface RpcCallsFigures {
  readonly blockSize: number;
  readonly sizes: readonly SizeFigures[];
  /** Sizes at which a library was not run. */
  readonly leftOut: readonly { readonly library: Library; readonly tracked: number }[];
}

export interface SizeFigures {
  readonly who: 'TxTrail' | Library;
  readonly tracked: number;
  readonly blocks: number;
  /** False: the calls of one block had not come to an end in the time given. */
  readonly hasFinished: boolean;
  /** Calls a block, by method; questions for the newest number aside, which follow the clock. */
  readonly callsPerBlock: Readonly<Record<string, number>>;
  /** Of the client's process. */
  readonly cpuMsPerBlock: number;
  readonly cpuMicrosecondsPerTransaction: number;
}

interface Plan {
  readonly blockSize: number;
  readonly ours: readonly number[];
  readonly libraries: readonly number[];
  readonly blocks: number;
  readonly libraryBlocks: number;
  readonly longestBlockMs: number;
  /** Without a further call for so long, a block's work counts as done. */
  readonly quietMs: number;
}

const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  full: {
    blockSize: 200,
    ours: [1, 1_000, 10_000, 100_000],
    libraries: [1, 1_000, 10_000],
    blocks: 10,
    libraryBlocks: 2,
    longestBlockMs: 15_000,
    quietMs: 1_200,
  },
  quick: {
    blockSize: 10,
    ours: [20],
    libraries: [5],
    blocks: 2,
    libraryBlocks: 1,
    longestBlockMs: 15_000,
    quietMs: 300,
  },
};

const libraries: readonly Library[] = ['viem', 'ethers'];
const blockMs = 500;
/** At the end so many are mined, to see that everybody hears of it. */
const minedAtEnd = 1_000;
/** Asked by the clock, not by the block. */
const polledMethods = new Set(['eth_blockNumber', 'eth_chainId']);

export const rpcCallsBench: Bench<RpcCallsFigures> = {
  name: 'rpc-calls',
  section: rpcCallsSection,
  run: async (context) => {
    const plan = plans[context.size];
    const sizes: SizeFigures[] = [];
    const checks: Check[] = [];
    const keep = (measured: Measured): void => {
      sizes.push(measured.figures);
      checks.push(...measured.checks);
      const { who, tracked, cpuMsPerBlock, callsPerBlock } = measured.figures;
      context.say(`${who}, ${tracked}: ${sumOf(callsPerBlock)} calls and ${cpuMsPerBlock} ms of processor a block`);
    };
    for (const tracked of plan.ours)
      keep(await withChain(context, (chain) => measureOurs(context, plan, chain, tracked)));
    for (const library of libraries) {
      for (const tracked of plan.libraries)
        keep(await withChain(context, (chain) => measureLibrary(context, plan, chain, { library, tracked })));
    }
    const largest = Math.max(...plan.libraries);
    const leftOut = plan.ours.filter((tracked) => tracked > largest);
    return {
      figures: {
        blockSize: plan.blockSize,
        sizes,
        leftOut: libraries.flatMap((library) => leftOut.map((tracked) => ({ library, tracked }))),
      },
      checks,
    };
  },
};

interface Measured {
  readonly figures: SizeFigures;
  readonly checks: readonly Check[];
}

async function withChain<Result>(context: BenchContext, use: (chain: ChainWorker) => Promise<Result>): Promise<Result> {
  const chain = await ChainWorker.start(context.cores);
  try {
    await chain.stage([{ tracked: 0, size: 1 }]);
    await chain.play(1, 1);
    return await use(chain);
  } finally {
    await chain.stop();
  }
}

async function measureOurs(context: BenchContext, plan: Plan, chain: ChainWorker, tracked: number): Promise<Measured> {
  const tracker = await BenchTracker.start(context.cores, {
    provider: chain.provider,
    chainOptions: { confirmations: 12, finality: 20, blockTimeMs: blockMs },
    // A registration is looked up once, until a provider shows it: that is to be over before the blocks come.
    providerOptions: { requestsPerSecond: 100_000 },
  });
  try {
    const hashes = await chain.prepare(tracked, { pooled: true });
    await registerAll(
      tracker,
      chain.provider.chain,
      hashes.map((hash) => ({ hash, subscriber: 'waiting' })),
    );
    await tracker.untilMetric('txtrail_events_numbered_total', tracked, 'every transaction to be seen in the pool');
    await chain.stage(fillers(plan.blocks + 1, plan.blockSize));
    await chain.play(1, blockMs);
    await sleep(plan.quietMs);
    await chain.calls();
    const cpuBefore = cpuSecondsOf(tracker.processId);
    await chain.play(plan.blocks, blockMs);
    await sleep(blockMs);
    const cpuSeconds = cpuSecondsOf(tracker.processId) - cpuBefore;
    const calls = await chain.calls();
    const figures = figuresOf({ who: 'TxTrail', tracked, blocks: plan.blocks, hasFinished: true, calls, cpuSeconds });
    return { figures, checks: [await checkIncluded(plan, chain, tracker, tracked)] };
  } finally {
    await tracker.stop();
  }
}

async function checkIncluded(plan: Plan, chain: ChainWorker, tracker: BenchTracker, tracked: number): Promise<Check> {
  const mined = Math.min(tracked, minedAtEnd);
  await chain.stage([{ tracked: mined, size: Math.max(mined, plan.blockSize) }]);
  await chain.play(1, blockMs);
  const included = async (): Promise<boolean> => (await countIncluded(tracker)) >= mined;
  await waitUntil(included, { what: 'the inclusions', timeoutMs: 60_000, everyMs: 100 }).catch(() => false);
  const what = `TxTrail, ${tracked} tracked: included after their block`;
  return { what, expected: mined, actual: await countIncluded(tracker) };
}

async function countIncluded(tracker: BenchTracker): Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ status: 'included', limit: '500', ...(cursor === null ? {} : { cursor }) });
    const answer = await fetch(`${tracker.url}/v1/transactions?${query}`, { headers: tracker.headers });
    const page = (await answer.json()) as { readonly data: readonly unknown[]; readonly nextCursor: string | null };
    count += page.data.length;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return count;
}

async function measureLibrary(
  context: BenchContext,
  plan: Plan,
  chain: ChainWorker,
  { library, tracked }: { readonly library: Library; readonly tracked: number },
): Promise<Measured> {
  const file = new URL('./library-waits.ts', import.meta.url);
  const waits = new Worker<WaitsRequest, WaitsReply>(context.cores.server, file);
  try {
    const hashes = await chain.prepare(tracked, { pooled: true });
    await chain.stage(fillers(plan.libraryBlocks + 1, plan.blockSize));
    await waits.ask({ kind: 'wait', library, url: chain.provider.http, hashes }, 'waiting');
    await untilQuiet(chain, 0, plan);
    await chain.play(1, 1);
    await untilQuiet(chain, tracked, plan);
    const cpuBefore = cpuSecondsOf(waits.processId);
    const calls: Record<string, number> = {};
    let blocks = 0;
    let hasFinished = true;
    while (blocks < plan.libraryBlocks && hasFinished) {
      await chain.play(1, 1);
      const block = await untilQuiet(chain, tracked, plan);
      for (const [method, count] of Object.entries(block.calls)) calls[method] = (calls[method] ?? 0) + count;
      hasFinished = block.isQuiet;
      blocks += 1;
    }
    const cpuSeconds = cpuSecondsOf(waits.processId) - cpuBefore;
    const figures = figuresOf({ who: library, tracked, blocks, hasFinished, calls, cpuSeconds });
    // A block of ten thousand would take the scripted chain longer to serve than the libraries to wait for.
    if (tracked > minedAtEnd) return { figures, checks: [] };
    await chain.stage([{ tracked, size: Math.max(tracked, plan.blockSize) }]);
    await chain.play(1, 1);
    const { receipts } = await waits.ask({ kind: 'end' }, 'ended');
    return {
      figures,
      checks: [{ what: `${library}, ${tracked}: waits that ended`, expected: tracked, actual: receipts }],
    };
  } finally {
    await waits.stop();
  }
}

/** Waits until every transaction was asked about and no call has come for a while. */
async function untilQuiet(
  chain: ChainWorker,
  tracked: number,
  plan: Plan,
): Promise<{ readonly isQuiet: boolean; readonly calls: Readonly<Record<string, number>> }> {
  const calls: Record<string, number> = {};
  const startMs = performance.now();
  let lastCallMs = startMs;
  while (performance.now() - startMs < plan.longestBlockMs) {
    await sleep(100);
    for (const [method, count] of Object.entries(await chain.calls())) {
      calls[method] = (calls[method] ?? 0) + count;
      if (!polledMethods.has(method)) lastCallMs = performance.now();
    }
    const isAsked = (calls['eth_getTransactionReceipt'] ?? 0) >= tracked;
    if (isAsked && performance.now() - lastCallMs > plan.quietMs) return { isQuiet: true, calls };
  }
  return { isQuiet: false, calls };
}

function figuresOf(run: {
  readonly who: SizeFigures['who'];
  readonly tracked: number;
  readonly blocks: number;
  readonly hasFinished: boolean;
  readonly calls: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
}): SizeFigures {
  const { who, tracked, blocks, hasFinished, calls, cpuSeconds } = run;
  const counted = Object.entries(calls).filter(([method]) => !polledMethods.has(method));
  return {
    who,
    tracked,
    blocks,
    hasFinished,
    callsPerBlock: Object.fromEntries(counted.map(([method, count]) => [method, rounded(count / blocks, 1)])),
    cpuMsPerBlock: rounded((cpuSeconds * 1_000) / blocks, 1),
    cpuMicrosecondsPerTransaction: rounded((cpuSeconds * 1e6) / blocks / tracked, 2),
  };
}

export function sumOf(calls: Readonly<Record<string, number>>): number {
  return rounded(
    Object.values(calls).reduce((sum, count) => sum + count, 0),
    1,
  );
}

function fillers(count: number, size: number): readonly { readonly tracked: number; readonly size: number }[] {
  return Array.from({ length: count }, () => ({ tracked: 0, size }));
}
