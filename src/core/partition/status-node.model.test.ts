import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf, type ScriptTransaction } from '../../../test/harness/chain-script.ts';
import { StatusRig } from '../../../test/harness/status-rig.ts';
import type { EventRecord } from '../records/event-record.ts';

/** Three senders with a nonce each and three rivals for it: every pair of a family excludes the other. */
const cast: readonly ScriptTransaction[] = ['alice', 'bob', 'carol'].flatMap((from) => [
  { name: `${from} first`, from, nonce: 1, call: `${from} pays` },
  { name: `${from} speed-up`, from, nonce: 1, call: `${from} pays` },
  { name: `${from} cancel`, from, nonce: 1, selfCancel: true },
]);

type Move =
  | { readonly kind: 'mine'; readonly picks: readonly number[] }
  | { readonly kind: 'reorg'; readonly depth: number; readonly picks: readonly number[] }
  | { readonly kind: 'settle'; readonly below: number }
  | { readonly kind: 'receipts'; readonly reverted: boolean }
  | { readonly kind: 'seen'; readonly pick: number }
  | { readonly kind: 'track'; readonly pick: number; readonly known: boolean; readonly confirmations: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };

const pick = fc.nat({ max: cast.length - 1 });
const picks = fc.uniqueArray(pick, { maxLength: 3 });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('mine' as const), picks }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reorg' as const), depth: fc.integer({ min: 1, max: 4 }), picks }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), below: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('receipts' as const), reverted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('seen' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('track' as const),
      pick,
      known: fc.boolean(),
      confirmations: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(500, 1_000, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

/** A chain in which every nonce is used at most once on a branch, and the rig that follows it. */
class Story {
  readonly rig = new StatusRig();
  readonly #script = new ChainScript();
  readonly events: EventRecord[] = [];
  readonly tracked = new Set<string>();
  /** Transactions of each block above the anchor. */
  #branch: ScriptTransaction[][] = [];
  #finalized = 100;
  #branches = 0;

  constructor() {
    this.rig.chainRecord(this.#script.anchor(100));
  }

  apply(step: Move): void {
    switch (step.kind) {
      case 'mine':
        return this.#mine(step.picks);
      case 'reorg':
        return this.#reorg(step.depth, step.picks);
      case 'settle':
        return this.#settle(step.below);
      case 'receipts':
        this.rig.receipts(step.reverted ? 'reverted' : 'success');
        break;
      case 'seen':
        this.rig.seen(at(step.pick));
        break;
      case 'track':
        return this.#track(step);
      case 'wait':
        this.rig.wait(step.ms);
        break;
      case 'restart':
        this.rig.restart();
        break;
    }
  }

  /** The chain goes on, answers everything and becomes final. */
  finish(): void {
    for (let block = 0; block < 8; block += 1) this.#mine([]);
    this.rig.receipts();
    this.#settle(0);
    this.rig.wait(60_000);
  }

  canonicalHolder(name: string): number | null {
    const index = this.#branch.findIndex((block) => block.some((transaction) => transaction.name === name));
    return index === -1 ? null : 101 + index;
  }

  rivalOf(name: string): ScriptTransaction | null {
    const family = cast.find((one) => one.name === name)?.from;
    return this.#branch.flat().find((one) => one.from === family && one.name !== name) ?? null;
  }

  #track({ pick: index, known, confirmations }: Extract<Move, { kind: 'track' }>): void {
    const transaction = at(index);
    this.tracked.add(transaction.name);
    this.rig.track(transaction, {
      known,
      options: { confirmations, thresholds: [2, 3].filter((n) => n < confirmations) },
      given: [],
    });
  }

  #mine(indexes: readonly number[]): void {
    const block: ScriptTransaction[] = [];
    for (const transaction of indexes.map(at)) {
      if ([...this.#branch.flat(), ...block].every((other) => other.from !== transaction.from)) block.push(transaction);
    }
    this.#branch.push(block);
    this.rig.chainRecord(this.#script.block(block, `branch ${this.#branches}`));
  }

  #reorg(depth: number, indexes: readonly number[]): void {
    const possible = Math.min(depth, 100 + this.#branch.length - this.#finalized);
    if (possible <= 0) return;
    this.#branches += 1;
    this.#branch.splice(-possible);
    this.rig.chainRecord(this.#script.revert(possible));
    this.#mine(indexes);
  }

  #settle(below: number): void {
    const number = Math.max(this.#finalized, 100 + this.#branch.length - below);
    this.#finalized = number;
    this.rig.chainRecord(this.#script.settle(number));
  }
}

function at(index: number): ScriptTransaction {
  const transaction = cast[index];
  if (transaction === undefined) throw new Error(`no transaction ${index}`);
  return transaction;
}

/** Judges the events of one transaction in the order they were said. */
function checkEvents(events: readonly EventRecord[]): void {
  let inBlock: string | null = null;
  let ladder = 0;
  events.forEach((event, index) => {
    expect(event.revision, 'M1').toBe(index + 1);
    const { transaction, type } = event;
    if (type === 'transaction.included') {
      expect(inBlock, 'M2').toBeNull();
      inBlock = transaction.blockHash;
      ladder = 1;
    }
    if (type === 'transaction.reorged') inBlock = null;
    const rung = rungOf(event);
    if (rung !== null) {
      expect(rung, `M3 ${type}`).toBeGreaterThan(ladder);
      expect(transaction.blockHash, 'M3').toBe(inBlock);
      ladder = rung;
    }
    if (type === 'transaction.confirmed' || type === 'transaction.finalized') {
      expect(transaction.execution, 'M4').not.toBeNull();
    }
  });
}

/** A threshold's count, and above any count confirmed and finalized. */
function rungOf(event: EventRecord): number | null {
  if (event.type === 'transaction.confirmation') return event.confirmations;
  if (event.type === 'transaction.confirmed') return 1_000;
  return event.type === 'transaction.finalized' ? 2_000 : null;
}

function checkAgainstChain(story: Story): void {
  for (const name of story.tracked) {
    const facts = story.rig.facts(name);
    if (facts.blockHash !== null) expect(facts.blockNumber, `M5 ${name}`).toBe(story.canonicalHolder(name));
    if (facts.status === 'replaced') {
      expect(facts.replacedBy, `M6 ${name}`).toBe(hashOf(story.rivalOf(name)?.name ?? 'nobody'));
      expect(story.canonicalHolder(name), `M6 ${name}`).toBeNull();
    }
  }
}

function eventsByTransaction(events: readonly EventRecord[]): readonly (readonly EventRecord[])[] {
  return [...Map.groupBy(events, ({ transactionId }) => transactionId).values()];
}

describe('any story of blocks, reorgs, settling, receipts, sightings and restarts', () => {
  test('M1 to M7 hold after every step of any story', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 5, maxLength: 40 }), (moves) => {
        const story = new Story();
        const twin = new Story();
        for (const step of moves) {
          story.apply(step);
          checkAgainstChain(story);
          // The twin never restarts: what it says is what a state that was never written down says.
          if (step.kind !== 'restart') twin.apply(step);
        }
        for (const events of eventsByTransaction(story.rig.events)) checkEvents(events);
        const names = (rig: StatusRig): string[] => rig.events.map(({ id, type }) => `${id} ${type}`);
        expect(names(story.rig), 'M7').toEqual(names(twin.rig));
      }),
      { numRuns: 300 },
    );
  });

  test('M8: told everything, every status agrees with the chain', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 5, maxLength: 40 }), (moves) => {
        const story = new Story();
        for (const step of moves) story.apply(step);
        story.finish();
        for (const name of story.tracked) {
          const facts = story.rig.facts(name);
          const rival = story.rivalOf(name);
          const knowsSender = facts.from !== null;
          if (story.canonicalHolder(name) !== null) expect(facts.status).toBe('finalized');
          else if (rival !== null && knowsSender) expect([facts.status, facts.isTerminal]).toEqual(['replaced', true]);
          else expect(['unknown', 'pending']).toContain(facts.status);
        }
      }),
      { numRuns: 300 },
    );
  });
});
