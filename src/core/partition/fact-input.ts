import { unreachable } from '../../lib/assert.ts';
import type { BroadcastFact, FactRecord, ReceiptFact, SiblingsFact, SightingFact } from '../records/fact-record.ts';
import { isNewer } from '../records/origin.ts';
import { senderOf, type Tracked } from '../transaction/tracked.ts';
import { feedRival, minedInputOf, wasThere } from './match.ts';
import type { InputStep } from './input-step.ts';

export function applyFact(step: InputStep, fact: FactRecord): void {
  const tracked = step.node.chain(fact.chain).index.byHash.get(fact.hash);
  switch (fact.kind) {
    case 'sighting':
      for (const one of tracked) applySighting(step, one, fact);
      return;
    case 'receipt':
      for (const one of tracked) applyReceipt(step, one, fact);
      return;
    case 'broadcast':
      for (const one of tracked) applyBroadcast(step, one, fact);
      return;
    case 'siblings':
      return applySiblings(step, tracked, fact);
    case 'absent':
      // Nobody's null is evidence of anything; the next question is planned by height already.
      return;
    default:
      return unreachable(fact);
  }
}

function applySighting(step: InputStep, tracked: Tracked, fact: SightingFact): void {
  const { block, details, provider } = fact;
  if (block === null) return step.feed(tracked, { kind: 'seen', details, provider });
  const { view } = step.node.chain(tracked.chain);
  const before = senderOf(tracked);
  tracked.details ??= details;
  step.senderLearnt(tracked, before);
  step.node.touched(tracked);
  const placed = view.find(tracked.hash);
  if (placed !== null) {
    return step.feed(tracked, { kind: 'mined', ...minedInputOf(placed, wasThere(tracked, view, placed.block)) });
  }
  // Above the base the blocks themselves tell: one we do not have is on its way, or is another branch.
  // The base's own body was never read, and what lies below must be settled to count.
  const isBase = block.number === view.base && view.isCanonical(block);
  if (!isBase && (!block.settled || block.number >= view.base)) return;
  step.feed(tracked, {
    kind: 'mined',
    block: { number: block.number, hash: block.hash },
    index: block.index,
    timestampMs: block.timestampMs,
    details,
    provider,
    lookedBack: true,
  });
}

function applyReceipt(step: InputStep, tracked: Tracked, fact: ReceiptFact): void {
  const { execution, gasUsed, effectiveGasPrice, provider } = fact;
  step.feed(tracked, {
    kind: 'receipt',
    blockHash: fact.blockHash,
    receipt: { execution, gasUsed, effectiveGasPrice, provider },
  });
}

function applyBroadcast(step: InputStep, tracked: Tracked, fact: BroadcastFact): void {
  if (tracked.broadcast === null) return;
  switch (fact.outcome) {
    case 'accepted':
      return step.feed(tracked, { kind: 'accepted', providers: fact.providers });
    case 'unclear':
      return;
    case 'rejected':
      return applyRejection(step, tracked, fact);
  }
}

/** A refusal for a used nonce is a replacement when a block shows who used it (H82). */
function applyRejection(step: InputStep, tracked: Tracked, fact: BroadcastFact): void {
  const sender = senderOf(tracked);
  const { view } = step.node.chain(tracked.chain);
  const rival = sender === null ? null : view.findByNonce(sender.from, sender.nonce);
  if (rival !== null && rival.transaction.hash !== tracked.hash) {
    return feedRival(step, tracked, rival, wasThere(tracked, view, rival.block));
  }
  step.feed(tracked, {
    kind: 'refused',
    failure: { class: fact.failureClass ?? 'unknown', message: fact.message, providers: fact.providers },
  });
}

function applySiblings(step: InputStep, tracked: readonly Tracked[], fact: SiblingsFact): void {
  const { origins } = step.node.partitionOf(fact.hash);
  if (!isNewer(fact.origin, origins.get(fact.origin.source))) return;
  origins.set(fact.origin.source, fact.origin);
  for (const one of tracked) {
    if (one.tenant === fact.tenant) one.siblings = fact.siblings;
  }
}
