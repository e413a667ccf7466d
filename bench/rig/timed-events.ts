import type { ShownBlock } from '../chain/chain-messages.ts';
import { causesOf, type Ladder } from './ladder.ts';
import type { Received } from './load-clients.ts';

/** Of each measured block, how long each of its events took, microseconds; and when the last one came. */
export function timedEvents(
  ladder: Ladder,
  received: Received,
  measured: readonly ShownBlock[],
): { readonly latencyUs: readonly (readonly number[])[]; readonly lastMs: number } {
  const placeOf = new Map(measured.map(({ number }, place) => [number, place]));
  const latencyUs = measured.map((): number[] => []);
  const causes = causesOf(ladder, received);
  let lastMs = 0;
  for (const [index, arrivedMs] of received.arrivedMs.entries()) {
    const place = placeOf.get(causes[index] ?? 0);
    if (place === undefined) continue;
    latencyUs[place]?.push((arrivedMs - (measured[place]?.visibleMs ?? 0)) * 1_000);
    lastMs = arrivedMs;
  }
  return { latencyUs, lastMs };
}
