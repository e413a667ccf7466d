import type { Position } from '../../ports/record-log.ts';

interface EpochFloor {
  readonly position: Position;
  readonly epoch: number;
}

/**
 * Which writer's records count where. A writer's first record claims its epoch; from there on,
 * records of lower epochs come from a writer that did not know it had been followed, and have no
 * effect. Holds one entry for each start of the program within the log that was scanned.
 */
export class EpochFloors {
  readonly #floors: EpochFloor[] = [];

  get highest(): number {
    return this.#floors.at(-1)?.epoch ?? 0;
  }

  /** Takes note of a record, in the order of positions. */
  note(position: Position, epoch: number): void {
    if (epoch > this.highest) this.#floors.push({ position, epoch });
  }

  /** The lowest epoch that counts at the position. */
  at(position: Position): number {
    let low = 0;
    let high = this.#floors.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#floors[middle] as EpochFloor).position <= position) low = middle + 1;
      else high = middle;
    }
    return this.#floors[low - 1]?.epoch ?? 0;
  }
}
