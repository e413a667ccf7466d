import { ApiClient } from '../api-client.ts';
import type { ClientDeps } from '../client-deps.ts';
import { acknowledgesNonsense, neverAcknowledges } from './bad-acknowledgements.ts';
import { sendsBrokenBytes } from './broken-bytes.ts';
import { neverReads, sips } from './deaf-readers.ts';
import { registersAtOdds, sameHashOften, subscribesNonsense } from './odd-subscriptions.ts';
import { misbehave } from './rogue.ts';
import { reconnectStorm } from './storms.ts';
import { resumesNonsense } from './wrong-places.ts';

/** Lets those misbehave whose fault is armed. None of it may be felt by anybody else. */
export function startRogues(deps: ClientDeps): void {
  const api = new ApiClient({ name: 'rogue', latencyMs: 6 }, deps);
  const otherApi = new ApiClient({ name: 'other rogue', latencyMs: 6 }, deps);
  const misdeeds = {
    never_reads: neverReads,
    sips,
    never_acknowledges: neverAcknowledges,
    acknowledges_nonsense: acknowledgesNonsense,
    reconnect_storm: reconnectStorm,
    resumes_nonsense: resumesNonsense,
    subscribes_nonsense: subscribesNonsense,
    same_hash_often: sameHashOften,
    registers_at_odds: registersAtOdds,
    broken_bytes: sendsBrokenBytes,
  } as const;
  for (const [fault, misdeed] of Object.entries(misdeeds)) {
    misbehave(fault as keyof typeof misdeeds, misdeed, { ...deps, api, otherApi });
  }
}
