import fc from 'fast-check';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import type { NewRecord } from '../../src/ports/record-log.ts';
import { ChainScript, detailsOf, hashOf, type ScriptTransaction } from './chain-script.ts';
import {
  ackInput,
  chainInput,
  factInput,
  keyOfTracked,
  receiptInputs,
  registrationInput,
  rigChain,
  tickInput,
  trackInput,
} from './stages-rig.ts';

/** Two senders, each with a nonce that three transactions claim. */
const cast: readonly ScriptTransaction[] = ['alice', 'bob'].flatMap((from) => [
  { name: `${from} first`, from, nonce: 1, call: `${from} pays` },
  { name: `${from} speed-up`, from, nonce: 1, call: `${from} pays` },
  { name: `${from} cancel`, from, nonce: 1, selfCancel: true },
]);

export const storySubscribers = ['default', 'second'] as const;

const pick = fc.nat({ max: cast.length - 1 });
const picks = fc.uniqueArray(pick, { maxLength: 2 });
const subscriber = fc.constantFrom(...storySubscribers);

const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('mine' as const), picks, receipts: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reorg' as const), depth: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), below: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('seen' as const), pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('track' as const),
      pick,
      subscriber,
      known: fc.boolean(),
      raw: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('untrack' as const), pick, subscriber }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      pick,
      subscriber,
      confirmations: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('verdict' as const), pick, isAccepted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ack' as const), subscriber, upTo: fc.nat({ max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('tick' as const), waitMs: fc.constantFrom(400, 1_000, 20_000) }),
  },
);

type Move = typeof move extends fc.Arbitrary<infer Value> ? Value : never;

/** An input of the stages with the time at which it is written. */
export interface TimedInput {
  readonly record: NewRecord;
  readonly timeMs: number;
}

/** Stories of registrations, blocks, reorgs, receipts, verdicts, acknowledgements and time, as the records of their inputs. */
export const inputStories = fc
  .array(move, { minLength: 5, maxLength: 40 })
  .map((moves): readonly TimedInput[] => new InputStory().tell(moves));

class InputStory {
  readonly #script = new ChainScript(rigChain.chain);
  readonly #inputs: TimedInput[] = [];
  /** The transactions of each block above the anchor. */
  readonly #branch: ScriptTransaction[][] = [];
  #finalized = 100;
  #reorgs = 0;
  #timeMs = 1_700_000_000_000;

  tell(moves: readonly Move[]): readonly TimedInput[] {
    this.#write(chainInput(this.#script.anchor(100)));
    for (const one of moves) this.#apply(one);
    return this.#inputs;
  }

  #apply(one: Move): void {
    switch (one.kind) {
      case 'mine':
        return this.#mine(one.picks, one.receipts);
      case 'reorg':
        return this.#reorg(one.depth);
      case 'settle':
        return this.#settle(one.below);
      case 'seen':
        return this.#see(at(one.pick));
      case 'track':
        return this.#write(
          trackInput(at(one.pick), {
            subscriber: one.subscriber,
            known: one.known || one.raw,
            raw: one.raw ? '0x02' : null,
            options: { expiresAtMs: one.pick === 0 ? this.#timeMs + 30_000 : null },
          }),
        );
      case 'untrack':
        return this.#write(registrationInput({ kind: 'untrack', ...this.#key(one) }));
      case 'change':
        return this.#write(
          registrationInput({ kind: 'change', ...this.#key(one), changes: { confirmations: one.confirmations } }),
        );
      case 'verdict':
        return this.#judge(at(one.pick), one.isAccepted);
      case 'ack':
        return this.#write(
          ackInput({ tenant: 'default', subscriber: one.subscriber, consumer: 'reader', upTo: one.upTo }),
        );
      case 'tick':
        this.#timeMs += one.waitMs;
        return;
    }
  }

  #key(one: { readonly pick: number; readonly subscriber: string }): ReturnType<typeof keyOfTracked> {
    return keyOfTracked(at(one.pick).name, { subscriber: one.subscriber });
  }

  #mine(indexes: readonly number[], receipts: boolean): void {
    const block: ScriptTransaction[] = [];
    for (const transaction of indexes.map(at)) {
      if ([...this.#branch.flat(), ...block].every(({ from }) => from !== transaction.from)) block.push(transaction);
    }
    this.#branch.push(block);
    const applied = this.#script.block(block, `branch ${this.#reorgs}`);
    this.#write(chainInput(applied), ...(receipts ? receiptInputs(applied) : []));
  }

  /** The old branch's transactions do not come back by themselves: a later `mine` may pick them again. */
  #reorg(depth: number): void {
    const possible = Math.min(depth, this.#script.head.number - this.#finalized);
    if (possible < 1) return;
    this.#reorgs += 1;
    const reverted: ChainRecord = this.#script.revert(possible);
    this.#branch.splice(-possible);
    this.#write(chainInput(reverted));
  }

  #settle(below: number): void {
    const number = this.#script.head.number - below;
    if (number <= this.#finalized) return;
    this.#finalized = number;
    this.#write(chainInput(this.#script.settle(number)));
  }

  #see(transaction: ScriptTransaction): void {
    const { chain } = rigChain;
    const hash = hashOf(transaction.name);
    const details = detailsOf(transaction);
    this.#write(factInput({ kind: 'sighting', chain, hash, provider: 'one', details, block: null }));
  }

  #judge(transaction: ScriptTransaction, isAccepted: boolean): void {
    const { chain } = rigChain;
    const hash = hashOf(transaction.name);
    const outcome = isAccepted ? 'accepted' : 'rejected';
    const failureClass = isAccepted ? null : 'underpriced';
    this.#write(
      factInput({ kind: 'broadcast', chain, hash, outcome, failureClass, message: 'verdict', providers: ['one'] }),
    );
  }

  /** Each input is followed by the word that time has passed: the claim of a process that starts there says no more. */
  #write(...records: readonly NewRecord[]): void {
    for (const record of records) {
      this.#timeMs += 100;
      this.#inputs.push({ record, timeMs: this.#timeMs }, { record: tickInput(), timeMs: this.#timeMs });
    }
  }
}

function at(index: number): ScriptTransaction {
  const transaction = cast[index];
  if (transaction === undefined) throw new Error(`no transaction ${index}`);
  return transaction;
}
