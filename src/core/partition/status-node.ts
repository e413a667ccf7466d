import { defaultEventTypes } from '@txtrail/protocol';
import { assert } from '../../lib/assert.ts';
import { MinHeap } from '../../lib/min-heap.ts';
import type { ChainId } from '../chain/block.ts';
import { ChainView, type ChainViewState } from '../chain/chain-view.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import type { FactRecord } from '../records/fact-record.ts';
import type { RegistrationRecord } from '../records/registration-record.ts';
import { partitionOf } from '../records/stream.ts';
import type { Tracked } from '../transaction/tracked.ts';
import { inOrder } from './bucket-index.ts';
import { applyChainRecord } from './chain-input.ts';
import { ChainIndex } from './chain-index.ts';
import { askAgain, dueTimeOf, wakeAt } from './deadlines.ts';
import { type JournalMark, noEffects, type StatusEffects } from './effects.ts';
import { applyFact } from './fact-input.ts';
import { decodePartition, emptyPartition, encodePartition, type PartitionState } from './partition.ts';
import { RegistrationList } from './registration-list.ts';
import { applyRegistration, type RegistrationOutcome } from './registration-input.ts';
import { InputStep } from './input-step.ts';

export interface FollowedChain {
  readonly view: ChainView;
  readonly index: ChainIndex;
}

/**
 * Every status partition that one node owns, with the chains they are held against: the state that
 * `apply…` takes from one journal position to the next. Pure: time and order come from the journal
 * mark, and what is to be done comes back as effects. A block is matched once against the whole
 * node's indexes and touches only the transactions it hits or whose next threshold it reaches.
 */
export class StatusNode {
  readonly partitions: PartitionState[];
  readonly chains = new Map<ChainId, FollowedChain>();
  /** When a transaction next needs waking, at the earliest; entries may be stale, never missing. */
  readonly #deadlines = new MinHeap<Tracked>();
  readonly #deadlineOf = new WeakMap<Tracked, number>();
  readonly #byId = new Map<string, Tracked>();
  readonly #byTenant = new Map<string, RegistrationList>();
  readonly #onChange: ((tracked: Tracked, isGone: boolean) => void) | null;

  /** `onChange`: told of every transaction that may look different to a reader from now on. */
  constructor(
    partitions: number,
    chains: readonly ChainId[],
    onChange: ((tracked: Tracked, isGone: boolean) => void) | null = null,
  ) {
    this.#onChange = onChange;
    this.partitions = Array.from({ length: partitions }, (_, number) => emptyPartition(number));
    for (const chain of chains) this.#follow(chain);
  }

  applyRegistration(
    record: RegistrationRecord,
    mark: JournalMark,
  ): { readonly effects: StatusEffects; readonly outcome: RegistrationOutcome } {
    const step = new InputStep(this, mark);
    const outcome = applyRegistration(step, record);
    return { effects: step.effects, outcome };
  }

  applyChain(record: ChainRecord, mark: JournalMark): StatusEffects {
    const step = new InputStep(this, mark);
    applyChainRecord(step, record);
    return step.effects;
  }

  applyFact(fact: FactRecord, mark: JournalMark): StatusEffects {
    const step = new InputStep(this, mark);
    applyFact(step, fact);
    return step.effects;
  }

  /** Time went on: whatever waited for a moment up to `mark.timeMs` is woken. */
  applyTime(mark: JournalMark): StatusEffects {
    const step = new InputStep(this, mark);
    const due = new Set<Tracked>();
    for (let key = this.#deadlines.peekKey(); key !== null && key <= mark.timeMs; key = this.#deadlines.peekKey()) {
      const tracked = this.#deadlines.pop();
      if (tracked === undefined) break;
      if (this.#deadlineOf.get(tracked) === key) this.#deadlineOf.delete(tracked);
      if (this.transaction(tracked.id) === tracked) due.add(tracked);
    }
    for (const tracked of inOrder(due)) wakeAt(step, tracked);
    return step.effects;
  }

  /** Unix milliseconds of the next wake-up; null: none waits. */
  nextDueMs(): number | null {
    return this.#deadlines.peekKey();
  }

  /** Everything that is still wanted from the chains, or from one: what a restart asks first. */
  wants(mark: JournalMark, chain: ChainId | null = null): StatusEffects {
    const step = new InputStep(this, mark);
    for (const partition of this.partitions) {
      for (const tracked of partition.transactions.values()) {
        if (chain === null || tracked.chain === chain) askAgain(step, tracked);
      }
    }
    return { ...noEffects(), probes: step.effects.probes, submissions: step.effects.submissions };
  }

  transaction(id: string): Tracked | null {
    return this.#byId.get(id) ?? null;
  }

  /** When the oldest of what is tracked on a chain was registered, Unix milliseconds; null: nothing is. */
  oldestOf(chain: ChainId): number | null {
    let oldestMs: number | null = null;
    for (const { transactions } of this.partitions) {
      for (const tracked of transactions.values()) {
        if (tracked.chain === chain) oldestMs = Math.min(oldestMs ?? tracked.createdAtMs, tracked.createdAtMs);
      }
    }
    return oldestMs;
  }

  get trackedCount(): number {
    return this.#byId.size;
  }

  /** A tenant's transactions in the order of registration. */
  ofTenant(tenant: string): RegistrationList {
    const list = this.#byTenant.get(tenant) ?? new RegistrationList();
    this.#byTenant.set(tenant, list);
    return list;
  }

  partitionOf(hash: string): PartitionState {
    const partition = this.partitions[partitionOf(hash, this.partitions.length)];
    assert(partition !== undefined, `no partition for ${hash}`);
    return partition;
  }

  chain(chain: ChainId): FollowedChain {
    return this.chains.get(chain) ?? this.#follow(chain);
  }

  isWanted(tracked: Tracked, type: string): boolean {
    return (tracked.options.types ?? (defaultEventTypes as readonly string[])).includes(type);
  }

  insert(tracked: Tracked): void {
    this.partitionOf(tracked.hash).transactions.set(tracked.id, tracked);
    this.#byId.set(tracked.id, tracked);
    this.chain(tracked.chain).index.add(tracked);
    this.ofTenant(tracked.tenant).add(tracked);
    this.touched(tracked);
  }

  delete(tracked: Tracked): void {
    const partition = this.partitionOf(tracked.hash);
    partition.transactions.delete(tracked.id);
    this.#byId.delete(tracked.id);
    partition.removed.set(tracked.id, tracked.revision);
    this.chain(tracked.chain).index.remove(tracked);
    this.ofTenant(tracked.tenant).remove(tracked);
    this.#onChange?.(tracked, true);
  }

  /** Keeps indexes and deadlines in step with a transaction that may have changed. */
  touched(tracked: Tracked): void {
    this.#onChange?.(tracked, false);
    this.chain(tracked.chain).index.refile(tracked);
    const due = dueTimeOf(tracked);
    if (due === null || (this.#deadlineOf.get(tracked) ?? Number.POSITIVE_INFINITY) <= due) return;
    this.#deadlineOf.set(tracked, due);
    this.#deadlines.push(due, tracked);
  }

  sections(): { readonly name: string; readonly text: string }[] {
    const chains = [...this.chains].map(([chain, { view }]) => ({
      name: `chain/${chain}`,
      text: JSON.stringify(view.state()),
    }));
    const partitions = this.partitions.map((partition) => ({
      name: `partition/${partition.number}`,
      text: encodePartition(partition),
    }));
    return [...chains, ...partitions];
  }

  /** Takes one section of a snapshot; false where it is not one of its own. */
  restore(name: string, text: string): boolean {
    const [kind, key = ''] = splitOnce(name);
    if (kind === 'chain') {
      this.chain(key).view.restore(JSON.parse(text) as ChainViewState);
      return true;
    }
    if (kind !== 'partition') return false;
    const state = decodePartition(Number(key), text);
    this.partitions[state.number] = { ...state, transactions: new Map() };
    for (const tracked of state.transactions.values()) this.insert(tracked);
    return true;
  }

  /** To be called when every section was restored: lists are in registration order again. */
  restored(): void {
    for (const list of this.#byTenant.values()) list.sort();
  }

  #follow(chain: ChainId): FollowedChain {
    const followed = { view: new ChainView(chain), index: new ChainIndex() };
    this.chains.set(chain, followed);
    return followed;
  }
}

function splitOnce(name: string): [string, string] {
  const slash = name.indexOf('/');
  return slash === -1 ? [name, ''] : [name.slice(0, slash), name.slice(slash + 1)];
}
