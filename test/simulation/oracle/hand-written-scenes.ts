import { type HandWrittenRun, pay, speedUp } from './hand-written-run.ts';

/** Pays in block `a`, seen and tracked before. */
export function mined(run: HandWrittenRun): void {
  run.pool(pay);
  run.track(pay);
  run.pending(pay);
  run.mine('a', [pay]);
  run.included(pay, 'a');
}

/** The same with three blocks on it, told up to `confirmed`. */
export function confirmed(run: HandWrittenRun): void {
  mined(run);
  run.mine('b c d');
  run.confirmation(pay, 2);
  run.confirmation(pay, 3);
  run.confirmed(pay);
}

/** The same, with a block more, and final. */
export function settled(run: HandWrittenRun): void {
  confirmed(run);
  run.mine('e');
  run.finalized('b');
  run.finalizedEvent(pay, 5);
}

/** `a` gives way to `x`, which does not hold what `a` held. */
export function forked(run: HandWrittenRun): void {
  mined(run);
  run.build('x', 'root');
  run.build('y', 'x');
  run.head('y');
  run.reorged(pay, 'a', 1);
}

/** Given to us to send, seen, and outbid by another one in block `a`. */
export function outbid(
  run: HandWrittenRun,
  winner = speedUp,
  reason: 'repriced' | 'cancelled' | 'replaced' = 'repriced',
): void {
  run.pool(pay);
  run.track(pay, { raw: '0x00' });
  run.pending(pay, { transaction: { from: `0x${'a1'.repeat(20)}`, nonce: 1, to: `0x${'b0'.repeat(20)}` } });
  run.mine('a', [winner]);
  run.replaced(pay, winner, 'a', { reason });
}

/** Given to us to send, and taken by nobody. */
export function refused(run: HandWrittenRun): void {
  run.track(pay, { raw: '0x00' });
  const failure = { class: 'underpriced', message: 'too low', providers: ['one', 'two'] };
  run.say(pay, 'failed', { status: 'failed', isTerminal: true, reason: 'underpriced' }, { data: { failure } });
}

/** Ended by its term, or so long ahead of it. */
export function expired(run: HandWrittenRun, aheadMs = 0): void {
  run.track(pay, { expiresAt: new Date(run.atMs + 60_000).toISOString() });
  run.wait(60_000 - aheadMs);
  run.say(pay, 'expired', { status: 'expired', isTerminal: true }, { data: { expiry: { reason: 'expires_at' } } });
}
