import { assert } from '../../lib/assert.ts';
import type { InputOf, MinedInput } from './input.ts';
import { sayDue } from './say-due.ts';
import type { Step } from './step.ts';
import type { Rival, Tracked } from './tracked.ts';

/** `included` waits this long for its receipt, so that most subscribers learn both at once. */
export const receiptWaitMs = 1_000;
/** While a receipt is missing it is asked for again this often. */
export const receiptAskAgainMs = 15_000;

/** The cell is known, and nothing follows from it. */
export function ignore(): void {
  // Nothing to do: that is the rule.
}

/** Keeps who sent it and what it asks for; the first showing decides, since a hash fixes them. */
export function learn(step: Step, input: InputOf<'seen'>): void {
  step.tracked.details ??= input.details;
}

export function see(step: Step, input: InputOf<'seen'>): void {
  learn(step, input);
  becomePending(step, 'R02', [input.provider], false);
}

/** A provider took the broadcast. */
export function take(step: Step, input: InputOf<'accepted'>): void {
  stopSending(step);
  becomePending(step, 'R03', input.providers, false);
}

/** A provider's verdict on the broadcast is in: it need not be sent again. */
export function stopSending(step: Step): void {
  if (step.tracked.broadcast !== null) step.tracked.broadcast.dueMs = null;
}

export function fail(step: Step, input: InputOf<'refused'>): void {
  const { tracked } = step;
  // In a block already, only not said yet: the refusal (a used nonce, as a rule) is its own doing.
  if (tracked.inclusion !== null) return;
  tracked.failure = input.failure;
  if (tracked.broadcast !== null) tracked.broadcast.dueMs = null;
  step.say({
    type: 'transaction.failed',
    status: 'failed',
    confirmations: 0,
    late: false,
    failure: input.failure,
    evidence: { rule: 'R12', providers: input.failure.providers, block: null },
  });
}

export function include(step: Step, input: MinedInput): void {
  const { tracked, timeMs } = step;
  if (tracked.inclusion !== null) return;
  tracked.details ??= input.details;
  if (tracked.broadcast !== null) tracked.broadcast.dueMs = null;
  tracked.inclusion = {
    block: input.block,
    index: input.index,
    timestampMs: input.timestampMs,
    provider: input.provider,
    lookedBack: input.lookedBack,
    waitUntilMs: timeMs + receiptWaitMs,
    askReceiptAtMs: timeMs + receiptAskAgainMs,
    receipt: null,
    said: { included: false, executed: false, threshold: 1, confirmed: false, safe: false, finalized: false },
  };
  tracked.firstSeenAtMs ??= timeMs;
  sayDue(step);
}

/** Its block is gone. What was never said needs no taking back. */
export function retract(step: Step, input: InputOf<'unmined'>): void {
  const { tracked } = step;
  const inclusion = tracked.inclusion;
  if (inclusion === null) return;
  tracked.inclusion = null;
  if (!inclusion.said.included) return;
  tracked.includedAtMs = null;
  tracked.confirmedAtMs = null;
  tracked.finalizedAtMs = null;
  step.say({
    type: 'transaction.reorged',
    status: 'pending',
    confirmations: 0,
    late: false,
    reorg: input.reorg,
    evidence: { rule: 'R10', providers: [input.provider], block: inclusion.block },
  });
}

export function outbid(step: Step, input: InputOf<'outbid'>): void {
  const { tracked } = step;
  if (tracked.inclusion !== null) return;
  tracked.rival = input.rival;
  if (tracked.broadcast !== null) tracked.broadcast.dueMs = null;
  sayReplaced(step, 'R08', input.rival.lookedBack && input.rival.block.number <= tracked.registered.head);
  advanceRival(step);
}

/** The rival that won is gone: the nonce is free again. */
export function reinstate(step: Step, input: InputOf<'unoutbid'>): void {
  step.tracked.rival = null;
  becomePending(step, 'R11', [input.provider], true);
}

export function noteReceipt(step: Step, input: InputOf<'receipt'>): void {
  const { inclusion } = step.tracked;
  if (inclusion === null || inclusion.block.hash !== input.blockHash || inclusion.receipt !== null) return;
  inclusion.receipt = input.receipt;
  sayDue(step);
}

export function advance(step: Step): void {
  sayDue(step);
}

/** The rival's block became final: the verdict is sent once more, for good. */
export function advanceRival(step: Step): void {
  const { rival, inclusion } = step.tracked;
  if (inclusion !== null) return sayDue(step);
  if (rival === null || rival.final) return;
  const { finalized } = step.view;
  if (finalized === null || finalized.number < rival.block.number || !step.view.isCanonical(rival.block)) return;
  rival.final = true;
  const late = rival.lookedBack && step.tracked.registered.finalized >= rival.block.number;
  sayReplaced(step, 'R09', late);
}

/** Only what is not in a block can expire; the chain itself sets no term on EVM chains. */
export function expire(step: Step): void {
  const { tracked } = step;
  if (tracked.inclusion !== null) return;
  step.say({
    type: 'transaction.expired',
    status: 'expired',
    confirmations: 0,
    late: false,
    expiry: { reason: 'expires_at' },
    evidence: { rule: 'R13', providers: [], block: null },
  });
}

function becomePending(step: Step, rule: string, providers: readonly string[], again: boolean): void {
  const { tracked } = step;
  // In a block already, only not said yet: the pool has nothing to add.
  if (tracked.inclusion !== null || (tracked.status === 'pending' && !again)) return;
  tracked.firstSeenAtMs ??= step.timeMs;
  step.say({
    type: 'transaction.pending',
    status: 'pending',
    confirmations: 0,
    late: false,
    evidence: { rule, providers, block: null },
  });
}

function sayReplaced(step: Step, rule: string, late: boolean): void {
  const rival = requireRival(step.tracked);
  step.say({
    type: 'transaction.replaced',
    status: 'replaced',
    confirmations: 0,
    late,
    replacement: {
      hash: rival.hash,
      reason: rival.reason,
      blockNumber: rival.block.number,
      blockHash: rival.block.hash,
      final: rival.final,
    },
    evidence: { rule, providers: [rival.provider], block: rival.block },
  });
}

function requireRival(tracked: Tracked): Rival {
  assert(tracked.rival !== null, `${tracked.id} is replaced by nothing`);
  return tracked.rival;
}
