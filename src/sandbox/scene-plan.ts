import type { Address } from '../core/chain/block.ts';

/** What a scene shows. */
export type SceneKind =
  | 'transfer'
  | 'late'
  | 'reverted'
  | 'repriced'
  | 'cancelled'
  | 'replaced'
  | 'dropped'
  | 'nonce_gap'
  | 'batch'
  | 'low_fee';

/** One payment: to whom, how much, and what it is for. */
export interface Payment {
  readonly label: string;
  readonly to: Address;
  /** Wei. */
  readonly value: bigint;
}

/** All choices of a scene, made before it begins: they follow from the seed, whatever happens meanwhile. */
export interface ScenePlan {
  readonly kind: SceneKind;
  /** The first is the scene's own; a batch or a gap takes more. */
  readonly payments: readonly [Payment, ...Payment[]];
  /** How many blocks pass between the two parts of a scene that has two. */
  readonly pauseBlocks: number;
}

/** One round of scenes: mostly plain transfers, and each other kind once or twice. */
const round: readonly SceneKind[] = [
  'transfer',
  'transfer',
  'transfer',
  'transfer',
  'transfer',
  'transfer',
  'transfer',
  'late',
  'reverted',
  'repriced',
  'repriced',
  'cancelled',
  'replaced',
  'dropped',
  'nonce_gap',
  'batch',
];

/** Where demo money goes: a fixed set, so that the chain's accounts do not grow without end. */
const recipients: readonly Address[] = Array.from(
  { length: 24 },
  (_, index) => `0x${(0xc0ffee00 + index).toString(16).padStart(40, '5e')}`,
);

const people = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Niklaus', 'Margaret'];
const milliether = 10n ** 15n;
const mostPauseBlocks = 3;

/** Draws scenes round by round, each round in an order of its own; the same seed draws the same scenes. */
export class SceneDeck {
  readonly #fraction: () => number;
  #cards: SceneKind[] = [];
  #numbers = { invoice: 1040, order: 7700 };

  /** @param fraction in [0, 1) */
  constructor(fraction: () => number) {
    this.#fraction = fraction;
  }

  /** The next scene; the first of all is a plain transfer. */
  next(): ScenePlan {
    const isFirst = this.#numbers.invoice === 1040;
    if (this.#cards.length === 0) this.#cards = this.#shuffled();
    return this.plan(isFirst ? 'transfer' : (this.#cards.pop() ?? 'transfer'));
  }

  plan(kind: SceneKind): ScenePlan {
    const more = kind === 'batch' ? 2 + this.#below(3) : kind === 'nonce_gap' ? 1 : 0;
    const payments = Array.from({ length: more }, () => this.#payment(kind));
    return { kind, payments: [this.#payment(kind), ...payments], pauseBlocks: 2 + this.#below(mostPauseBlocks) };
  }

  #payment(kind: SceneKind): Payment {
    const to = recipients[this.#below(recipients.length)] ?? '';
    return { label: this.#label(kind), to, value: BigInt(1 + this.#below(1500)) * milliether };
  }

  #label(kind: SceneKind): string {
    this.#numbers.invoice += 1;
    this.#numbers.order += 7;
    const { invoice, order } = this.#numbers;
    const person = people[this.#below(people.length)] ?? '';
    if (kind === 'batch') return `Payroll · ${person}`;
    if (kind === 'low_fee') return `Savings sweep ${invoice}`;
    if (kind === 'reverted') return `Swap ${order}`;
    const usual = [`Invoice ${invoice}`, `Order ${order}`, `Refund of order ${order}`, `Payout to ${person}`];
    return usual[this.#below(usual.length)] ?? '';
  }

  #below(count: number): number {
    return Math.floor(this.#fraction() * count);
  }

  #shuffled(): SceneKind[] {
    const cards = [...round];
    for (let last = cards.length - 1; last > 0; last -= 1) {
      const other = this.#below(last + 1);
      [cards[last], cards[other]] = [cards[other] as SceneKind, cards[last] as SceneKind];
    }
    return cards;
  }
}
