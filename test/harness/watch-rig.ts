import { createEvmProvider } from '../../src/adapters/evm/evm-provider.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createNodeNetwork } from '../../src/adapters/node/node-network.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import type { BlockHeader, BlockRef } from '../../src/core/chain/block.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import type { FactRecord } from '../../src/core/records/fact-record.ts';
import type { ChainOutput, WatchResume } from '../../src/ports/chain-output.ts';
import type { ChainProvider } from '../../src/ports/chain-provider.ts';
import type { Clock, Scheduler } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { type ChainWatcher, createChainWatcher } from '../../src/watch/chain-watcher.ts';
import { waitUntil } from './wait-until.ts';

export interface WatchedEndpoint {
  readonly name: string;
  readonly http: string | null;
  readonly ws: string | null;
  readonly role?: 'primary' | 'secondary';
}

export interface WatchRigOptions {
  readonly chain: string;
  readonly endpoints: readonly WatchedEndpoint[];
  readonly resume?: WatchResume | null;
  readonly sinceMs?: number;
  readonly finality?: 'tag' | number;
  readonly blockTimeMs?: number;
  readonly pollIntervalMs?: number;
  /** The watcher's time runs so many times faster than the machine's. */
  readonly speed?: number;
}

/**
 * A watcher over real sockets whose output is a list. Every record is held against the ones before
 * it as it comes: a path that does not link fails the test that caused it.
 */
export class WatchRig implements ChainOutput {
  readonly records: ChainRecord[] = [];
  readonly told: FactRecord[] = [];
  readonly logged: { readonly level: string; readonly message: string; readonly facts: unknown }[] = [];
  readonly watcher: ChainWatcher;
  #path: BlockHeader[];
  #safe: BlockRef | null;
  #finalized: BlockRef | null;

  constructor(options: WatchRigOptions) {
    const { clock, scheduler } = fastTime(options.speed ?? 1);
    const logger = recordingLogger(this.logged);
    const deps = {
      network: createNodeNetwork(),
      clock,
      scheduler,
      random: createSystemRandom(),
      logger,
      metrics: noMetrics,
    };
    const resume = options.resume ?? null;
    this.#path = [...(resume?.blocks ?? [])];
    this.#safe = resume?.safe ?? null;
    this.#finalized = resume?.finalized ?? null;
    const providers = options.endpoints.map(
      (endpoint): ChainProvider => createEvmProvider({ role: 'primary', ...endpoint }, deps),
    );
    this.watcher = createChainWatcher(
      {
        chain: options.chain,
        blockTimeMs: options.blockTimeMs ?? 50,
        pollIntervalMs: options.pollIntervalMs ?? 30,
        finality: options.finality ?? 'tag',
        resume,
        sinceMs: options.sinceMs ?? null,
        requestsPerSecond: {},
      },
      { ...deps, providers, output: this },
    );
  }

  async chain(records: readonly ChainRecord[]): Promise<void> {
    for (const record of records) this.#check(record);
    this.records.push(...records);
  }

  async facts(facts: readonly FactRecord[]): Promise<void> {
    this.told.push(...facts);
  }

  get path(): readonly BlockHeader[] {
    return this.#path;
  }

  get head(): BlockHeader | undefined {
    return this.#path.at(-1);
  }

  get resume(): WatchResume {
    return { blocks: this.#path, safe: this.#safe, finalized: this.#finalized };
  }

  get finalized(): BlockRef | null {
    return this.#finalized;
  }

  of<Kind extends ChainRecord['kind']>(kind: Kind): readonly Extract<ChainRecord, { kind: Kind }>[] {
    return this.records.filter((record) => record.kind === kind) as Extract<ChainRecord, { kind: Kind }>[];
  }

  factsOf<Kind extends FactRecord['kind']>(kind: Kind, hash?: string): readonly Extract<FactRecord, { kind: Kind }>[] {
    const facts = this.told.filter((fact) => fact.kind === kind) as Extract<FactRecord, { kind: Kind }>[];
    return hash === undefined ? facts : facts.filter((fact) => fact.hash === hash);
  }

  state(provider: string): string | undefined {
    return this.watcher.report().providers.find((each) => each.name === provider)?.state;
  }

  async at(hash: string): Promise<void> {
    await waitUntil(() => this.head?.hash === hash, { what: `the head ${hash}`, describe: () => this.#story() });
  }

  async until(what: string, probe: () => boolean): Promise<void> {
    await waitUntil(probe, { what, describe: () => this.#story() });
  }

  #check(record: ChainRecord): void {
    const head = this.head;
    if (record.kind === 'anchored') {
      if (head !== undefined) throw new Error('anchored twice');
      this.#path = [record.block];
    } else if (record.kind === 'applied') {
      const links = head?.hash === record.block.parentHash && head.number + 1 === record.block.number;
      if (!links) throw new Error(`applied ${record.block.hash} does not follow ${head?.hash}`);
      this.#path.push(record.block);
    } else if (record.kind === 'reverted') this.#revert(record);
    else {
      this.#safe = record.safe ?? this.#safe;
      this.#finalized = record.finalized ?? this.#finalized;
    }
  }

  #revert(record: Extract<ChainRecord, { kind: 'reverted' }>): void {
    for (const gone of record.blocks) {
      if (this.#path.pop()?.hash !== gone.hash) throw new Error(`reverted ${gone.hash} is not the head`);
    }
    if (this.head?.hash !== record.ancestor.hash) throw new Error('reverted to something else than its ancestor');
    if (this.#finalized === null || record.ancestor.number >= this.#finalized.number) return;
    if (!record.beyondFinality) throw new Error('a final block was taken back without a word');
    this.#finalized = record.ancestor;
  }

  #story(): string {
    const log = this.logged.slice(-25).map((entry) => `${entry.level} ${entry.message} ${JSON.stringify(entry.facts)}`);
    return [`head ${this.head?.number} ${this.head?.hash}`, JSON.stringify(this.watcher.report()), ...log].join('\n');
  }
}

function fastTime(speed: number): { readonly clock: Clock; readonly scheduler: Scheduler } {
  const clock = createSystemClock();
  const scheduler = createTimerScheduler();
  return {
    clock: { now: () => clock.now(), monotonic: () => clock.monotonic() * speed },
    scheduler: {
      after: (delayMs, task) => scheduler.after(delayMs / speed, task),
      sleep: (delayMs, signal) => scheduler.sleep(delayMs / speed, signal),
    },
  };
}

function recordingLogger(logged: { level: string; message: string; facts: unknown }[]): Logger {
  const at = (level: string) => (message: string, facts?: unknown) => {
    logged.push({ level, message, facts: facts instanceof Error ? facts.message : facts });
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}

const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
};
