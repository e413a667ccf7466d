import { roles } from '../../src/config/config.ts';
import { DistributedTracker, hasServices, partitions } from '../../test/harness/distributed-tracker.ts';
import { TrackerProcess } from '../../test/harness/tracker-process.ts';
import type { Bench, BenchContext, Check } from '../rig/bench.ts';
import { ChainWorker } from '../rig/chain.ts';
import { chainOptionsOf, fullLadder, quickLadder } from '../rig/ladder.ts';
import type { BenchChain } from '../rig/tracker.ts';
import { distributedSection } from './section.ts';
import { measureSide, type Play, type Side, type SideFigures } from './side.ts';
import { measureTakeOver, type TakeOverFigures } from './take-over.ts';

export interface DistributedFigures {
  readonly partitions: number;
  readonly blockMs: number;
  readonly perBlock: number;
  readonly blocks: number;
  readonly embedded: SideFigures;
  readonly distributed: SideFigures;
  readonly takeOver: TakeOverFigures;
}

interface Plan {
  readonly measured: Play;
  /** Long enough for the rest of the group to miss the killed process. */
  readonly takeOver: Play;
}

const plans: Readonly<Record<'full' | 'quick', Plan>> = {
  full: {
    measured: { blockMs: 500, perBlock: 125, ladder: fullLadder, blocks: 60 },
    takeOver: { blockMs: 500, perBlock: 25, ladder: fullLadder, blocks: 80 },
  },
  quick: {
    measured: { blockMs: 250, perBlock: 16, ladder: quickLadder, blocks: 5 },
    takeOver: { blockMs: 500, perBlock: 16, ladder: quickLadder, blocks: 50 },
  },
};

export const distributedBench: Bench<DistributedFigures> = {
  name: 'distributed',
  missing: () => (hasServices() ? null : 'Kafka, Redis and PostgreSQL, which npm run services starts'),
  section: distributedSection,
  run: async (context) => {
    const { measured, takeOver } = plans[context.size];
    const checks: Check[] = [];
    const embedded = await withChain(context, (chain) => measureEmbedded(context, measured, chain));
    checks.push(...embedded.checks);
    const distributed = await withChain(context, (chain) => measureDistributed(context, { measured, takeOver }, chain));
    checks.push(...distributed.checks);
    const { blockMs, perBlock, blocks } = measured;
    return {
      figures: { partitions, blockMs, perBlock, blocks, embedded: embedded.figures, ...distributed.figures },
      checks,
    };
  },
};

async function withChain<Value>(context: BenchContext, work: (chain: ChainWorker) => Promise<Value>): Promise<Value> {
  const chain = await ChainWorker.start(context.cores);
  try {
    return await work(chain);
  } finally {
    await chain.stop();
  }
}

/** Nothing is pinned: the processes of the distributed mode share the machine's cores, and so does this one. */
async function measureEmbedded(
  context: BenchContext,
  play: Play,
  chain: ChainWorker,
): Promise<{ readonly figures: SideFigures; readonly checks: readonly Check[] }> {
  const tracker = new TrackerProcess({ config: configOf(chain.provider, play) });
  try {
    await tracker.start();
    const processes = [{ name: 'txtrail', pid: tracker.process.pid }];
    const side = { name: 'embedded', url: tracker.url, headers: bearer(tracker.apiKey), processes };
    return await measureSide(context, play, { chain, side });
  } finally {
    await tracker.remove();
  }
}

async function measureDistributed(
  context: BenchContext,
  plan: Plan,
  chain: ChainWorker,
): Promise<{
  readonly figures: Pick<DistributedFigures, 'distributed' | 'takeOver'>;
  readonly checks: readonly Check[];
}> {
  const tracker = new DistributedTracker({ config: configOf(chain.provider, plan.measured) });
  try {
    await tracker.start();
    const processes = roles.map((role) => ({ name: role, pid: tracker.processOf(role).pid }));
    const side: Side = { name: 'distributed', url: tracker.url, headers: bearer(tracker.apiKey), processes };
    const measured = await measureSide(context, plan.measured, { chain, side });
    const takeOver = await measureTakeOver(context, plan.takeOver, { chain, side, tracker });
    return {
      figures: { distributed: measured.figures, takeOver: takeOver.figures },
      checks: [...measured.checks, ...takeOver.checks],
    };
  } catch (cause) {
    throw new Error(`the distributed mode failed\n${tracker.tails()}`, { cause });
  } finally {
    await tracker.remove();
  }
}

function configOf({ chain, http, ws }: BenchChain, { ladder }: Play): { readonly chains: readonly object[] } {
  const provider = { name: 'scripted', http, ws, role: 'primary' };
  return { chains: [{ chain, ...chainOptionsOf(ladder), providers: [provider] }] };
}

function bearer(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}` };
}
