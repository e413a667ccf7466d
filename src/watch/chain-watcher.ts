import type { Refresh } from '@txtrail/protocol';
import type { BlockHeader, ChainId, Hash } from '../core/chain/block.ts';
import { headOf } from '../core/chain/head-tracker.ts';
import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';
import type { ChainAsks } from '../ports/chain-asks.ts';
import type { ChainOutput, WatchReport, WatchResume } from '../ports/chain-output.ts';
import type { ChainProvider } from '../ports/chain-provider.ts';
import type { Clock, Random, Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { BlockSource } from './block-source.ts';
import { BranchFinder } from './branch-finder.ts';
import { ChainFollower, recheckConflict } from './chain-follower.ts';
import { FinalityRule } from './finality-rule.ts';
import { HeadGate } from './head-gate.ts';
import { HeadWatch } from './head-watch.ts';
import { LookupDesk } from './lookup-desk.ts';
import { MinedPlaces } from './mined-place.ts';
import { ProviderPool } from './provider-pool.ts';
import { ReceiptDesk } from './receipt-desk.ts';
import { RefreshDesk } from './refresh-desk.ts';
import { RequestBudget } from './request-budget.ts';
import { SettledWatch } from './settled-watch.ts';
import { SubmissionDesk } from './submission-desk.ts';
import { createWatchMetrics, type WatchMetrics } from './watch-metrics.ts';
import { WatchedProvider } from './watched-provider.ts';
import { WorkScope } from './work-scope.ts';

export interface ChainWatcherOptions {
  readonly chain: ChainId;
  readonly blockTimeMs: number;
  readonly pollIntervalMs: number;
  /** The chain's own tag, or a depth in blocks below the head. */
  readonly finality: 'tag' | number;
  /** Where the log last stood; null: the chain is followed for the first time. */
  readonly resume: WatchResume | null;
  /** When somebody first waited for this chain, Unix milliseconds; null: nobody does yet. */
  readonly sinceMs: number | null;
  /** Rate limits by provider name; a missing or null one means "none given". */
  readonly requestsPerSecond: Readonly<Record<string, number | null>>;
}

export interface ChainWatcherDeps {
  /** In the order of the configuration; closed when the watcher stops. */
  readonly providers: readonly ChainProvider[];
  readonly output: ChainOutput;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Watches one chain through its providers and writes down what it saw: the canonical chain as one
 * ordered stream, and the answers to what the core asks. It decides nothing about transactions.
 *
 * Guarantees: each `applied` block's parent is the head before it; a block that was final is taken
 * back only on the word of two providers, and none becomes final by its depth that another provider
 * of that height does not show; null from a provider is never told as more than that;
 * what is asked is answered by a fact sooner or later, or may be asked again. Providers that fail
 * are retried for as long as it runs. When an invariant breaks or the output fails, everything
 * stops and `failed` settles.
 */
export interface ChainWatcher extends ChainAsks {
  start(): void;
  /** Ends every loop, aborts what is under way and resolves when nothing runs any more. */
  stop(): Promise<void>;
  report(): WatchReport;
  /** Asks every provider for a transaction now; null: too many are being asked about. */
  refresh(hash: Hash): Promise<Refresh | null>;
  /** Settles with the cause when the watcher broke; never rejects. */
  readonly failed: Promise<Error>;
}

export function createChainWatcher(options: ChainWatcherOptions, deps: ChainWatcherDeps): ChainWatcher {
  return new Watcher(options, deps);
}

class Watcher implements ChainWatcher {
  readonly #options: ChainWatcherOptions;
  readonly #deps: ChainWatcherDeps;
  readonly #scope: WorkScope;
  readonly #metrics: WatchMetrics;
  readonly #pool: ProviderPool;
  readonly #finality: FinalityRule;
  readonly #gate: HeadGate;
  readonly #follower: ChainFollower;
  readonly #heads: readonly HeadWatch[];
  readonly #settled: SettledWatch;
  readonly #lookups: LookupDesk;
  readonly #receipts: ReceiptDesk;
  readonly #refreshes: RefreshDesk;
  readonly #submissions: SubmissionDesk;

  constructor(options: ChainWatcherOptions, deps: ChainWatcherDeps) {
    const logger = deps.logger.child({ chain: options.chain });
    this.#options = options;
    this.#deps = { ...deps, logger };
    this.#scope = new WorkScope({ scheduler: deps.scheduler, logger });
    this.#metrics = createWatchMetrics(deps.metrics);
    const members = deps.providers.map((provider) => new WatchedProvider(provider, deps.clock));
    const shared = { ...this.#deps, metrics: this.#metrics, scope: this.#scope };
    this.#pool = new ProviderPool(members, options, { ...shared, onLeaderChange: () => this.#follower.check() });
    const tagSeen = options.resume?.finalized != null;
    this.#finality = new FinalityRule({ finality: options.finality, tagSeen }, this.#deps);
    const tracked = () => this.#follower.tracked;
    this.#gate = new HeadGate(options, { tracked, headAgeMs: () => this.#follower.headAgeMs });
    this.#follower = this.#makeFollower();
    const onNews = (member: WatchedProvider, head: BlockHeader | null): void => this.#onNews(member, head);
    this.#heads = members.map((member) => new HeadWatch(options, { ...shared, member, gate: this.#gate, onNews }));
    const pooled = { ...shared, pool: this.#pool, tracked };
    this.#settled = new SettledWatch(options, { ...pooled, onClaim: (claim) => this.#follower.claim(claim) });
    const budgets = new Map(members.map((member) => [member.name, this.#budgetOf(member.name)]));
    const placed = { ...pooled, budgets, places: new MinedPlaces() };
    this.#lookups = new LookupDesk(options, placed);
    this.#refreshes = new RefreshDesk(options, placed);
    this.#receipts = new ReceiptDesk(options, pooled);
    this.#submissions = new SubmissionDesk(options, pooled);
  }

  get failed(): Promise<Error> {
    return this.#scope.failed;
  }

  start(): void {
    this.#follower.start();
    for (const head of this.#heads) head.start();
    if (this.#options.finality === 'tag') this.#settled.start();
    this.#lookups.start();
    this.#receipts.start();
    this.#submissions.start();
  }

  async stop(): Promise<void> {
    this.#scope.end();
    for (const head of this.#heads) head.stop();
    await Promise.all(this.#deps.providers.map((provider) => provider.close()));
    await this.#scope.ended();
  }

  probe(probe: ProbeRecord): void {
    if (probe.kind === 'lookup') this.#lookups.add(probe.hash);
    else this.#receipts.add(probe);
  }

  submit(submission: SubmissionRecord): void {
    this.#submissions.add(submission);
  }

  refresh(hash: Hash): Promise<Refresh | null> {
    return this.#refreshes.refresh(hash);
  }

  report(): WatchReport {
    const finalitySource = this.#finality.depth === null ? 'tag' : 'depth';
    const isLed = this.#follower.tracked !== null && this.#pool.leader() !== null;
    return { lag: isLed ? this.#lag() : null, finalitySource, providers: this.#pool.report() };
  }

  #onNews(member: WatchedProvider, head: BlockHeader | null): void {
    if (head !== null) this.#follower.hint(member, head);
    this.#pool.leader();
    this.#pool.publishStates();
    this.#publishHead();
    const { tracked } = this.#follower;
    if (member.conflict === null || head === null || tracked === null) return;
    this.#scope.run(`asking ${member.name} again`, () => recheckConflict(member, tracked, this.#pool));
  }

  #lag(): number {
    const { tracked } = this.#follower;
    return Math.max(0, this.#pool.bestHead() - (tracked === null ? 0 : headOf(tracked).number));
  }

  #publishHead(): void {
    const { tracked } = this.#follower;
    if (tracked === null) return;
    const labels = { chain: this.#options.chain };
    const lag = this.#lag();
    this.#metrics.headNumber.set(headOf(tracked).number, labels);
    this.#metrics.headAgeSeconds.set(this.#follower.headAgeMs / 1_000, labels);
    this.#metrics.headLagBlocks.set(lag, labels);
    this.#metrics.catchUpBlocks.set(lag, labels);
  }

  #makeFollower(): ChainFollower {
    const shared = { ...this.#deps, metrics: this.#metrics, scope: this.#scope, pool: this.#pool };
    const finder = new BranchFinder({ ...shared, blocks: new BlockSource(shared) });
    const onReverted = (hashes: readonly string[]): void => this.#receipts.drop(hashes);
    const [finality, gate] = [this.#finality, this.#gate];
    const sinceMs = Math.min(this.#options.sinceMs ?? Number.POSITIVE_INFINITY, this.#deps.clock.now());
    return new ChainFollower({ ...this.#options, sinceMs }, { ...shared, finder, finality, gate, onReverted });
  }

  #budgetOf(name: string): RequestBudget {
    return new RequestBudget({ requestsPerSecond: this.#options.requestsPerSecond[name] ?? null }, this.#deps);
  }
}
