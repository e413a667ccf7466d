import type { ChainId, Hash } from '../core/chain/block.ts';
import type { TrackedChain } from '../core/chain/head-tracker.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import type { ChainOutput } from '../ports/chain-output.ts';
import type { LookupAnswer } from '../ports/chain-provider.ts';
import type { MinedPlaces } from './mined-place.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { RequestBudget } from './request-budget.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** Hashes asked about in one batch. */
export const lookupBatchMax = 100;
/** Hashes that may wait; further ones are forgotten and asked again by the core. */
export const lookupsWaitingMax = 100_000;
/** How often a hash that got no answer is tried before it is left to the core to ask again. */
export const lookupAttemptsMax = 5;
/** While no provider answers at all. */
export const lookupRetryDelay = { baseMs: 200, maxMs: 10_000 } as const;

export interface LookupDeskDeps {
  readonly pool: ProviderPool;
  readonly budgets: ReadonlyMap<string, RequestBudget>;
  readonly places: MinedPlaces;
  readonly tracked: () => TrackedChain | null;
  readonly output: ChainOutput;
  readonly scope: WorkScope;
  readonly metrics: WatchMetrics;
}

/** What the providers asked said about one hash. */
interface Findings {
  seen: { readonly member: WatchedProvider; readonly answer: LookupAnswer } | null;
  readonly deniedBy: string[];
}

/**
 * Answers "who knows this transaction?": batched, within each provider's budget, the leader first
 * and everybody else before anything is called absent. A provider that fails has not denied.
 */
export class LookupDesk {
  readonly #chain: ChainId;
  readonly #deps: LookupDeskDeps;
  readonly #bell: Bell;
  /** Hash to the attempts made, in the order of asking. */
  readonly #waiting = new Map<Hash, number>();
  #failures = 0;

  constructor(options: { readonly chain: ChainId }, deps: LookupDeskDeps) {
    this.#chain = options.chain;
    this.#deps = deps;
    this.#bell = deps.scope.bell();
  }

  add(hash: Hash): void {
    if (this.#waiting.has(hash)) return;
    const labels = { chain: this.#chain, kind: 'lookup' };
    if (this.#waiting.size >= lookupsWaitingMax) return this.#deps.metrics.forgotten.add(1, labels);
    this.#waiting.set(hash, 0);
    this.#bell.ring();
  }

  start(): void {
    this.#deps.scope.run('looking transactions up', async () => {
      while (!this.#deps.scope.stopped) {
        this.#deps.metrics.waiting.set(this.#waiting.size, { chain: this.#chain, kind: 'lookup' });
        if (this.#waiting.size === 0) await this.#bell.wait(null);
        else await this.#turn();
      }
    });
  }

  async #turn(): Promise<void> {
    const { pool, scope, tracked } = this.#deps;
    const members = pool.askable();
    const hashes = this.#nextBatch();
    const findings = new Map<Hash, Findings>(hashes.map((hash) => [hash, { seen: null, deniedBy: [] }]));
    const chain = tracked();
    if (chain === null || members.length === 0) return scope.sleep(lookupRetryDelay.baseMs);
    for (const member of members) await this.#askOne(member, findings);
    const facts = await this.#factsOf(chain, findings);
    if (facts.length > 0) await this.#deps.output.facts(facts);
    this.#leave(hashes, new Set(facts.map((fact) => fact.hash)));
    this.#failures = facts.length > 0 ? 0 : this.#failures + 1;
    if (this.#failures > 0) await scope.sleep(doublingDelayMs(this.#failures, lookupRetryDelay));
  }

  #nextBatch(): readonly Hash[] {
    const hashes: Hash[] = [];
    for (const hash of this.#waiting.keys()) {
      if (hashes.length >= lookupBatchMax) break;
      hashes.push(hash);
    }
    return hashes;
  }

  async #askOne(member: WatchedProvider, findings: ReadonlyMap<Hash, Findings>): Promise<void> {
    const hashes = [...findings].filter(([, finding]) => finding.seen === null).map(([hash]) => hash);
    if (hashes.length === 0) return;
    await this.#deps.scope.sleep(this.#deps.budgets.get(member.name)?.take(hashes.length) ?? 0);
    if (this.#deps.scope.stopped) return;
    try {
      const answers = await member.ask((provider) => provider.lookup(hashes));
      for (const [index, hash] of hashes.entries()) {
        const answer = answers[index];
        const finding = findings.get(hash);
        if (finding === undefined || answer === undefined || answer === 'unanswered') continue;
        if (answer === null) finding.deniedBy.push(member.name);
        else finding.seen = { member, answer };
      }
    } catch (error) {
      if (!(error instanceof TxTrailError)) throw error;
    }
  }

  async #factsOf(tracked: TrackedChain, findings: ReadonlyMap<Hash, Findings>): Promise<readonly FactRecord[]> {
    const facts = await Promise.all(
      [...findings].map(([hash, finding]) => this.#factOf(tracked, hash, finding).catch(nullOnProviderFault)),
    );
    return facts.filter((fact) => fact !== null);
  }

  async #factOf(tracked: TrackedChain, hash: Hash, finding: Findings): Promise<FactRecord | null> {
    const { seen, deniedBy } = finding;
    const chain = this.#chain;
    if (seen === null) return deniedBy.length === 0 ? null : { kind: 'absent', chain, hash, providers: deniedBy };
    const { member, answer } = seen;
    const { details } = answer;
    const sighting = { kind: 'sighting', chain, hash, provider: member.name, details } as const;
    if (answer.block === null) return { ...sighting, block: null };
    const block = await this.#deps.places.placeOf(tracked, member, hash, answer.block);
    return block === null ? null : { ...sighting, block };
  }

  /** Answered ones leave; the others go to the back, or are left to the core after some attempts. */
  #leave(hashes: readonly Hash[], answered: ReadonlySet<Hash>): void {
    for (const hash of hashes) {
      const attempts = (this.#waiting.get(hash) ?? 0) + 1;
      this.#waiting.delete(hash);
      if (answered.has(hash)) continue;
      if (attempts < lookupAttemptsMax) this.#waiting.set(hash, attempts);
      else this.#deps.metrics.forgotten.add(1, { chain: this.#chain, kind: 'lookup' });
    }
  }
}

function nullOnProviderFault(error: unknown): null {
  if (error instanceof TxTrailError && error.code.startsWith('provider_')) return null;
  throw error;
}
