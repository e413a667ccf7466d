import { Chance, chanceOf } from './chance.ts';
import { chainFaults, providerFaults } from './world/world-faults.ts';

/**
 * What can go wrong in a run, by the numbers of the fault list in `docs/internals/simulation.md`.
 * Each names what acts it out; whether it is armed follows from the seed, whether it strikes from
 * the seed and what it would strike.
 */
export const faults = {
  // Disk, process and clock.
  power_cut: 'F32',
  crash_at_disk_operation: 'F32',
  torn_write: 'F33',
  sync_fails: 'F35',
  bit_flip: 'F36',
  disk_full: 'F37',
  disk_hangs: 'F37',
  clock_jump: 'F41',
  stall: 'F42',
  kill: 'F43',
  kill_storm: 'F43',
  drain: 'F43',
  // Clients.
  never_reads: 'F45',
  sips: 'F45',
  never_acknowledges: 'F46',
  acknowledges_nonsense: 'F46',
  reconnect_storm: 'F47',
  resumes_nonsense: 'F47',
  subscribes_nonsense: 'F48',
  same_hash_often: 'F48',
  registers_at_odds: 'F49',
  line_cut: 'F50',
  half_open: 'F50',
  slow_line: 'F50',
  broken_bytes: 'F50',
  ...chainFaults,
  ...providerFaults,
} as const satisfies Readonly<Record<string, `${'F' | 'H'}${number}`>>;

export type FaultName = keyof typeof faults;

/** A fault that may strike in this run. */
export interface ArmedFault {
  readonly name: FaultName;
  /** How likely it strikes each time it could, 0 to 1. */
  readonly rate: number;
}

const names = Object.keys(faults) as FaultName[];

/** Of what a tracker is for there is more. */
const commonShare: Partial<Readonly<Record<FaultName, number>>> = { reorg: 0.7, uneven_pace: 0.5 };

/** Some seeds arm nothing, some one fault at its full rate, most a few at rates of their own. */
export function armedFor(seed: number): ReadonlyMap<FaultName, ArmedFault> {
  const chance = new Chance(seed, 'arming');
  const kind = chance.weighted({ none: 1, one: 2, some: 7 });
  if (kind === 'none') return new Map();
  if (kind === 'one') {
    const name = chance.pick(names);
    return new Map([[name, { name, rate: 1 }]]);
  }
  const share = chance.pick([0.1, 0.25, 0.5]);
  // By its own name each: a fault that is added to the list changes nothing about the others.
  const armed = names.filter((name) => chanceOf(seed, `armed/${name}`) < (commonShare[name] ?? share));
  return new Map(armed.map((name) => [name, { name, rate: rateOf(seed, name) }]));
}

function rateOf(seed: number, name: FaultName): number {
  return [0.02, 0.1, 0.3][Math.floor(chanceOf(seed, `rate/${name}`) * 3)] ?? 0.1;
}

/** Whether an armed fault strikes what is told here: the same whatever struck before. */
export function strikes(seed: number, armed: ArmedFault | undefined, about: string, scale = 1): boolean {
  return armed !== undefined && chanceOf(seed, `${armed.name}/${about}`) < armed.rate * scale;
}
