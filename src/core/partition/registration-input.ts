import type { ChainView } from '../chain/chain-view.ts';
import { sameJson } from '../../lib/same-json.ts';
import type { RegistrationRecord, TrackOptions } from '../records/registration-record.ts';
import { senderOf, type Tracked } from '../transaction/tracked.ts';
import { isWaiting, lookUp, submit } from './deadlines.ts';
import type { InputStep } from './input-step.ts';
import { feedRival, minedInputOf } from './match.ts';

/** What became of a registration: the answer to its caller. */
export type RegistrationOutcome =
  | { readonly kind: 'created' | 'existing'; readonly id: string }
  | { readonly kind: 'conflict'; readonly id: string; readonly fields: readonly string[] }
  | { readonly kind: 'changed' | 'untracked'; readonly id: string }
  | { readonly kind: 'not_tracked'; readonly id: string };

type TrackRecord = Extract<RegistrationRecord, { readonly kind: 'track' }>;

export function applyRegistration(step: InputStep, record: RegistrationRecord): RegistrationOutcome {
  const tracked = step.node.partitionOf(record.hash).transactions.get(record.id);
  if (record.kind === 'track') {
    return tracked === undefined ? create(step, record) : meet(step, tracked, record);
  }
  if (tracked === undefined) return { kind: 'not_tracked', id: record.id };
  if (record.kind === 'untrack') {
    const sender = senderOf(tracked);
    if (sender !== null) step.tellSenderLane(tracked, 'untracked', sender);
    step.node.delete(tracked);
    return { kind: 'untracked', id: record.id };
  }
  tracked.options = merge(tracked.options, record.changes);
  tracked.updatedAtMs = step.mark.timeMs;
  step.feed(tracked, { kind: 'advance' });
  return { kind: 'changed', id: record.id };
}

function create(step: InputStep, record: TrackRecord): RegistrationOutcome {
  const tracked = newTracked(step, record);
  step.node.insert(tracked);
  const sender = senderOf(tracked);
  if (sender !== null) step.tellSenderLane(tracked, 'tracked', sender);
  lookBack(step, tracked);
  return { kind: 'created', id: tracked.id };
}

/** What the chain already holds decides first; only then is anybody asked or anything sent. */
function lookBack(step: InputStep, tracked: Tracked): void {
  const { view } = step.node.chain(tracked.chain);
  const placed = view.find(tracked.hash);
  if (placed !== null) return step.feed(tracked, { kind: 'mined', ...minedInputOf(placed, true) });
  const sender = senderOf(tracked);
  const rival = sender === null ? null : view.findByNonce(sender.from, sender.nonce);
  if (rival !== null) return feedRival(step, tracked, rival, true);
  if (tracked.broadcast !== null) submit(step, tracked);
  else lookUp(step, tracked);
}

/** Registered before: the same again, or in conflict; a raw transaction given now has the same use. */
function meet(step: InputStep, tracked: Tracked, record: TrackRecord): RegistrationOutcome {
  const fields = conflictsOf(tracked, record);
  if (fields.length > 0) return { kind: 'conflict', id: tracked.id, fields };
  const before = senderOf(tracked);
  if (record.details !== null) tracked.details ??= record.details;
  if (record.raw !== null && tracked.broadcast === null) {
    // Kept where a block is in the way, too: it may leave the chain.
    tracked.broadcast = { raw: record.raw, tries: 0, dueMs: null };
    if (isWaiting(tracked)) submit(step, tracked);
  }
  step.senderLearnt(tracked, before);
  step.node.touched(tracked);
  return { kind: 'existing', id: tracked.id };
}

/** Compared by effective value; what the caller left out never conflicts. */
function conflictsOf(tracked: Tracked, record: TrackRecord): readonly string[] {
  const fields: string[] = record.given.filter((field) => !sameJson(record.options[field], tracked.options[field]));
  const from = tracked.details?.from ?? tracked.claimed.from;
  const nonce = tracked.details?.nonce ?? tracked.claimed.nonce;
  const { claimed } = record;
  if (claimed.from !== null && from !== null && claimed.from !== from) fields.push('from');
  if (claimed.nonce !== null && nonce !== null && claimed.nonce !== nonce) fields.push('nonce');
  return fields;
}

function newTracked(step: InputStep, record: TrackRecord): Tracked {
  const { view } = step.node.chain(record.chain);
  const { position, timeMs } = step.mark;
  return {
    id: record.id,
    tenant: record.tenant,
    subscriber: record.subscriber,
    chain: record.chain,
    hash: record.hash,
    registered: {
      position,
      applied: view.head?.number ?? -1,
      head: view.target,
      safe: view.safe?.number ?? belowWindow(view),
      finalized: view.finalized?.number ?? belowWindow(view),
    },
    createdAtMs: timeMs,
    options: merge(record.options, {}),
    details: record.details,
    claimed: record.claimed,
    // Sent once it is known that the chain does not hold it already.
    broadcast: record.raw === null ? null : { raw: record.raw, tries: 0, dueMs: null },
    siblings: [],
    lookup: null,
    status: 'unknown',
    revision: step.node.partitionOf(record.hash).removed.get(record.id) ?? 0,
    inclusion: null,
    rival: null,
    failure: null,
    firstSeenAtMs: null,
    includedAtMs: null,
    confirmedAtMs: null,
    finalizedAtMs: null,
    updatedAtMs: timeMs,
  };
}

/** Until the chain tells how far it settled, what lies below the block it is followed from is what had. */
function belowWindow(view: ChainView): number {
  return Number.isFinite(view.base) ? view.base - 1 : -1;
}

/** A threshold at or above the required count would never be sent: it is left out. */
function merge(options: TrackOptions, changes: Partial<TrackOptions>): TrackOptions {
  const merged = { ...options, ...changes };
  const { confirmations } = merged;
  const thresholds = merged.thresholds.filter(
    (threshold) => typeof confirmations !== 'number' || threshold < confirmations,
  );
  return { ...merged, thresholds };
}
