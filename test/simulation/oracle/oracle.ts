import type { ChangeRequest, TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import { checkEnvelope } from '../../harness/event-checker.ts';
import { Deliveries, type Delivery, type Resumption } from './deliveries.ts';
import { placeProblems } from './event-grounds.ts';
import { compareExactly } from './exact-model.ts';
import { Registrations } from './registrations.ts';
import type { SometimesState } from './sometimes.ts';
import { countProblems, endingProblems } from './standing.ts';
import { fieldProblems } from './tracked-registration.ts';
import type { TrackedStory } from './tracked-story.ts';
import { type ChainRules, TrueChain } from './true-chain.ts';

export interface OracleOptions {
  readonly chains: readonly ChainRules[];
  /** The tenant's id, as events show it. */
  readonly tenant: string;
  /** How far the tracker's wall clock may stand off the true time, milliseconds; default 0. */
  readonly clockOffMs?: number | undefined;
}

/**
 * The independent judge of a simulated run. It knows the true chains and what was registered, works
 * out what each subscriber must have received, and gives every broken promise in words, each with
 * the number of its invariant or case. It knows nothing of how the tracker works: it imports nothing
 * of it. Times are simulated milliseconds, told in their order.
 */
export class Oracle {
  readonly #options: OracleOptions;
  readonly #chains = new Map<string, TrueChain>();
  readonly #reached = new Set<SometimesState>();
  readonly #registrations: Registrations;
  readonly #deliveries: Deliveries;

  constructor(options: OracleOptions) {
    this.#options = options;
    const reach = (state: SometimesState) => void this.#reached.add(state);
    for (const rules of options.chains) {
      const chain = new TrueChain(rules, reach);
      this.#chains.set(rules.chain, chain);
      if (rules.name !== undefined) this.#chains.set(rules.name, chain);
    }
    this.#registrations = new Registrations({
      chain: (name) => this.truth(name),
      clockOffMs: options.clockOffMs ?? 0,
      reach,
    });
    this.#deliveries = new Deliveries(reach, (event, atMs) => this.#next(event, atMs));
  }

  /** The "sometimes" states that were reached, by name. */
  get reached(): ReadonlySet<SometimesState> {
    return this.#reached;
  }

  /** The true chain of that CAIP-2 id or preset's name, to be fed by the world's script. */
  truth(chain: string): TrueChain {
    const known = this.#chains.get(chain);
    if (known === undefined) throw new Error(`no chain ${chain}`);
    return known;
  }

  /**
   * A request to track is on its way: from now on there may be events, whatever becomes of the
   * answer. `hash` is that of the request, or of its raw transaction.
   */
  asked(asking: { readonly request: TrackRequest; readonly hash: string; readonly atMs: number }): void {
    this.#registrations.asked(asking.request, asking.hash.toLowerCase(), asking.atMs);
  }

  /** A 2xx to a request to track: it is durable and must never be lost (I15). */
  registered(answered: {
    readonly request: TrackRequest;
    readonly answer: Transaction;
    readonly atMs: number;
  }): readonly string[] {
    const { request, answer, atMs } = answered;
    this.#registrations.asked(request, answer.hash, atMs);
    const { problems, story } = this.#registrations.registered(request, answer, atMs);
    return [...problems, ...this.#shown(answer, story)];
  }

  /** A request to change is on its way. */
  changing(asking: { readonly id: string; readonly change: ChangeRequest }): void {
    this.#registrations.changing(asking.id, asking.change);
  }

  /** A 2xx to a request to change. */
  changed(id: string, answer: Transaction, _atMs: number): readonly string[] {
    this.#registrations.changed(id);
    return this.#shown(answer, this.#registrations.byId(id));
  }

  /** A request to stop is on its way. */
  untracking(id: string): void {
    this.#registrations.untracking(id);
  }

  /** A 2xx to a request to stop. */
  untracked(id: string, atMs: number): void {
    this.#registrations.untracked(id, atMs);
  }

  /** A reader begins, or comes back and says where it stands: what follows must be exactly what is missing (I24). */
  resumed(resumption: Resumption): void {
    this.#deliveries.resumed(resumption);
  }

  /** The server told a reader that its place is too old, and the oldest that is still there. */
  reset(told: { readonly reader: string; readonly oldestSeq: number }): readonly string[] {
    return this.#deliveries.reset(told.reader, told.oldestSeq);
  }

  /** `durable` false: it was sent and may be lost with its connection; default true. */
  acknowledged(told: {
    readonly subscriber: string;
    readonly consumer: string;
    readonly seq: number;
    readonly durable?: boolean;
  }): void {
    this.#deliveries.acknowledged(told.subscriber, told.consumer, told.seq, told.durable ?? true);
  }

  /** The server's process ended, by a crash or otherwise. */
  crashed(atMs: number): void {
    this.#deliveries.crashed(atMs);
  }

  /** One delivery to one reader; gives broken promises at once. */
  received(delivery: Delivery): readonly string[] {
    return this.#deliveries.received(delivery);
  }

  /** A transaction as any answer shows it, at any time. */
  shown(transaction: Transaction): readonly string[] {
    const story = this.#registrations.byId(transaction.id);
    if (story !== null) return this.#shown(transaction, story);
    return [`§3 ${transaction.id} ${transaction.hash} is shown, and nobody asked for it`];
  }

  /**
   * The faults have ended and everything had time to settle. `transactions` is all that the API
   * lists; the readers in `upToDate` have read all that there is for them.
   */
  settled(told: {
    readonly transactions: readonly Transaction[];
    readonly atMs: number;
    readonly upToDate?: readonly string[];
  }): readonly string[] {
    const { transactions, atMs, upToDate = [] } = told;
    const problems = [...this.#deliveries.settled(upToDate), ...this.#registrations.listProblems(transactions)];
    for (const shown of transactions) {
      const story = this.#registrations.byId(shown.id);
      if (story === null) continue;
      const ending = { chain: this.truth(shown.chain), atMs, clockOffMs: this.#options.clockOffMs ?? 0 };
      const ours = [...this.#fields(shown, story), ...endingProblems(shown, story, ending)];
      problems.push(...ours.map((problem) => `${shown.id} ${shown.hash} at the end: ${problem}`));
      if (story.wasReorged && shown.blockHash === null) this.#reached.add('reorged and never back');
    }
    for (const chain of new Set(this.#chains.values())) {
      problems.push(...compareExactly(chain, this.#registrations.of(chain.rules.chain)));
    }
    return problems;
  }

  #next(event: TxTrailEvent, atMs: number): readonly string[] {
    const problems = [...checkEnvelope(event)];
    if (event.tenant !== this.#options.tenant)
      problems.push(`I11 ${event.id} (${event.type}) is of the tenant ${event.tenant}`);
    const { transaction } = event.data;
    // Other events than a transaction's are not said yet; the first one said needs a rule of its own here.
    if (transaction === undefined)
      return [...problems, `${event.id}: ${event.type} has no ground that the oracle knows of`];
    const story = this.#registrations.storyOf(transaction);
    if (story === null)
      return [...problems, `§1 ${event.id} (${event.type}) is about ${transaction.hash}, which nobody asked for`];
    return [...problems, ...story.next(event, atMs)];
  }

  #shown(shown: Transaction, story: TrackedStory | null): readonly string[] {
    if (story === null) return [];
    const place = placeProblems(shown, this.truth(shown.chain));
    const problems = [...this.#fields(shown, story), ...place, ...countProblems(shown)];
    return problems.map((problem) => `${shown.id} ${shown.hash} as shown: ${problem}`);
  }

  #fields(shown: Transaction, story: TrackedStory): readonly string[] {
    return fieldProblems(story.registration, shown).map((problem) => `§3 ${problem}`);
  }
}
