import type { ChainConfig } from '../../config/config.ts';
import { pause } from '../../lib/pause.ts';
import { laneOf } from '../../core/records/stream.ts';
import type { ChainProvider } from '../../ports/chain-provider.ts';
import type { ChainOutput, WatchResume } from '../../ports/chain-output.ts';
import { ChainPost } from '../../watch/chain-post.ts';
import { type ChainWatcher, createChainWatcher } from '../../watch/chain-watcher.ts';
import { leaderlessWarning } from '../leaderless-warning.ts';
import { rateLimits } from '../rate-limits.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';

/** How often a watcher tells how its providers do, and how long that is good for. */
const reportEveryMs = 250;
const reportLifeMs = 10_000;

export interface WatchRoleOptions {
  readonly chains: readonly ChainConfig[];
  readonly partitions: number;
}

export interface WatchRoleDeps extends Machine, Pick<Services, 'broker' | 'ownership' | 'liveReport'> {
  readonly providersOf: (chain: ChainConfig) => readonly ChainProvider[];
}

interface ShardDeps extends WatchRoleDeps {
  /** The posts of this process that are at work. */
  readonly watched: Map<string, ChainPost>;
}

/** The name under which the watcher of a chain tells how its providers do. */
export function watchReportName(chain: string): string {
  return `watch/${chain}`;
}

/** Follows the chains of the shards that this process owns: a chain has one watcher at a time. */
export async function startWatchRole(options: WatchRoleOptions, deps: WatchRoleDeps): Promise<RunningRole> {
  const { chains, partitions } = options;
  const watched = new Map<string, ChainPost>();
  const keeper = new ShardKeeper(
    { group: 'watch', shards: partitions },
    {
      ...deps,
      open: (shard, end) =>
        openShard(
          chains.filter(({ chain }) => laneOf(chain, partitions) === shard),
          partitions,
          end,
          { ...deps, watched },
        ),
    },
  );
  await keeper.start();
  const warnings = (): readonly string[] =>
    [...watched].flatMap(([chain, { watcher }]) =>
      watcher === null ? [] : leaderlessWarning({ chain, providers: watcher.report().providers }),
    );
  return { faults: () => keeper.faults, warnings, failed: keeper.failed, close: () => keeper.close() };
}

async function openShard(
  chains: readonly ChainConfig[],
  partitions: number,
  end: AbortSignal,
  deps: ShardDeps,
): Promise<ShardWork> {
  const posts = chains.map((chain) => ({ chain, post: postOf(chain, partitions, deps) }));
  const done = new AbortController();
  const close = async (): Promise<void> => {
    done.abort();
    for (const { chain, post } of posts) {
      if (deps.watched.get(chain.chain) !== post) continue;
      deps.watched.delete(chain.chain);
      deps.logger.info('the chain is left to others', { chain: chain.chain });
    }
    await Promise.all(posts.map(({ post }) => post.close()));
  };
  end.addEventListener('abort', () => void close(), { once: true });
  try {
    await Promise.all(posts.map(({ post }) => post.start()));
  } catch (error) {
    await close();
    throw error;
  }
  for (const { chain, post } of posts) {
    deps.watched.set(chain.chain, post);
    deps.logger.info('the chain is followed from here', { chain: chain.chain });
    void tellOf(chain.chain, post, done.signal, deps);
  }
  const never = new Promise<Error>(() => undefined);
  return { ended: Promise.race([never, ...posts.map(({ post }) => post.ended)]), close };
}

function postOf(chain: ChainConfig, partitions: number, deps: WatchRoleDeps): ChainPost {
  const writer = Buffer.from(deps.random.bytes(12)).toString('hex');
  const createWatcher = (resume: WatchResume | null, output: ChainOutput): ChainWatcher =>
    createChainWatcher(
      {
        chain: chain.chain,
        blockTimeMs: chain.blockTimeMs,
        pollIntervalMs: chain.pollIntervalMs,
        finality: chain.finality,
        resume,
        sinceMs: null,
        requestsPerSecond: rateLimits(chain),
      },
      { ...deps, providers: deps.providersOf(chain), output },
    );
  return new ChainPost({ chain: chain.chain, partitions, writer }, { ...deps, createWatcher });
}

async function tellOf(chain: string, post: ChainPost, end: AbortSignal, deps: WatchRoleDeps): Promise<void> {
  while (!end.aborted) {
    const { watcher } = post;
    if (watcher !== null) {
      await deps.liveReport.publish(watchReportName(chain), JSON.stringify(watcher.report()), reportLifeMs);
    }
    await pause(deps.scheduler, reportEveryMs, end);
  }
}
