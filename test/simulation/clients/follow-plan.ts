import { eventTypes, type ChangeRequest, type RequiredConfirmations, type TrackRequest } from '@txtrail/protocol';
import type { Chance } from '../chance.ts';
import { beginMs, type ChainPlan, runMs } from '../seed-plan.ts';

/** How a registration is made. */
export type Manner = 'single' | 'keyed' | 'batch' | 'socket' | 'twice at once';

/** What a client may do with a transaction that it follows. */
export type Deed =
  | 'repeat'
  | 'repeat key'
  | 'conflict'
  | 'change'
  | 'refresh'
  | 'read'
  | 'untrack'
  | 'untrack for good';

export interface FollowPlan {
  readonly manner: Manner;
  /** After the transaction was sent, milliseconds. */
  readonly delayMs: number;
  /** What is done later, and how long after the thing before, milliseconds. */
  readonly deeds: readonly { readonly deed: Deed; readonly delayMs: number }[];
}

/** Nothing new is asked for after this: what comes of it must be through at the end, milliseconds. */
const lastAskMs = runMs - 60_000;

/** How and when one transaction is registered that is sent now, and what is done with it then. */
export function followPlan(chance: Chance, chain: ChainPlan, nowMs: number): FollowPlan {
  const finalMs = (chain.finalizedDepth + 2) * chain.blockTimeMs;
  const delays = {
    soon: chance.between(50, 2_000),
    mined: chain.blockTimeMs * chance.between(0.6, 1.8),
    late: chance.between(15_000, 60_000),
    final: finalMs + chance.between(1_000, 30_000),
  };
  const wanted = delays[chance.weighted({ soon: 9, mined: 4, late: 4, final: 2 })];
  const delayMs = nowMs + wanted < lastAskMs ? wanted : delays.soon;
  const manner = chance.weighted({ single: 8, keyed: 4, batch: 4, socket: 3, 'twice at once': 1 });
  const count = Number(chance.weighted({ 0: 5, 1: 3, 2: 1 }));
  let atMs = nowMs + delayMs;
  const deeds = Array.from({ length: count }, () => ({
    deed: deedOf(chance, manner),
    delayMs: chance.between(500, 60_000),
  }));
  return {
    manner,
    delayMs,
    deeds: deeds.filter((deed) => {
      atMs += deed.delayMs;
      return atMs < lastAskMs;
    }),
  };
}

function deedOf(chance: Chance, manner: Manner): Deed {
  const weights = { repeat: 2, conflict: 2, change: 3, refresh: 1, read: 2, untrack: 2, 'untrack for good': 1 };
  return manner === 'keyed' && chance.happens(0.6) ? 'repeat key' : chance.weighted(weights);
}

/** What may be asked for beside the transaction: mostly nothing. */
export function trackOptions(
  chance: Chance,
  nowMs: number,
): Omit<TrackRequest, 'chain' | 'hash' | 'raw' | 'subscriber'> {
  if (chance.happens(0.5)) return {};
  const confirmations = chance.happens(0.6) ? confirmationsOf(chance) : undefined;
  return {
    ...(confirmations === undefined ? {} : { confirmations, ...thresholdsOf(chance, confirmations) }),
    ...(chance.happens(0.2) ? { types: typesOf(chance) } : {}),
    ...(chance.happens(0.1)
      ? { expiresAt: isoTime(Math.min(lastAskMs, nowMs + chance.between(30_000, 240_000))) }
      : {}),
    ...(chance.happens(0.4) ? { metadata: metadataOf(chance) } : {}),
  };
}

/** A change of what stands. */
export function changeOf(chance: Chance, standing: RequiredConfirmations): ChangeRequest {
  const kind = chance.weighted({ confirmations: 3, metadata: 2, types: 1, expiresAt: 1 });
  if (kind === 'metadata') return { metadata: metadataOf(chance) };
  if (kind === 'types') return { types: typesOf(chance) };
  if (kind === 'expiresAt') return { expiresAt: null };
  const confirmations = otherThan(standing, chance);
  return { confirmations, ...thresholdsOf(chance, confirmations) };
}

/** Another count than what is asked for now. */
export function otherThan(standing: RequiredConfirmations, chance: Chance): RequiredConfirmations {
  const found = confirmationsOf(chance);
  if (found !== standing) return found;
  return typeof standing === 'number' ? standing + 1 : 2;
}

function confirmationsOf(chance: Chance): RequiredConfirmations {
  const kind = chance.weighted({ count: 4, safe: 1, finalized: 1 });
  return kind === 'count' ? chance.whole(1, 14) : kind;
}

function thresholdsOf(
  chance: Chance,
  confirmations: RequiredConfirmations,
): { readonly thresholds?: readonly number[] } {
  if (chance.happens(0.4)) return {};
  const most = typeof confirmations === 'number' ? confirmations - 1 : 6;
  const all = [2, 3, 5, 7].filter((threshold) => threshold <= most);
  return { thresholds: all.filter(() => chance.happens(0.6)) };
}

function typesOf(chance: Chance): readonly string[] {
  const ours = eventTypes.filter((type) => type.startsWith('transaction.') && type !== 'transaction.preconfirmed');
  if (chance.happens(0.5)) return ours;
  return ours.filter(() => chance.happens(0.6));
}

function metadataOf(chance: Chance): unknown {
  const order = chance.whole(1, 10_000);
  const kind = chance.weighted({ flat: 3, deep: 2, large: 1 });
  if (kind === 'flat') return { order };
  if (kind === 'deep') return { order, buyer: { name: 'Zoë ☃ "quoted"', tags: ['a', null, 1.5] } };
  return { order, note: 'x'.repeat(1_800) };
}

function isoTime(runTimeMs: number): string {
  return new Date(Math.floor(beginMs + runTimeMs)).toISOString();
}
