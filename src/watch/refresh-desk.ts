import type { Refresh } from '@txtrail/protocol';
import type { ChainId, Hash } from '../core/chain/block.ts';
import { canonicalAt } from '../core/chain/head-tracker.ts';
import type { FactRecord, MinedPlace } from '../core/records/fact-record.ts';
import { TxTrailError } from '../lib/error.ts';
import type { LookupAnswer } from '../ports/chain-provider.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { LookupDeskDeps } from './lookup-desk.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** Transactions that are asked about at the same time; further ones are turned away. */
export const refreshesInFlightMax = 64;
/** Who has not answered by then is reported so; its answer is taken all the same when it comes. */
export const refreshTimeoutMs = 5_000;

export interface RefreshDeskDeps extends LookupDeskDeps {
  readonly scheduler: Scheduler;
}

/** What one provider said, and how far that counts; `silent`: its word is no answer. */
interface Finding {
  readonly kind: 'included' | 'pending' | 'absent' | 'silent';
  readonly reason: string;
}

/**
 * Asks every provider that can be asked, not only until one shows it: for when somebody doubts what
 * we know. What they show goes the way of every fact, so nothing is concluded here; null is told to
 * the asker and to nobody else, since it proves nothing.
 */
export class RefreshDesk {
  readonly #chain: ChainId;
  readonly #deps: RefreshDeskDeps;
  readonly #running = new Map<Hash, Promise<Refresh>>();

  constructor(options: { readonly chain: ChainId }, deps: RefreshDeskDeps) {
    this.#chain = options.chain;
    this.#deps = deps;
  }

  refresh(hash: Hash): Promise<Refresh | null> {
    const running = this.#running.get(hash);
    if (running !== undefined) return running;
    if (this.#running.size >= refreshesInFlightMax) return Promise.resolve(null);
    const refresh = this.#refresh(hash).finally(() => this.#running.delete(hash));
    this.#running.set(hash, refresh);
    return refresh;
  }

  async #refresh(hash: Hash): Promise<Refresh> {
    const { pool, metrics } = this.#deps;
    const asked = pool.members.filter((member) => member.whyNotAsked === null);
    const findings = await this.#askAll(asked, hash);
    const reasons = pool.members.map((member) => ({
      provider: member.name,
      reason:
        member.whyNotAsked !== null && !asked.includes(member)
          ? `not asked: ${member.whyNotAsked}`
          : (findings.get(member)?.reason ?? `it did not answer in ${refreshTimeoutMs / 1_000} s`),
    }));
    const isAnswer = (member: WatchedProvider): boolean => (findings.get(member)?.kind ?? 'silent') !== 'silent';
    const answered = asked.filter(isAnswer);
    const outcome = outcomeOf(answered.map((member) => findings.get(member)?.kind));
    metrics.refreshes.add(1, { chain: this.#chain, outcome });
    return { asked: asked.map(({ name }) => name), answered: answered.map(({ name }) => name), outcome, reasons };
  }

  /** What was said in time, by provider. */
  #askAll(asked: readonly WatchedProvider[], hash: Hash): Promise<ReadonlyMap<WatchedProvider, Finding>> {
    const { scope, scheduler } = this.#deps;
    const findings = new Map<WatchedProvider, Finding>();
    return new Promise((resolve) => {
      let open = asked.length;
      const finish = (): void => resolve(new Map(findings));
      if (open === 0 || scope.stopped) return finish();
      const timer = scheduler.after(refreshTimeoutMs, finish);
      for (const member of asked) {
        scope.run(`asking ${member.name} anew`, async () => {
          try {
            findings.set(member, await this.#findingOf(member, hash));
          } finally {
            open -= 1;
            if (open === 0) {
              timer.cancel();
              finish();
            }
          }
        });
      }
    });
  }

  async #findingOf(member: WatchedProvider, hash: Hash): Promise<Finding> {
    try {
      await this.#waitForBudget(member);
      const [answer] = await member.ask((provider) => provider.lookup([hash]));
      if (answer === undefined || answer === 'unanswered') return silent('it left the question unanswered');
      if (answer === null) return { kind: 'absent', reason: 'it does not show it' };
      return await this.#take(member, hash, answer);
    } catch (error) {
      if (isProviderFault(error)) return silent(error.message);
      throw error;
    }
  }

  async #take(member: WatchedProvider, hash: Hash, { details, block }: LookupAnswer): Promise<Finding> {
    const { output, places, tracked } = this.#deps;
    const sighting = { kind: 'sighting', chain: this.#chain, hash, provider: member.name, details } as const;
    if (block === null) {
      await output.facts([{ ...sighting, block: null }]);
      return { kind: 'pending', reason: 'it shows it in its pool' };
    }
    const chain = tracked();
    if (chain === null) {
      return { kind: 'pending', reason: `it shows it in block ${block.number}; the chain is not followed yet` };
    }
    const place = await places.placeOf(chain, member, hash, block);
    if (place === null) return silent(`it shows it in block ${block.number}, and that block otherwise`);
    const receipts = await this.#receiptOf(member, hash, place);
    await output.facts([{ ...sighting, block: place }, ...receipts]);
    if (!place.settled && canonicalAt(tracked() ?? chain, place.number)?.hash !== place.hash) {
      const reason = `it shows it in block ${place.number}, which is not on the chain that is followed`;
      return { kind: 'pending', reason };
    }
    const more = receipts.length === 0 ? ', without a receipt' : '';
    return { kind: 'included', reason: `it shows it in block ${place.number}${more}` };
  }

  /** None is no fault: it comes moments after its block, or from another provider. */
  async #receiptOf(member: WatchedProvider, hash: Hash, place: MinedPlace): Promise<readonly FactRecord[]> {
    try {
      await this.#waitForBudget(member);
      const [answer] = await member.ask((provider) => provider.receipts(place, [{ hash, index: place.index }]));
      if (answer === undefined || answer === null) return [];
      const { blockHash, execution, gasUsed, effectiveGasPrice } = answer;
      const { name: provider } = member;
      return [
        { kind: 'receipt', chain: this.#chain, hash, blockHash, provider, execution, gasUsed, effectiveGasPrice },
      ];
    } catch (error) {
      if (isProviderFault(error)) return [];
      throw error;
    }
  }

  async #waitForBudget(member: WatchedProvider): Promise<void> {
    await this.#deps.scope.sleep(this.#deps.budgets.get(member.name)?.take(1) ?? 0);
  }
}

function outcomeOf(kinds: readonly (Finding['kind'] | undefined)[]): string {
  return (['included', 'pending', 'absent'] as const).find((kind) => kinds.includes(kind)) ?? 'unknown';
}

function silent(reason: string): Finding {
  return { kind: 'silent', reason };
}

function isProviderFault(error: unknown): error is TxTrailError {
  return error instanceof TxTrailError && error.code.startsWith('provider_');
}
