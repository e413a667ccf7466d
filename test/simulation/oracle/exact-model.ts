import type { TreeBlock } from './block-tree.ts';
import { FollowedChain, type Standing, type Stay } from './followed-chain.ts';
import { matchStory, type Expected } from './story-match.ts';
import type { TrackedRegistration } from './tracked-registration.ts';
import type { TrackedStory } from './tracked-story.ts';
import type { ExactTimes, TrueChain } from './true-chain.ts';

/**
 * On a chain without faults, every story must be exactly what a naive reading of the chain's moves
 * gives: type, block and count, one by one. Left open is only what the contract leaves open:
 *
 * - whether a pool was seen (`pending` at the beginning), and with it whether the sender of one that
 *   is known by hash alone was known, so that its replacement could be seen;
 * - whether the receipt came before `included` (else `executed` follows);
 * - what stood for less than the time in which the tracker follows (`followMs`), a block or a count
 *   that a head gave and took back, and everything that concerns reorgs so shortly one after the other;
 * - how far the head had come when a tag was seen (`settleMs`).
 */
export function compareExactly(chain: TrueChain, stories: readonly TrackedStory[]): readonly string[] {
  const times = chain.rules.exact;
  if (times === undefined) return [];
  const model = new ExactModel(chain, times);
  return stories.flatMap((story) => {
    if (story.status === 'expired') return model.expiredInBlock(story);
    // Which nodes refused what they were sent, the chain does not tell.
    if (!isPlain(story) || story.told.some(({ type }) => type === 'transaction.failed')) return [];
    const expected = model.storyOf(story);
    const mismatch = expected === null ? null : matchStory(expected, story.told);
    return mismatch === null ? [] : [`I03 exact ${story.registration.id} ${story.registration.hash}: ${mismatch}`];
  });
}

/** Registered once, with the default events and for good: what its caller did leaves nothing open. */
function isPlain({ registration, isWhole }: TrackedStory): boolean {
  const { acknowledgedAtMs, askedAtMove, acknowledgedAtMove, changed, untracking, again, options } = registration;
  if (acknowledgedAtMs === null || changed || untracking || again || !isWhole) return false;
  // Which came first, the chain's move or the registration, nobody can tell.
  if (askedAtMove !== acknowledgedAtMove) return false;
  return options.every(({ expiresAtMs, types }) => expiresAtMs === null && !types.includes('transaction.safe'));
}

/** A stay, and from when on it mattered to the one who registered. */
interface Span extends Stay {
  /** The first standing in which something can have been due to it. */
  readonly dueFrom: number;
  readonly sinceMs: number;
}

/** The standings in which a block came to its count, and was settled as required and for good. */
interface Due {
  readonly countedAt: number | null;
  readonly settledAt: number | null;
  readonly finalAt: number | null;
}

/** Nothing is confirmed while its outcome is not known. */
const nothingDue: Due = { countedAt: null, settledAt: null, finalAt: null };

class ExactModel {
  readonly #chain: TrueChain;
  readonly #times: ExactTimes;
  readonly #followed: FollowedChain;

  constructor(chain: TrueChain, times: ExactTimes) {
    this.#chain = chain;
    this.#times = times;
    this.#followed = new FollowedChain(chain);
  }

  /** null: so much came at once that nobody can say what was followed. */
  storyOf(story: TrackedStory): readonly Expected[] | null {
    const { hash, acknowledgedAtMs } = story.registration;
    const registeredAt = this.#followed.afterMoves(story.registration.acknowledgedAtMove);
    const own = this.#followed.staysOf(this.#chain.tree.placementsOf(hash)).map((stay) => ({ stay, isOwn: true }));
    const rivals = this.#rivalStays(story).map((stay) => ({ stay, isOwn: false }));
    const stays = [...own, ...rivals].sort((left, right) => left.stay.from - right.stay.from);
    const expected: Expected[] = [];
    for (const { stay, isOwn } of stays) {
      const { followMs } = this.#times;
      // What left shortly before may still have been followed when the registration came.
      const leftMs = stay.to === null ? null : this.#at(stay.to).atMs;
      if (leftMs !== null && leftMs + followMs < (acknowledgedAtMs ?? 0)) continue;
      if ([stay.from, stay.to ?? -1].some((index) => this.#followed.isBlurred(index, 2 * followMs))) return null;
      // What was due before the registration came due with it.
      const sinceMs = Math.max(this.#at(stay.from).atMs, acknowledgedAtMs ?? 0);
      const span: Span = {
        ...stay,
        dueFrom: Math.max(stay.from, Math.min(registeredAt, (stay.to ?? Number.POSITIVE_INFINITY) - 1)),
        sinceMs,
      };
      const isOpen = this.#lastedFromMs(span, 1) === null;
      const facts = isOwn ? this.#inclusion(span, story) : this.#replacement(span);
      expected.push({ kind: 'seen' }, { kind: 'group', optional: isOpen || (!isOwn && !knowsSender(story)), facts });
    }
    return [...expected, { kind: 'seen' }];
  }

  /** A term ends nothing that is in a block (1g), and on such a chain the tracker knows what is. */
  expiredInBlock({ registration }: TrackedStory): readonly string[] {
    const { hash, id, options } = registration;
    const terms = options.map(({ expiresAtMs }) => expiresAtMs).filter((term) => term !== null);
    const { followMs } = this.#times;
    const stays = this.#followed.staysOf(this.#chain.tree.placementsOf(hash));
    const held = stays.some(({ from, to }) =>
      terms.every((term) => {
        const cameMs = Math.max(this.#at(from).atMs, registration.acknowledgedAtMs ?? 0);
        return cameMs + followMs < term && (to === null || this.#at(to).atMs > term + followMs);
      }),
    );
    return held ? [`1g exact ${id} ${hash}: expired while a canonical block held it`] : [];
  }

  #rivalStays({ registration }: TrackedStory): readonly Stay[] {
    const { hash, claimed } = registration;
    const own = this.#chain.details(hash);
    const from = own?.from ?? claimed.from;
    const nonce = own?.nonce ?? claimed.nonce;
    if (from === null || nonce === null) return [];
    const uses = this.#chain.tree.usesOf(from, nonce);
    // A nonce that an authorization used up shows no rival transaction.
    const rivals = uses.filter(
      ({ transaction }) => transaction.hash !== hash && transaction.from === from && transaction.nonce === nonce,
    );
    return this.#followed.staysOf(rivals);
  }

  #inclusion(stay: Span, { registration }: TrackedStory): readonly Expected[] {
    const { placement, to } = stay;
    const { hash, number } = placement.block;
    const required = registration.current?.requiredConfirmations ?? 1;
    const finalAt = this.#first(stay, ({ finalized }) => finalized >= number);
    const due: Due = {
      countedAt: typeof required === 'number' ? this.#countedAt(stay, required) : null,
      settledAt: required === 'safe' ? this.#first(stay, ({ safe }) => safe >= number) : finalAt,
      finalAt,
    };
    const depths = this.#followed.depths(stay, this.#times.followMs);
    const reorged = { ...fact('transaction.reorged', hash, [0, 0]), depths };
    return [
      fact('transaction.included', hash, [1, 1]),
      ...this.#rungs(stay, registration, placement.transaction.execution === null ? nothingDue : due),
      ...(to === null ? [] : [reorged]),
    ];
  }

  #rungs(stay: Span, { current }: TrackedRegistration, due: Due): readonly Expected[] {
    const { hash } = stay.placement.block;
    const { settleMs } = this.#times;
    const outcome = fact('transaction.executed', hash, [1, Number.POSITIVE_INFINITY], true);
    const facts: Expected[] = [outcome];
    for (const threshold of current?.thresholds ?? []) {
      const reachedAt = threshold > 1 ? this.#countedAt(stay, threshold) : null;
      if (reachedAt === null) continue;
      const standing = this.#beforeConfirmed(this.#countedSinceMs(reachedAt, stay, threshold), due, stay);
      if (standing === 'never') continue;
      const lastedMs = this.#lastedFromMs(stay, threshold);
      const open = lastedMs === null || this.#beforeConfirmed(lastedMs, due, stay) !== 'surely';
      facts.push(fact('transaction.confirmation', hash, both(threshold), open), outcome);
    }
    const confirmedAt = earlier(due.countedAt, due.settledAt);
    if (confirmedAt !== null) {
      const required = current?.requiredConfirmations;
      const counts = typeof required === 'number' ? both(required) : this.#countsAround(confirmedAt, stay);
      const byCount = typeof required === 'number' && confirmedAt === due.countedAt;
      const open = byCount ? this.#lastedFromMs(stay, required) === null : this.#isHasty(confirmedAt, stay, settleMs);
      facts.push(fact('transaction.confirmed', hash, counts, open));
    }
    if (due.finalAt !== null) {
      const open = this.#isHasty(due.finalAt, stay, settleMs);
      facts.push(fact('transaction.finalized', hash, this.#countsAround(due.finalAt, stay), open));
    }
    return facts;
  }

  #countedAt(stay: Span, count: number): number | null {
    return this.#first(stay, ({ head }) => countIn(stay, head) >= count);
  }

  /** From when on its block had that count for so long that it was seen; null: never. */
  #lastedFromMs(stay: Span, count: number): number | null {
    const since = { sinceMs: stay.sinceMs, withinMs: this.#times.followMs };
    return this.#followed.lasting(stay, since, (head) => countIn(stay, head) >= count);
  }

  /** Since when the count has stood that came due in a standing: before the registration perhaps. */
  #countedSinceMs(reachedAt: number, stay: Span, count: number): number {
    let since = reachedAt;
    while (since > stay.from && countIn(stay, this.#at(since - 1).head) >= count) since -= 1;
    return this.#at(since).atMs;
  }

  #replacement(stay: Span): readonly Expected[] {
    const { placement, to } = stay;
    const { hash, number } = placement.block;
    const facts: Expected[] = [{ ...fact('transaction.replaced', hash, [0, 0]), final: false }];
    const finalAt = this.#first(stay, ({ finalized }) => finalized >= number);
    if (finalAt !== null) {
      const hasty = this.#isHasty(finalAt, stay, this.#times.settleMs);
      facts.push({ ...fact('transaction.replaced', hash, [0, 0], hasty), final: true });
    }
    if (to !== null) facts.push(fact('transaction.pending', null, [0, 0]));
    return facts;
  }

  /**
   * Whether a threshold comes before `confirmed`, which ends them: a tag may be seen before the head
   * that came shortly before it, and long after it moved.
   */
  #beforeConfirmed(reachedMs: number, { settledAt }: Due, { sinceMs }: Span): 'surely' | 'perhaps' | 'never' {
    if (settledAt === null) return 'surely';
    const { followMs, settleMs } = this.#times;
    const settledMs = Math.max(this.#at(settledAt).atMs, sinceMs);
    if (reachedMs + followMs <= settledMs) return 'surely';
    return reachedMs <= settledMs + settleMs ? 'perhaps' : 'never';
  }

  /** What came due, or was registered, so shortly before its block left that it may never have been said. */
  #isHasty(at: number, { to, sinceMs }: Span, withinMs: number): boolean {
    return to !== null && this.#at(to).atMs - Math.max(this.#at(at).atMs, sinceMs) <= withinMs;
  }

  /** The counts from the head that was followed when a tag moved to the one when it was seen at the latest. */
  #countsAround(at: number, stay: Span): [number, number] {
    const { from, to, sinceMs } = stay;
    const dueMs = Math.max(this.#at(at).atMs, sinceMs);
    const { followMs, settleMs } = this.#times;
    const last = to ?? this.#followed.standings.length;
    // A head that went back shows less than the standing, and the blocks above it may have been missed.
    const counts = this.#followed.shownIn(stay, dueMs - followMs, dueMs + settleMs).map((head) => countIn(stay, head));
    for (let index = from; index < last; index += 1) {
      const next = this.#followed.standings[index + 1];
      // A standing counts while it lasts, and as long as it may still be the one that is followed.
      if (next !== undefined && next.atMs + followMs < dueMs) continue;
      if (counts.length > 0 && this.#at(index).atMs > dueMs + settleMs) break;
      counts.push(countIn(stay, this.#at(index).head));
    }
    return [Math.min(...counts), Math.max(...counts)];
  }

  #first({ dueFrom, to }: Span, holds: (standing: Standing) => boolean): number | null {
    return this.#followed.first(dueFrom, to, holds);
  }

  #at(index: number): Standing {
    return this.#followed.standings[index] as Standing;
  }
}

function countIn({ placement }: Stay, head: TreeBlock): number {
  return head.number - placement.block.number + 1;
}

/** From the beginning, by the caller's word or the transaction itself. */
function knowsSender({ registration }: TrackedStory): boolean {
  const { rawAtFirst, claimed } = registration;
  return rawAtFirst || (claimed.from !== null && claimed.nonce !== null);
}

function fact(
  type: string,
  blockHash: string | null,
  counts: readonly [number, number],
  optional = false,
): Extract<Expected, { readonly kind: 'fact' }> {
  return { kind: 'fact', type, blockHash, counts, optional, depths: null, final: null };
}

function both(count: number): readonly [number, number] {
  return [count, count];
}

function earlier(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.min(left, right);
}
