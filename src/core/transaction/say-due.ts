import { covers } from './facts.ts';
import type { Saying, Step } from './step.ts';
import type { Inclusion } from './tracked.ts';

/**
 * Says, in the contract's order, everything about an inclusion that is due and was not said yet:
 * included, executed, the thresholds, confirmed, safe, finalized. The inclusion block is compared
 * with the canonical path first, every time: a count of numbers proves nothing (H39).
 */
export function sayDue(step: Step): void {
  const { tracked, view } = step;
  const { inclusion } = tracked;
  if (inclusion === null || !view.isCanonical(inclusion.block)) return;
  if (!sayIncluded(step, inclusion)) return;
  sayExecuted(step, inclusion);
  sayThresholds(step, inclusion);
  sayConfirmed(step, inclusion);
  saySafe(step, inclusion);
  sayFinalized(step, inclusion);
}

/** Head number − inclusion number + 1; at least 1, since the inclusion block itself is the first. */
function countOf(step: Step, inclusion: Inclusion): number {
  return Math.max(1, (step.view.head?.number ?? 0) - inclusion.block.number + 1);
}

/** True when `included` was said, now or before. */
function sayIncluded(step: Step, inclusion: Inclusion): boolean {
  const { said } = inclusion;
  if (said.included) return true;
  if (inclusion.receipt === null && step.timeMs < inclusion.waitUntilMs) return false;
  said.included = true;
  said.executed = inclusion.receipt !== null && inclusion.receipt.execution !== null;
  step.tracked.includedAtMs = step.timeMs;
  // The block settles it: whatever was held against the transaction before no longer stands.
  step.tracked.rival = null;
  step.tracked.failure = null;
  say(step, inclusion, 'R04', {
    type: 'transaction.included',
    status: 'included',
    confirmations: 1,
    late: isLate(step, inclusion, 1),
  });
  return true;
}

function sayExecuted(step: Step, inclusion: Inclusion): void {
  const { said, receipt } = inclusion;
  if (said.executed || receipt === null || receipt.execution === null) return;
  said.executed = true;
  say(step, inclusion, 'R05', {
    type: 'transaction.executed',
    confirmations: countOf(step, inclusion),
    late: isLate(step, inclusion, 1),
  });
}

function sayThresholds(step: Step, inclusion: Inclusion): void {
  const { said } = inclusion;
  if (said.confirmed) return;
  const count = countOf(step, inclusion);
  for (const threshold of step.tracked.options.thresholds) {
    if (threshold <= said.threshold) continue;
    if (threshold > count) return;
    said.threshold = threshold;
    say(step, inclusion, 'R06', {
      type: 'transaction.confirmation',
      confirmations: threshold,
      late: isLate(step, inclusion, threshold),
    });
  }
}

function sayConfirmed(step: Step, inclusion: Inclusion): void {
  const { said } = inclusion;
  if (said.confirmed || !said.executed) return;
  const required = step.tracked.options.confirmations;
  const count = countOf(step, inclusion);
  const { number } = inclusion.block;
  const { safe, finalized } = step.view;
  const byCount = typeof required === 'number' && count >= required;
  // Finality satisfies any count.
  if (!byCount && !covers(required === 'safe' ? safe : finalized, number)) return;
  said.confirmed = true;
  step.tracked.confirmedAtMs = step.timeMs;
  const { registered } = step.tracked;
  const lateBySettling =
    inclusion.lookedBack && (required === 'safe' ? registered.safe : registered.finalized) >= number;
  say(step, inclusion, 'R07', {
    type: 'transaction.confirmed',
    status: 'confirmed',
    confirmations: typeof required === 'number' ? required : count,
    late: lateBySettling || (typeof required === 'number' && isLate(step, inclusion, required)),
  });
}

function saySafe(step: Step, inclusion: Inclusion): void {
  const { said } = inclusion;
  if (said.safe || !said.executed || !covers(step.view.safe, inclusion.block.number)) return;
  said.safe = true;
  say(step, inclusion, 'R14', {
    type: 'transaction.safe',
    confirmations: countOf(step, inclusion),
    late: inclusion.lookedBack && step.tracked.registered.safe >= inclusion.block.number,
  });
}

function sayFinalized(step: Step, inclusion: Inclusion): void {
  const { said } = inclusion;
  if (said.finalized || !said.confirmed || !covers(step.view.finalized, inclusion.block.number)) return;
  said.finalized = true;
  step.tracked.finalizedAtMs = step.timeMs;
  say(step, inclusion, 'R15', {
    type: 'transaction.finalized',
    status: 'finalized',
    confirmations: countOf(step, inclusion),
    late: inclusion.lookedBack && step.tracked.registered.finalized >= inclusion.block.number,
  });
}

/** Was this many confirmations already reached when the transaction was registered? */
function isLate(step: Step, inclusion: Inclusion, confirmations: number): boolean {
  return inclusion.lookedBack && inclusion.block.number + confirmations - 1 <= step.tracked.registered.head;
}

function say(step: Step, inclusion: Inclusion, rule: string, saying: Omit<Saying, 'evidence'>): void {
  const providers = [inclusion.provider];
  const receiptFrom = inclusion.receipt?.provider;
  if (receiptFrom !== undefined && !providers.includes(receiptFrom)) providers.push(receiptFrom);
  step.say({ ...saying, evidence: { rule, providers, block: inclusion.block } });
}
