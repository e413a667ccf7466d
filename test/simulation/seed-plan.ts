import { type ChainConfig, type Config, roles } from '../../src/config/config.ts';
import { defaultTrackerLimits, type TrackerLimits } from '../../src/runtime/tracker-limits.ts';
import { Chance } from './chance.ts';

/** A run is so long, simulated. */
export const runMs = 600_000;
/** From here on nothing goes wrong any more, and everything must settle. */
export const calmFromMs = 390_000;
/** Unix milliseconds at the beginning of every run. */
export const beginMs = 1_750_000_000_000;
/** Where the process listens on its machine. */
export const publicPort = 8080;
export const apiKey = 'key-of-the-tenant-in-the-simulator-001';
/** What the tracker may find behind it when it starts. */
export const blocksBefore = 40;
/** Quick chains are rare, since a run of them costs the most; they alone grow long enough for the deepest reorg. */
const blockTimesMs = [2_000, 3_000, 3_000, 4_000, 4_000, 5_000, 6_000, 6_000, 12_000, 12_000] as const;

export interface ChainPlan {
  readonly config: ChainConfig;
  readonly chainId: number;
  readonly blockTimeMs: number;
  /** Below the head, where the chain calls a block safe and final. */
  readonly safeDepth: number;
  readonly finalizedDepth: number;
  /** Transactions that wallets send, in all. */
  readonly transactions: number;
  readonly providers: readonly ProviderPlan[];
}

export interface ProviderPlan {
  readonly name: string;
  readonly host: string;
  /** One way, milliseconds. */
  readonly latencyMs: number;
}

export interface SeedPlan {
  readonly seed: number;
  readonly chains: readonly ChainPlan[];
  readonly config: Config;
  readonly limits: TrackerLimits;
  readonly subscribers: readonly string[];
}

/** What a seed is about. */
export function planOf(seed: number): SeedPlan {
  const chance = new Chance(seed, 'plan');
  const count = Number(chance.weighted({ 1: 6, 2: 3, 3: 1 }));
  const chains = Array.from({ length: count }, (_, index) =>
    chainPlan(index, new Chance(seed, `plan/chain/${index}`), count),
  );
  const config: Config = {
    mode: 'embedded',
    roles,
    distributed: null,
    dataDir: '/simulated',
    historyDays: 90,
    server: { host: '127.0.0.1', port: publicPort, allowedOrigins: [] },
    admin: { host: '127.0.0.1', port: 9090 },
    chains: chains.map((chain) => chain.config),
    apiKey,
    adminKey: 'key-of-the-administrator-in-simulation',
    logLevel: 'debug',
  };
  const subscribers = ['default', 'shop', 'wallet-1', 'wallet-2', 'ledger'].slice(0, chance.whole(1, 4));
  return { seed, chains, config, limits: limitsOf(new Chance(seed, 'plan/limits')), subscribers };
}

/** Small ones, so that ten minutes see what a machine sees in weeks: full segments, snapshots, a tail that is too short. */
function limitsOf(chance: Chance): TrackerLimits {
  return {
    segmentBytes: chance.pick([16, 64, 1_024]) * 1_024,
    snapshotEveryBytes: chance.pick([32, 256, 65_536]) * 1_024,
    snapshotEveryMs: chance.pick([15_000, 120_000, 3_600_000]),
    // Reading every event from the disk is what costs a run the most.
    tailEvents: Number(chance.weighted({ 5: 1, 100: 3, 20000: 6 })),
    retention: defaultTrackerLimits.retention,
  };
}

function chainPlan(index: number, chance: Chance, count: number): ChainPlan {
  const blockTimeMs = chance.pick(blockTimesMs);
  const finalizedDepth = chance.whole(6, Math.min(32, Math.floor(120_000 / blockTimeMs)));
  const safeDepth = Math.max(2, Math.floor(finalizedDepth / 2));
  const confirmations = chance.whole(2, Math.min(12, finalizedDepth));
  const thresholds = confirmations > 3 && chance.happens(0.8) ? [2, 3] : [];
  const chainId = 31_337 + index;
  const providers = Array.from({ length: chance.whole(2, 3) }, (_, at) => ({
    name: ['alpha', 'beta', 'gamma'][at] ?? 'delta',
    host: `${['alpha', 'beta', 'gamma'][at] ?? 'delta'}.chain${index}.sim`,
    latencyMs: chance.whole(2, 60),
  }));
  return {
    chainId,
    blockTimeMs,
    safeDepth,
    finalizedDepth,
    transactions: Math.round(chance.whole(60, 140) / count),
    providers,
    config: {
      chain: `eip155:${chainId}`,
      name: null,
      chainId,
      confirmations,
      thresholds,
      blockTimeMs,
      pollIntervalMs: blockTimeMs,
      finality: chance.happens(0.8) ? 'tag' : finalizedDepth,
      dropAfter: { blocks: 20, seconds: 120 },
      verifyBlocks: false,
      providers: providers.map(({ name, host }, at) => ({
        name,
        http: `http://${host}`,
        ws: at === 0 || chance.happens(0.7) ? `ws://${host}` : null,
        role: at === 0 ? ('primary' as const) : ('secondary' as const),
        weight: 1,
        requestsPerSecond: null,
      })),
    },
  };
}
