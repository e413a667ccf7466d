import { createHash } from 'node:crypto';
import type { CrashSurvival } from '../../../src/adapters/memory/disk-fault.ts';
import type { MemoryDisk } from '../../../src/adapters/memory/memory-disk.ts';
import type { Config } from '../../../src/config/config.ts';
import type { Random } from '../../../src/ports/clock.ts';
import { type Embedded, type EmbeddedPlatform, startEmbedded } from '../../../src/runtime/embedded.ts';
import { Chance } from '../chance.ts';
import { ProcessTime, type SimulatedTime } from '../time/simulated-time.ts';
import type { Trace } from '../trace.ts';
import type { LineEnd } from './line.ts';
import { SimulatedListener } from './simulated-listener.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedMetrics, simulatedLogger } from './simulated-watch.ts';

export const publicPort = 8080;
export const adminPort = 9090;

export interface MachineOptions {
  readonly seed: number;
  readonly config: Config;
  /** Time after which whoever watches the process starts it again, milliseconds. */
  readonly restartDelayMs: number;
}

export interface MachineDeps {
  readonly time: SimulatedTime;
  readonly wall: { offsetMs: number };
  readonly disk: MemoryDisk;
  readonly network: SimulatedNetwork;
  readonly trace: Trace;
  /** A process ended by itself, or could not start. */
  readonly onEnd: (cause: Error, phase: 'start' | 'run') => void;
}

/** One life of the process: from its start to its end, whichever way that comes. */
class Life {
  readonly time: ProcessTime;
  readonly listener: SimulatedListener;
  readonly network: ReturnType<SimulatedNetwork['reach']>;
  readonly metrics = new SimulatedMetrics();
  embedded: Embedded | null = null;
  isOver = false;

  constructor(deps: MachineDeps) {
    this.time = new ProcessTime(deps.time, deps.wall);
    this.listener = new SimulatedListener(deps.time);
    this.network = deps.network.reach();
  }

  end(): void {
    this.isOver = true;
    this.time.end();
    this.network.end();
    this.listener.end();
  }
}

/**
 * The machine on which the product runs: it starts the process by the composition root that
 * `txtrail start` uses, starts it again when it ends, and can lose it in every way that a machine can.
 */
export class Machine {
  readonly #options: MachineOptions;
  readonly #deps: MachineDeps;
  #life: Life | null = null;
  #lives = 0;

  constructor(options: MachineOptions, deps: MachineDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Starts so far. */
  get lives(): number {
    return this.#lives;
  }

  get isServing(): boolean {
    return this.#life?.embedded != null;
  }

  /** What the process counts; empty before it serves. */
  get metrics(): ReadonlyMap<string, number> {
    return this.#life?.metrics.values ?? new Map();
  }

  /** A client's connection; null: nobody listens. */
  connect(latencyMs: number): LineEnd | null {
    return this.#life?.listener.connect(publicPort, latencyMs) ?? null;
  }

  start(): void {
    const life = new Life(this.#deps);
    this.#life = life;
    this.#lives += 1;
    const platform = this.#platform(life);
    startEmbedded(this.#options.config, platform).then(
      (embedded) => {
        if (life.isOver) return;
        life.embedded = embedded;
        this.#deps.trace.add(this.#deps.time.nowMs, 'process', 'serves', String(this.#lives));
        void embedded.failed.then((cause) => this.#endItself(life, cause, 'run'));
      },
      (cause: Error) => this.#endItself(life, cause, 'start'),
    );
  }

  /** The process is gone at once, the machine is not: what it wrote is there, what it did not sync is not safe. */
  kill(): void {
    this.#end('killed');
    this.#deps.disk.restartProcess();
  }

  /** The machine is gone at once, with what was not synced, as far as the survival says. */
  cutPower(survival: CrashSurvival): void {
    this.#end('power cut');
    this.#deps.disk.crash();
    this.#deps.disk.restart(survival);
  }

  /** SIGTERM: it drains and ends by itself. */
  async terminate(): Promise<void> {
    const life = this.#life;
    if (life?.embedded == null) return;
    this.#deps.trace.add(this.#deps.time.nowMs, 'process', 'drains', '');
    await life.embedded.drain();
    if (this.#life === life) this.#end('drained');
    this.#deps.disk.restartProcess();
  }

  #endItself(life: Life, cause: Error, phase: 'start' | 'run'): void {
    if (life.isOver) return;
    this.#end(`${phase} failed: ${cause.message}`);
    this.#deps.disk.restartProcess();
    this.#deps.onEnd(cause, phase);
  }

  #end(how: string): void {
    this.#deps.trace.add(this.#deps.time.nowMs, 'process', 'ends', how);
    this.#life?.end();
    this.#life = null;
  }

  #platform(life: Life): EmbeddedPlatform {
    const { disk, trace, time } = this.#deps;
    const logger = simulatedLogger((level, message, facts) => {
      if (!life.isOver) trace.add(time.nowMs, `log ${level}`, message, JSON.stringify(facts, readable));
    });
    return {
      clock: life.time,
      scheduler: life.time,
      random: seededRandomness(this.#options.seed, this.#lives),
      disk,
      network: life.network,
      listener: life.listener,
      logger,
      metrics: life.metrics,
    };
  }
}

/** What the process takes for randomness, other in each of its lives. */
function seededRandomness(seed: number, life: number): Random {
  const chance = new Chance(seed, `process/${life}`);
  let drawn = 0;
  return {
    fraction: () => chance.fraction(),
    bytes: (count) => {
      const parts: Buffer[] = [];
      for (let length = 0; length < count; length += 32) {
        parts.push(createHash('sha256').update(`${seed}/${life}/${drawn++}`).digest());
      }
      return Uint8Array.from(Buffer.concat(parts).subarray(0, count));
    },
  };
}

/** Errors as their messages: stacks hold places of files. */
function readable(_name: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
