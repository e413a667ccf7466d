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
  /** Of the registrations that are told of, one for each subscriber, in the order in which they were answered. */
  readonly ids: readonly string[];
  /** Whose registration is told of; null: everybody's. */
  readonly subscriber: string | null;
  /** Registrations of it that are not told of. */
  readonly others: number;
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

/** What a name of the run stands for: a transaction, or one registration of it. */
interface Named {
  readonly hash: string;
  /** null: all of its registrations. */
  readonly id: string | null;
}

/**
 * What a story of this run is about: what is wished for, a transaction by its hash or one
 * registration of it by its id, or by the beginning of either; by default the registration that the
 * first problem names, or else the one of which most was told. null: there is none like it.
 */
export function chooseSubject(happenings: readonly Happening[], wish: string | null): Subject | null {
  const names = namesOf(happenings);
  const named = wish === null ? (namedByProblem(happenings, names) ?? mostEventful(happenings)) : called(wish, names);
  return named === null ? null : subjectOf(happenings, named);
}

/** By everything that the run calls them: hashes, ids of registrations and of events. */
function namesOf(happenings: readonly Happening[]): ReadonlyMap<string, Named> {
  const names = new Map<string, Named>();
  const add = (hash: string): void => void names.set(hash, { hash, id: null });
  for (const happening of happenings) {
    if (happening.kind === 'asked') add(happening.hash);
    if (happening.kind === 'chain' && 'transaction' in happening.fact) add(happening.fact.transaction.hash);
    const shown = shownBy(happening);
    if (shown === null) continue;
    const { hash, id } = shown;
    add(hash);
    names.set(id, { hash, id });
    if (happening.kind === 'received') names.set(happening.event.id, { hash, id });
  }
  return names;
}

function called(wish: string, names: ReadonlyMap<string, Named>): Named | null {
  const known = names.get(wish.toLowerCase());
  if (known !== undefined) return known;
  const begun = [...names].filter(([name]) => name.startsWith(wish.toLowerCase())).map(([, named]) => named);
  return begun.length === 1 ? (begun[0] ?? null) : null;
}

function namedByProblem(happenings: readonly Happening[], names: ReadonlyMap<string, Named>): Named | null {
  for (const happening of happenings) {
    if (happening.kind !== 'problem') continue;
    for (const [word] of happening.text.matchAll(/\b(?:tx_[0-9a-f]{32}|evt_[0-9a-f]{32}|0x[0-9a-f]{64})\b/g)) {
      const named = names.get(word);
      if (named !== undefined) return named;
    }
  }
  return null;
}

/** Reorgs and replacements make a story; the rest is counted. */
const weights: Readonly<Record<string, number>> = { 'transaction.reorged': 5, 'transaction.replaced': 4 };

/** The first one wins where several are equal. */
function mostEventful(happenings: readonly Happening[]): Named | null {
  const told = new Set<string>();
  const totals = new Map<string, { readonly named: Named; weight: number }>();
  for (const happening of happenings) {
    if (happening.kind !== 'received' || told.has(happening.event.id)) continue;
    const { id: event, type, data } = happening.event;
    const { id, hash } = data.transaction;
    told.add(event);
    const total = totals.get(id) ?? { named: { hash, id }, weight: 0 };
    total.weight += weights[type] ?? 1;
    totals.set(id, total);
  }
  const most = Math.max(...[...totals.values()].map(({ weight }) => weight));
  return [...totals.values()].find(({ weight }) => weight === most)?.named ?? null;
}

function subjectOf(happenings: readonly Happening[], { hash, id }: Named): Subject | null {
  const found = { chain: '', raws: new Set<string>(), ids: new Set<string>(), events: new Set<string>() };
  let made: ToldTransaction | null = null;
  let subscriber: string | null = null;
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
    if (shown.id === id) subscriber = shown.subscriber;
    if (happening.kind === 'received' && (id === null || shown.id === id)) found.events.add(happening.event.id);
  }
  if (found.chain === '') return null;
  const ids = id === null ? [...found.ids] : [id];
  const others = found.ids.size - ids.length;
  return { ...found, hash, made, ids, subscriber, others, ...familyOf(happenings, found.chain, { hash, made }) };
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
