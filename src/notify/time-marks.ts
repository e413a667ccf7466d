/** Marks closer together than this would buy nothing: retention is counted in days. */
const markIntervalMs = 60_000;

/** Every record below the position was written by this time. */
interface TimeMark {
  readonly timeMs: number;
  readonly position: number;
}

/** Which log position a moment has: noted twice a minute at most, looked up by age, less than a minute early. */
export class TimeMarks {
  #marks: TimeMark[] = [];
  /** The newest, which becomes a mark when the next is a minute or more after the mark before. */
  #last: TimeMark | null = null;

  /** The record at this position was written at this time. Both rise from call to call. */
  note(timeMs: number, position: number): void {
    const last = this.#last;
    const mark = this.#marks.at(-1);
    const isFar = timeMs - (mark?.timeMs ?? Number.NEGATIVE_INFINITY) >= markIntervalMs;
    if (last !== null && isFar && last.position !== mark?.position) this.#marks.push(last);
    this.#last = { timeMs, position: position + 1 };
  }

  /** Records below this position were written by that moment; 0: none is known to be. */
  positionAt(timeMs: number): number {
    if (this.#last !== null && this.#last.timeMs <= timeMs) return this.#last.position;
    return this.#marks.findLast((mark) => mark.timeMs <= timeMs)?.position ?? 0;
  }

  /** Marks below what is kept serve nobody. */
  dropBelow(position: number): void {
    this.#marks = this.#marks.filter((mark) => mark.position > position);
  }

  state(): string {
    return JSON.stringify({ marks: this.#marks, last: this.#last });
  }

  restore(text: string): void {
    const { marks, last } = JSON.parse(text) as { marks: TimeMark[]; last: TimeMark | null };
    this.#marks = marks;
    this.#last = last;
  }
}
