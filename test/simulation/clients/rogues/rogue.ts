import { Chance } from '../../chance.ts';
import type { FaultName } from '../../faults.ts';
import type { ApiClient } from '../api-client.ts';
import type { ClientDeps } from '../client-deps.ts';

export interface RogueDeps extends ClientDeps {
  readonly api: ApiClient;
  /** Another connection, for what comes twice at once. */
  readonly otherApi: ApiClient;
  readonly chance: Chance;
}

/** What somebody does who misbehaves: once, from its beginning to its end. */
export type Misdeed = (deps: RogueDeps) => Promise<void>;

/** Between two misdeeds of a fault at its full rate, milliseconds. */
const pauseMs = { least: 25_000, most: 60_000 } as const;
/** At a low rate the pause is at most so many times as long. */
const rarest = 4;

/** Does it again and again as long as the fault is armed. */
export function misbehave(fault: FaultName, misdeed: Misdeed, deps: Omit<RogueDeps, 'chance'>): void {
  const { armed, seed, time } = deps.context;
  const rate = armed.get(fault)?.rate ?? 0;
  if (rate === 0) return;
  const chance = new Chance(seed, `rogue/${fault}`);
  const scale = Math.min(rarest, 1 / rate);
  const again = (delayMs: number): void => {
    time.after(delayMs, () => {
      if (!armed.has(fault)) return;
      void misdeed({ ...deps, chance }).then(() => again(chance.between(pauseMs.least, pauseMs.most) * scale));
    });
  };
  again(chance.between(5_000, pauseMs.most));
}
