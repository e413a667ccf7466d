import { receiptAskAgainMs } from '../transaction/transitions.ts';
import type { Tracked } from '../transaction/tracked.ts';
import type { InputStep } from './input-step.ts';

/** While there is no verdict on a broadcast it is sent again, after 2 s, 4 s, … at most a minute. */
const resendBaseMs = 2_000;
const resendMaxMs = 60_000;

/** A transaction nobody shows is looked up again after 1, 2, 4, … 64 blocks, as long as it is tracked. */
const lookupMaxBlocks = 64;

/** The next moment at which time alone changes something about it; null: none. */
export function dueTimeOf(tracked: Tracked): number | null {
  const times: number[] = [];
  const { inclusion, broadcast } = tracked;
  if (inclusion !== null && inclusion.receipt === null) {
    times.push(inclusion.said.included ? inclusion.askReceiptAtMs : inclusion.waitUntilMs);
  }
  if (broadcast !== null && broadcast.dueMs !== null) times.push(broadcast.dueMs);
  if (isWaiting(tracked) && tracked.options.expiresAtMs !== null) times.push(tracked.options.expiresAtMs);
  return times.length === 0 ? null : Math.min(...times);
}

/** Does what has fallen due by the step's time. */
export function wakeAt(step: InputStep, tracked: Tracked): void {
  const { timeMs } = step.mark;
  const { expiresAtMs } = tracked.options;
  if (isWaiting(tracked) && expiresAtMs !== null && expiresAtMs <= timeMs) step.feed(tracked, { kind: 'expire' });
  if (tracked.inclusion !== null) step.feed(tracked, { kind: 'advance' });
  const { inclusion, broadcast } = tracked;
  if (inclusion !== null && inclusion.receipt === null && inclusion.askReceiptAtMs <= timeMs) {
    inclusion.askReceiptAtMs = timeMs + receiptAskAgainMs;
    step.askReceipt(tracked);
  }
  if (broadcast !== null && broadcast.dueMs !== null && broadcast.dueMs <= timeMs) submit(step, tracked);
  step.node.touched(tracked);
}

/** Asks once more for everything that the transaction still wants: a lost question costs nothing but time. */
export function askAgain(step: InputStep, tracked: Tracked): void {
  step.askReceipt(tracked);
  if (tracked.broadcast?.dueMs != null) {
    step.effects.submissions.push({ chain: tracked.chain, hash: tracked.hash, raw: tracked.broadcast.raw });
  }
  if (tracked.lookup !== null && wantsLookup(tracked)) {
    step.effects.probes.push({ kind: 'lookup', chain: tracked.chain, hash: tracked.hash });
  }
}

/** Once a provider has shown it, the blocks themselves tell the rest. */
export function wantsLookup(tracked: Tracked): boolean {
  return tracked.inclusion === null && tracked.status === 'unknown';
}

export function submit(step: InputStep, tracked: Tracked): void {
  const { broadcast } = tracked;
  if (broadcast === null) return;
  broadcast.tries += 1;
  broadcast.dueMs = step.mark.timeMs + Math.min(resendMaxMs, resendBaseMs * 2 ** (broadcast.tries - 1));
  step.effects.submissions.push({ chain: tracked.chain, hash: tracked.hash, raw: broadcast.raw });
  step.node.touched(tracked);
}

/** Asks the watcher for a transaction that no block of the window holds, and plans the next time. */
export function lookUp(step: InputStep, tracked: Tracked): void {
  const tries = (tracked.lookup?.tries ?? 0) + 1;
  const head = step.node.chain(tracked.chain).view.head?.number ?? 0;
  tracked.lookup = { tries, dueBlock: head + Math.min(lookupMaxBlocks, 2 ** (tries - 1)) };
  step.effects.probes.push({ kind: 'lookup', chain: tracked.chain, hash: tracked.hash });
  step.node.touched(tracked);
}

/** In no block and replaced by none: it may expire, and what we were given of it to send has a use. */
export function isWaiting({ status, inclusion }: Tracked): boolean {
  return inclusion === null && (status === 'unknown' || status === 'pending' || status === 'dropped');
}
