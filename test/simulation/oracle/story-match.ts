import type { Told } from './tracked-story.ts';

/** What a story must hold in this order. */
export type Expected =
  | {
      readonly kind: 'fact';
      readonly type: string;
      readonly blockHash: string | null;
      /** The lowest and the highest count that it may give. */
      readonly counts: readonly [number, number];
      readonly optional: boolean;
      /** The least and the greatest depth of a reorg; null: not compared. */
      readonly depths: readonly [number, number] | null;
      /** null: not compared. */
      readonly final: boolean | null;
    }
  /** All of these, or none where it is optional. */
  | { readonly kind: 'group'; readonly optional: boolean; readonly facts: readonly Expected[] }
  /** `pending`, where a pool was seen. */
  | { readonly kind: 'seen' };

type Fact = Extract<Expected, { readonly kind: 'fact' }>;

interface Place {
  readonly fact: Fact;
  /** The places that may come next. */
  readonly next: Set<number>;
}

/**
 * Whether what was told is one of the stories that are expected: each told event moves every reading
 * that is still possible one place on.
 *
 * @returns the first difference in words; null: none
 */
export function matchStory(expected: readonly Expected[], told: readonly Told[]): string | null {
  const { places, starts, ends } = compile(expected);
  let possible: ReadonlySet<number> = starts;
  for (const [index, one] of told.entries()) {
    const taken = [...possible].filter((place) => place !== -1 && isIt((places[place] as Place).fact, one));
    if (taken.length === 0) {
      return `event ${index + 1} is ${describe(one)}, and ${expectation(possible, places)} was due`;
    }
    possible = new Set(taken.flatMap((place) => [...(places[place] as Place).next]));
    // The story may end here.
    if (taken.some((place) => ends.has(place))) possible = new Set([...possible, -1]);
  }
  const complete = told.length === 0 ? ends.has(-1) : possible.has(-1);
  return complete ? null : `ends after ${told.length} events, and ${expectation(possible, places)} was due`;
}

/** Lays the expectation out as places, each with those that may follow it. `ends` holds −1 where nothing need be told. */
function compile(expected: readonly Expected[]): { places: Place[]; starts: Set<number>; ends: Set<number> } {
  const places: Place[] = [];
  const starts = new Set<number>();
  let open = new Set<number>([-1]);
  const add = (one: Expected): void => {
    const before = new Set(open);
    if (one.kind === 'group') {
      for (const fact of one.facts) add(fact);
      if (one.optional) open = new Set([...open, ...before]);
      return;
    }
    const fact = one.kind === 'seen' ? pending : one;
    const index = places.push({ fact, next: new Set() }) - 1;
    for (const place of before) (place === -1 ? starts : (places[place] as Place).next).add(index);
    open = fact.optional ? new Set([...before, index]) : new Set([index]);
  };
  for (const one of expected) add(one);
  return { places, starts, ends: open };
}

const pending: Fact = {
  ...{ kind: 'fact', type: 'transaction.pending', blockHash: null, counts: [0, 0], optional: true },
  ...{ depths: null, final: null },
};

function isIt(fact: Fact, told: Told): boolean {
  const [least, most] = fact.counts;
  return (
    fact.type === told.type &&
    (fact.blockHash === told.blockHash || fact.type === 'transaction.pending') &&
    told.confirmations >= least &&
    told.confirmations <= most &&
    isWithin(fact.depths, told.depth) &&
    (fact.final === null || fact.final === told.final)
  );
}

function isWithin(range: readonly [number, number] | null, value: number | null): boolean {
  return range === null || (value !== null && value >= range[0] && value <= range[1]);
}

function expectation(possible: ReadonlySet<number>, places: readonly Place[]): string {
  const names = [...possible].map((place) => (place === -1 ? 'nothing' : describeFact((places[place] as Place).fact)));
  return names.length === 0 ? 'nothing' : [...new Set(names)].join(' or ');
}

function describe(told: Told): string {
  const depth = told.depth === null ? '' : ` depth ${told.depth}`;
  return `${told.type} ${told.confirmations} ${told.blockHash ?? ''}${depth}${told.final ? ' final' : ''}`.trimEnd();
}

function describeFact({ type, counts, blockHash, depths, final }: Fact): string {
  const depth = depths === null ? '' : ` depth ${rangeOf(depths)}`;
  return `${type} ${rangeOf(counts)} ${blockHash ?? ''}${depth}${final === true ? ' final' : ''}`.trimEnd();
}

function rangeOf([least, most]: readonly [number, number]): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
