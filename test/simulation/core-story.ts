import type { TrackRequest, TxTrailEvent } from '@txtrail/protocol';
import type { ReceiptFact } from '../../src/core/records/fact-record.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import type { TrackOptions } from '../../src/core/records/registration-record.ts';
import { transactionIdOf } from '../../src/core/records/identity.ts';
import { renderEvent, renderTransaction } from '../../src/core/delivery/render-event.ts';
import { seededRandom } from '../../src/lib/seeded-random.ts';
import { addressOf, hashOf } from '../harness/chain-script.ts';
import { StatusRig } from '../harness/status-rig.ts';
import type { Oracle } from './oracle/oracle.ts';
import type { TruePoolTransaction } from './oracle/block-tree.ts';

/** One thing that the oracle is told: a step of the truth or of the callers, or a delivery, which a test may alter. */
export type Telling =
  | { readonly kind: 'told'; readonly to: (oracle: Oracle) => readonly string[] }
  | { readonly kind: 'delivered'; readonly event: TxTrailEvent; readonly atMs: number };

export interface StoryOptions {
  readonly seed: number;
  /** Every head is followed at once; otherwise the core may be behind for a while. */
  readonly exact: boolean;
  /** The chain may take back what it called final. */
  readonly mayBreakFinality: boolean;
}

interface CastMember {
  readonly name: string;
  readonly from: string;
  readonly nonce: number;
  readonly to: string;
  readonly call: string;
}

interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parent: Block | null;
  readonly members: readonly { readonly member: CastMember; readonly reverted: boolean }[];
}

const chain = 'eip155:1';
export const storyRules = { chain, confirmations: 5, thresholds: [1, 2, 3], finality: 'tag' as const };
/** What the core is given here: heads at once, receipts within two seconds. */
export const storyTimes = { followMs: 3_000, settleMs: 15_000 };

/** Three of each family exclude each other: a payment, the same again, and a cancellation. */
const cast: readonly CastMember[] = ['alice', 'bob', 'carol', 'dave', 'erin'].flatMap((name) => {
  const from = addressOf(name);
  const payment = { from, nonce: 1, to: addressOf('recipient'), call: `${name} pays` };
  return [
    { name: `${name} first`, ...payment },
    { name: `${name} speed-up`, ...payment },
    { name: `${name} cancel`, ...payment, to: from, call: '' },
  ];
});

/**
 * The real core driven through a random story of blocks, reorgs, settling, receipts, sightings,
 * registrations and restarts, written down as what the oracle would be told of it.
 */
export function coreStory(options: StoryOptions): readonly Telling[] {
  const story = new CoreStory(options);
  for (let step = 0; step < 40; step += 1) story.step();
  return story.finish();
}

class CoreStory {
  readonly #options: StoryOptions;
  readonly #random: () => number;
  readonly #rig = new StatusRig();
  readonly #tellings: Telling[] = [];
  readonly #seqs = new Map<string, number>();
  readonly #tracked = new Map<string, { readonly name: string; readonly subscriber: string; readonly id: string }>();
  readonly #tips: Block[] = [];
  #head: Block;
  #followed: Block;
  #finalized = 100;
  #built = 0;

  constructor(options: StoryOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#head = this.#build(null, 100, []);
    this.#followed = this.#head;
    this.#say((oracle, atMs) => oracle.truth(chain).head(this.#tips[0]?.hash ?? '', atMs));
    const { number, hash } = this.#head;
    this.#rig.chainRecord({
      ...{ kind: 'anchored', chain, target: number, provider: 'one' },
      block: { number, hash, parentHash: hashOf('before'), timestampMs: timestampOf(number) },
    });
  }

  step(): void {
    const roll = this.#random();
    if (roll < 0.32) this.#mine(1 + this.#below(3));
    else if (roll < 0.48) this.#fork();
    else if (roll < 0.58) this.#settle(this.#below(5));
    else if (roll < 0.68) this.#sight(this.#pick(cast));
    else if (roll < 0.92) this.#track(this.#pick(cast), this.#random() < 0.7 ? 'default' : 'bob');
    else if (roll < 0.95) this.#untrack();
    else this.#rig.restart();
    if (this.#options.exact || this.#random() < 0.6) this.#follow();
    this.#receipts();
    this.#pass(12_000);
  }

  /** The chain goes on, tells everything and becomes final; gives all that there is to tell. */
  finish(): readonly Telling[] {
    for (let index = 0; index < 8; index += 1) {
      this.#extend([]);
      this.#follow();
      this.#receipts();
      this.#pass(12_000);
    }
    this.#settle(this.#below(6));
    this.#receipts();
    this.#pass(60_000);
    const shown = [...this.#tracked.values()].map(({ name, subscriber }) =>
      renderTransaction(this.#rig.facts(name, { subscriber })),
    );
    this.#say((oracle, atMs) => oracle.settled({ transactions: shown, atMs, upToDate: [] }));
    return this.#tellings;
  }

  #mine(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#extend(this.#someOf(this.#head));
      if (this.#options.exact) this.#follow();
    }
  }

  #extend(members: Block['members']): void {
    this.#head = this.#build(this.#head, this.#head.number + 1, members);
    this.#tellHead();
  }

  /** Another branch, shorter, as long or longer; now and then an old one that goes on. */
  #fork(): void {
    const old = this.#pick(this.#tips);
    const deepest = this.#options.mayBreakFinality && this.#random() < 0.2 ? 100 : this.#finalized;
    if (this.#random() < 0.4 && this.#mayLeaveTo(old, deepest)) this.#head = old;
    else {
      const depth = 1 + this.#below(Math.min(9, Math.max(0, this.#head.number - deepest)));
      const ancestor = ancestorOf(this.#head, Math.max(deepest, this.#head.number - depth));
      this.#tips.push(this.#head);
      this.#head = ancestor;
    }
    const length = 1 + this.#below(4);
    for (let index = 0; index < length; index += 1) {
      this.#head = this.#build(this.#head, this.#head.number + 1, this.#someOf(this.#head));
    }
    this.#tips.push(this.#head);
    this.#tellHead();
  }

  #mayLeaveTo(tip: Block, deepest: number): boolean {
    return tip.number >= deepest && ancestorOf(tip, deepest) === ancestorOf(this.#head, deepest);
  }

  #settle(below: number): void {
    if (this.#followed !== this.#head) return;
    const block = ancestorOf(this.#head, Math.max(100, this.#head.number - below));
    if (
      block.number <= this.#finalized &&
      ancestorOf(this.#head, Math.min(this.#head.number, this.#finalized)) === block
    )
      return;
    this.#finalized = block.number;
    this.#say((oracle, atMs) => oracle.truth(chain).finalized(block.hash, atMs));
    const ref = { number: block.number, hash: block.hash };
    this.#rig.chainRecord({ kind: 'settled', chain, safe: ref, finalized: ref, source: 'tag', provider: 'one' });
  }

  #sight(member: CastMember): void {
    this.#say((oracle, atMs) => oracle.truth(chain).pool(inPool(member), atMs));
    const { from, nonce, to } = member;
    const details = { from, nonce, to, callDigest: digestOf(member), selfCancel: to === from };
    this.#rig.fact({ kind: 'sighting', chain, hash: hashOf(member.name), provider: 'one', details, block: null });
  }

  #track(member: CastMember, subscriber: string): void {
    const hash = hashOf(member.name);
    const how = this.#below(3);
    const required = this.#pick([undefined, undefined, 1, 3, 8, 'safe', 'finalized'] as const);
    const request: TrackRequest = {
      ...{ chain, subscriber, ...(how === 0 ? { raw: '0x00' } : { hash }) },
      ...(how === 1 ? { from: member.from, nonce: member.nonce } : {}),
      ...(required === undefined ? {} : { confirmations: required }),
    };
    const confirmations = required ?? storyRules.confirmations;
    const thresholds = storyRules.thresholds.filter((one) => typeof confirmations !== 'number' || one < confirmations);
    const options: Partial<TrackOptions> = { confirmations, thresholds };
    this.#say((oracle, atMs) => {
      oracle.truth(chain).made(inPool(member));
      oracle.asked({ request, hash, atMs });
    });
    const { from, nonce, to } = member;
    const key = { requestId: null, tenant: 'default', subscriber, chain, hash };
    const outcome = this.#rig.register({
      ...{ kind: 'track', ...key, id: transactionIdOf('default', chain, hash, subscriber) },
      options: { types: null, private: false, expiresAtMs: null, metadata: null, ...options } as TrackOptions,
      given: [],
      details: how === 0 ? { from, nonce, to, callDigest: digestOf(member), selfCancel: to === from } : null,
      claimed: how === 1 ? { from, nonce } : { from: null, nonce: null },
      raw: how === 0 ? '0x00' : null,
    });
    const answer = renderTransaction(this.#rig.facts(member.name, { subscriber }));
    this.#tracked.set(answer.id, { name: member.name, subscriber, id: answer.id });
    // Registered again with other options it is a conflict; what stands is what was asked for first.
    if (outcome.kind === 'created') this.#say((oracle, atMs) => oracle.registered({ request, answer, atMs }));
    this.#deliver();
    if (how === 0) this.#take(member);
  }

  /** A provider takes the broadcast. */
  #take(member: CastMember): void {
    this.#say((oracle, atMs) => oracle.truth(chain).pool(inPool(member), atMs));
    const fact = { kind: 'broadcast', chain, hash: hashOf(member.name), outcome: 'accepted' } as const;
    this.#rig.fact({ ...fact, providers: ['one'], failureClass: null, message: '' });
  }

  #untrack(): void {
    const [first] = this.#tracked.values();
    if (first === undefined) return;
    this.#deliver();
    this.#say((oracle) => oracle.untracking(first.id));
    const key = { requestId: null, tenant: 'default', subscriber: first.subscriber, chain, hash: hashOf(first.name) };
    this.#rig.register({ kind: 'untrack', ...key, id: first.id });
    this.#say((oracle, atMs) => oracle.untracked(first.id, atMs));
    this.#tracked.delete(first.id);
  }

  /** Answers the receipts that are asked for: at once, or after `included` had to go without. */
  #receipts(): void {
    if (this.#random() < 0.3) this.#pass(2_000);
    for (const probe of this.#rig.probes.splice(0)) {
      if (probe.kind !== 'receipt') continue;
      const block = this.#known.get(probe.blockHash);
      const held = block?.members.find(({ member }) => hashOf(member.name) === probe.hash);
      const execution = held?.reverted === true ? 'reverted' : 'success';
      const fact: ReceiptFact = {
        ...{ kind: 'receipt', chain, hash: probe.hash, blockHash: probe.blockHash, provider: 'one' },
        ...{ execution, gasUsed: '21000', effectiveGasPrice: '7' },
      };
      this.#rig.fact(fact);
    }
    this.#deliver();
  }

  /** Leads the core from where it stands to the head. */
  #follow(): void {
    const ancestor = commonAncestor(this.#followed, this.#head);
    const gone: { number: number; hash: string }[] = [];
    for (let one = this.#followed; one !== ancestor; one = one.parent as Block)
      gone.push({ number: one.number, hash: one.hash });
    const come: Block[] = [];
    for (let one = this.#head; one !== ancestor; one = one.parent as Block) come.unshift(one);
    if (come.length === 0) return;
    if (gone.length > 0) {
      const finalized = this.#rig.node.chain(chain).view.finalized?.number ?? -1;
      this.#rig.chainRecord({
        ...{ kind: 'reverted', chain, blocks: gone, ancestor: { number: ancestor.number, hash: ancestor.hash } },
        ...{ beyondFinality: ancestor.number < finalized, provider: 'one' },
      });
      if (ancestor.number < this.#finalized) this.#finalized = ancestor.number;
    }
    for (const block of come) this.#rig.chainRecord(this.#applied(block));
    this.#followed = this.#head;
    this.#deliver();
  }

  #applied(block: Block): ChainRecord {
    const { number, hash, parent } = block;
    const transactions = block.members.map(({ member }, index) => {
      const { from, nonce, to } = member;
      return {
        from,
        nonce,
        to,
        callDigest: digestOf(member),
        selfCancel: to === from,
        hash: hashOf(member.name),
        index,
      };
    });
    const header = { number, hash, parentHash: parent?.hash ?? '', timestampMs: timestampOf(number) };
    return {
      kind: 'applied',
      chain,
      block: { ...header, transactions },
      target: number,
      provider: 'one',
      seenMs: this.#rig.timeMs,
    };
  }

  readonly #known = new Map<string, Block>();

  #build(parent: Block | null, number: number, members: Block['members']): Block {
    this.#built += 1;
    const block = { number, hash: hashOf(`block ${this.#built} of ${this.#options.seed}`), parent, members };
    this.#known.set(block.hash, block);
    if (parent === null) this.#tips.push(block);
    const transactions = members.map(({ member, reverted }) => ({
      ...inPool(member),
      execution: reverted ? ('reverted' as const) : ('success' as const),
    }));
    const header = { hash: block.hash, parentHash: parent?.hash ?? hashOf('before'), number };
    this.#say((oracle, atMs) =>
      oracle.truth(chain).block({ ...header, timestampMs: timestampOf(number), transactions }, atMs),
    );
    return block;
  }

  #tellHead(): void {
    const { hash } = this.#head;
    this.#say((oracle, atMs) => oracle.truth(chain).head(hash, atMs));
  }

  /** Members whose family has not used its nonce on the branch of `parent`. */
  #someOf(parent: Block): Block['members'] {
    const used = new Set<string>();
    for (let one: Block | null = parent; one !== null; one = one.parent) {
      for (const { member } of one.members) used.add(member.from);
    }
    const chosen: { member: CastMember; reverted: boolean }[] = [];
    for (let index = this.#below(3); index > 0; index -= 1) {
      const member = this.#pick(cast);
      if (used.has(member.from)) continue;
      used.add(member.from);
      chosen.push({ member, reverted: this.#random() < 0.3 });
    }
    return chosen;
  }

  #pass(ms: number): void {
    this.#rig.wait(ms);
    this.#deliver();
  }

  #deliver(): void {
    for (const record of this.#rig.events.splice(0)) {
      const seq = (this.#seqs.get(record.subscriber) ?? 0) + 1;
      this.#seqs.set(record.subscriber, seq);
      const event = JSON.parse(renderEvent(record, seq)) as TxTrailEvent;
      this.#tellings.push({ kind: 'delivered', event, atMs: this.#rig.timeMs });
    }
  }

  #say(to: (oracle: Oracle, atMs: number) => unknown): void {
    const atMs = this.#rig.timeMs;
    this.#tellings.push({
      kind: 'told',
      to: (oracle) => {
        const found = to(oracle, atMs);
        return Array.isArray(found) ? found : [];
      },
    });
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}

function inPool({ name, from, nonce, to, call }: CastMember): TruePoolTransaction {
  return { hash: hashOf(name), from, nonce, to, value: 0n, input: call };
}

function digestOf({ to, call }: CastMember): string {
  return hashOf(`${to} ${call}`).slice(2, 34);
}

function timestampOf(number: number): number {
  return 1_700_000_000_000 + number * 12_000;
}

function ancestorOf(block: Block, number: number): Block {
  let one = block;
  while (one.number > number && one.parent !== null) one = one.parent;
  return one;
}

function commonAncestor(left: Block, right: Block): Block {
  let one = left;
  let other = right;
  while (one !== other) {
    if (one.number >= other.number) one = one.parent as Block;
    else other = other.parent as Block;
  }
  return one;
}
