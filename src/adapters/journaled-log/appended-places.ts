import type { Position } from '../../ports/record-log.ts';

/**
 * Tells who appended to an input where the records came to stand in the log. The broker's answer and
 * the record itself may arrive in either order.
 */
export class AppendedPlaces {
  readonly #waiting = new Map<number, (position: Position) => void>();
  /** Of records that came while an append had no answer yet: they may be its own. */
  readonly #placed = new Map<number, Position>();
  #isAppending = false;

  begin(): void {
    this.#isAppending = true;
  }

  stored(offset: number, settle: (position: Position) => void): void {
    const position = this.#placed.get(offset);
    if (position === undefined) this.#waiting.set(offset, settle);
    else settle(position);
  }

  end(): void {
    this.#isAppending = false;
    this.#placed.clear();
  }

  placed(offset: number, position: Position): void {
    const settle = this.#waiting.get(offset);
    if (settle !== undefined) {
      this.#waiting.delete(offset);
      settle(position);
    } else if (this.#isAppending) {
      this.#placed.set(offset, position);
    }
  }
}
