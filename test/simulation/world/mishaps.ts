import { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import type { FaultName } from '../faults.ts';
import { calmFromMs } from '../seed-plan.ts';
import type { Machine } from './machine.ts';

/** How often, at most, a run sees each of these: at the full rate of its fault. */
const most: Readonly<Partial<Record<FaultName, number>>> = {
  power_cut: 4,
  kill: 4,
  kill_storm: 1,
  drain: 3,
  disk_full: 2,
  bit_flip: 3,
  clock_jump: 8,
  stall: 8,
};

/** What befalls the machine as a whole, at moments that follow from the seed. */
export class Mishaps {
  readonly #machine: Machine;
  readonly #context: Context;

  constructor(machine: Machine, context: Context) {
    this.#machine = machine;
    this.#context = context;
  }

  start(): void {
    const { armed, seed, time } = this.#context;
    for (const [name, count] of Object.entries(most) as [FaultName, number][]) {
      const fault = armed.get(name);
      if (fault === undefined) continue;
      const chance = new Chance(seed, `mishaps/${name}`);
      const times = Math.max(1, Math.round(count * Math.min(1, fault.rate * 3)));
      for (let index = 0; index < times; index += 1) {
        time.after(chance.between(1_000, calmFromMs - 40_000), () => this.#happen(name, chance));
      }
    }
  }

  #happen(name: FaultName, chance: Chance): void {
    const { reach, time } = this.#context;
    const machine = this.#machine;
    switch (name) {
      case 'power_cut':
        return machine.cutPower();
      case 'kill':
        return machine.kill();
      case 'kill_storm': {
        const count = chance.whole(3, 6);
        for (let index = 0; index < count; index += 1)
          time.after(index * chance.between(505, 900), () => machine.kill());
        return reach('killed again and again');
      }
      case 'drain':
        return machine.terminate();
      case 'disk_full':
        return machine.fillDisk(chance.between(2_000, 30_000));
      case 'bit_flip':
        return machine.flipBit();
      case 'clock_jump':
        return machine.jumpClock(chance.pick([-3_600_000, -30_000, -1_000, 1_000, 30_000, 3_600_000]));
      case 'stall':
        return machine.stall(chance.pick([1_000, 5_000, 20_000, 60_000]));
      default:
        throw new Error(`${name} does not befall the machine as a whole`);
    }
  }
}
