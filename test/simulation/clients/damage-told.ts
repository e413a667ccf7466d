import type { Context } from '../context.ts';
import { armedFor } from '../faults.ts';
import { calmFromMs } from '../seed-plan.ts';

/** What was said before it became calm has reached everybody by then, over the slowest line, milliseconds. */
const onTheWayMs = 30_000;

/**
 * Whether a client may still be told that something cannot be read, because a bit of it has flipped
 * (F36). The bit is put right when it becomes calm, and what was said before may be on its way then.
 */
export function mayTellOfDamage({ seed, armed, time }: Context): boolean {
  if (armed.has('bit_flip')) return true;
  const isJustCalm = time.nowMs >= calmFromMs && time.nowMs < calmFromMs + onTheWayMs;
  return isJustCalm && armedFor(seed).has('bit_flip');
}
