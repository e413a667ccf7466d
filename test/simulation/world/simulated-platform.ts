import type { MemoryHistory } from '../../../src/adapters/memory/memory-history.ts';
import type { Administration } from '../../../src/adapters/sqlite/open-administration.ts';
import type { Random } from '../../../src/ports/clock.ts';
import type { Disk } from '../../../src/ports/disk.ts';
import type { Listener } from '../../../src/ports/listener.ts';
import type { Network } from '../../../src/ports/network.ts';
import type { EmbeddedPlatform } from '../../../src/runtime/embedded.ts';
import { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import type { ProcessTime } from '../time/simulated-time.ts';
import { type SimulatedMetrics, simulatedLogger } from './simulated-watch.ts';

/** What one life of the process stands on. */
export interface PlatformParts {
  /** Which life of the process it is: each draws other randomness. */
  readonly life: number;
  readonly time: ProcessTime;
  readonly disk: Disk;
  readonly administration: Administration;
  readonly history: MemoryHistory;
  readonly network: Network;
  readonly listener: Listener;
  readonly metrics: SimulatedMetrics;
}

/** Everything that is exchanged for a run; all else is what `txtrail start` runs. */
export function simulatedPlatform(parts: PlatformParts, context: Context): EmbeddedPlatform {
  const { trace, time, seed, plan } = context;
  const logger = simulatedLogger((level, message, facts) => {
    if (!parts.time.isOver) trace.add(time.nowMs, `log ${level}`, message, JSON.stringify(facts, readable));
  });
  return {
    clock: parts.time,
    scheduler: parts.time,
    random: seededRandomness(seed, parts.life),
    disk: parts.disk,
    administration: { version: 'simulated', open: async () => parts.administration },
    // What SQLite says is durable is taken to be.
    openHistory: async () => Object.assign(parts.history, { close: async () => undefined }),
    network: parts.network,
    listener: parts.listener,
    logger,
    metrics: parts.metrics,
    limits: plan.limits,
  };
}

/** What the process takes for randomness, other in each of its lives. */
function seededRandomness(seed: number, life: number): Random {
  const chance = new Chance(seed, `process/${life}`);
  return {
    fraction: () => chance.fraction(),
    bytes: (count) => new Uint8Array(count).map(() => Math.floor(chance.fraction() * 256)),
  };
}

/** Errors as their messages: stacks hold places of files. */
function readable(_name: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
