import type { Transaction } from '@txtrail/protocol';
import type { Happening } from './recording.ts';
import type { ToldTransaction } from '../context.ts';

/** The transaction that a story is about, and by which names the run speaks of it. */
export interface Subject {
  /** CAIP-2. */
  readonly chain: string;
  readonly hash: string;
  /** As its sender made it; null: no sender ever did. */
  readonly made: ToldTransaction | null;
  /** The raw transactions by which somebody registered it, `0x` hex. */
  readonly raws: ReadonlySet<string>;
  /** Of its registrations, one for each subscriber, in the order in which they were answered. */
  readonly ids: readonly string[];
  /** Ids of its events. */
  readonly events: ReadonlySet<string>;
  /** Other transactions of its sender and nonce, by hash. */
  readonly rivals: ReadonlyMap<string, ToldTransaction>;
  /** Blocks, of whatever branch, that hold it or a rival, by hash. */
  readonly blocks: ReadonlyMap<string, HoldingBlock>;
}

export interface HoldingBlock {
  readonly number: number;
  /** The one of the family that it holds. */
  readonly transaction: string;
  readonly execution: 'success' | 'reverted';
}

/**
 * What a story of this run is about: the transaction that is wished for, by its hash, an id of its
 * registration or the beginning of either; by default the one that the first problem names, or
 * else the one of which most was told. null: there is none like it.
 */
export function chooseSubject(happenings: readonly Happening[], wish: string | null): Subject | null {
  const names = namesOf(happenings);
  const hash = wish === null ? (namedByProblem(happenings, names) ?? mostEventful(happenings)) : hashOf(wish, names);
  return hash === null ? null : subjectOf(happenings, hash);
}

/** Hashes by everything that stands for them: themselves, ids of registrations and of events. */
function namesOf(happenings: readonly Happening[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const happening of happenings) {
    if (happening.kind === 'asked') names.set(happening.hash, happening.hash);
    if (happening.kind === 'chain' && 'transaction' in happening.fact) {
      names.set(happening.fact.transaction.hash, happening.fact.transaction.hash);
    }
    const shown = shownBy(happening);
    if (shown === null) continue;
    names.set(shown.hash, shown.hash);
    names.set(shown.id, shown.hash);
    if (happening.kind === 'received') names.set(happening.event.id, shown.hash);
  }
  return names;
}

function hashOf(wish: string, names: ReadonlyMap<string, string>): string | null {
  const known = names.get(wish.toLowerCase());
  if (known !== undefined) return known;
  const begun = [...names].filter(([name]) => name.startsWith(wish.toLowerCase())).map(([, hash]) => hash);
  return new Set(begun).size === 1 ? (begun[0] ?? null) : null;
}

function namedByProblem(happenings: readonly Happening[], names: ReadonlyMap<string, string>): string | null {
  for (const happening of happenings) {
    if (happening.kind !== 'problem') continue;
    for (const [word] of happening.text.matchAll(/\b(?:tx_[0-9a-f]{32}|evt_[0-9a-f]{32}|0x[0-9a-f]{64})\b/g)) {
      const hash = names.get(word);
      if (hash !== undefined) return hash;
    }
  }
  return null;
}

/** Reorgs and replacements make a story; the rest is counted. */
const weights: Readonly<Record<string, number>> = { 'transaction.reorged': 5, 'transaction.replaced': 4 };

/** The first one wins where several are equal. */
function mostEventful(happenings: readonly Happening[]): string | null {
  const told = new Map<string, { readonly hash: string; readonly weight: number }>();
  for (const happening of happenings) {
    if (happening.kind !== 'received') continue;
    const { id, type, data } = happening.event;
    told.set(id, { hash: data.transaction.hash, weight: weights[type] ?? 1 });
  }
  const totals = new Map<string, number>();
  for (const { hash, weight } of told.values()) totals.set(hash, (totals.get(hash) ?? 0) + weight);
  let best: string | null = null;
  for (const [hash, total] of totals) if (best === null || total > (totals.get(best) ?? 0)) best = hash;
  return best;
}

function subjectOf(happenings: readonly Happening[], hash: string): Subject | null {
  const found = { chain: '', raws: new Set<string>(), ids: new Set<string>(), events: new Set<string>() };
  let made: ToldTransaction | null = null;
  for (const happening of happenings) {
    if (happening.kind === 'asked' && happening.hash === hash && happening.request.raw !== undefined) {
      found.raws.add(happening.request.raw);
    }
    if (happening.kind === 'chain') {
      const own = transactionsOf(happening.fact).find((transaction) => transaction.hash === hash);
      if (own === undefined) continue;
      found.chain = happening.chain;
      made ??= own;
    }
    const shown = shownBy(happening);
    if (shown?.hash !== hash) continue;
    found.chain = shown.chain;
    found.ids.add(shown.id);
    if (happening.kind === 'received') found.events.add(happening.event.id);
  }
  return found.chain === ''
    ? null
    : { ...found, hash, made, ids: [...found.ids], ...familyOf(happenings, found.chain, { hash, made }) };
}

function shownBy(happening: Happening): Transaction | null {
  if (happening.kind === 'registered') return happening.transaction;
  return happening.kind === 'received' ? happening.event.data.transaction : null;
}

function transactionsOf(fact: Extract<Happening, { kind: 'chain' }>['fact']): readonly ToldTransaction[] {
  if (fact.kind === 'block') return fact.block.transactions;
  return 'transaction' in fact ? [fact.transaction] : [];
}

function familyOf(
  happenings: readonly Happening[],
  chain: string,
  { hash, made }: { readonly hash: string; readonly made: ToldTransaction | null },
): Pick<Subject, 'rivals' | 'blocks'> {
  const rivals = new Map<string, ToldTransaction>();
  const blocks = new Map<string, HoldingBlock>();
  for (const happening of happenings) {
    if (happening.kind !== 'chain' || happening.chain !== chain) continue;
    const { fact } = happening;
    for (const transaction of transactionsOf(fact)) {
      const isRival = transaction.from === made?.from && transaction.nonce === made.nonce && transaction.hash !== hash;
      if (isRival && !rivals.has(transaction.hash)) rivals.set(transaction.hash, transaction);
    }
    if (fact.kind !== 'block') continue;
    const held = fact.block.transactions.find((one) => one.hash === hash || rivals.has(one.hash));
    if (held === undefined) continue;
    blocks.set(fact.block.hash, { number: fact.block.number, transaction: held.hash, execution: held.execution });
  }
  return { rivals, blocks };
}
