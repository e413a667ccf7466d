/** Which log position a moment has: noted about once a minute, looked up by age. */
/** Marks closer together than this would buy nothing: retention is counted in days. */
const markIntervalMs = 60_000;

export class TimeMarks {
  #marks: { readonly timeMs: number; readonly position: number }[] = [];

  note(timeMs: number, position: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || timeMs - last.timeMs >= markIntervalMs) this.#marks.push({ timeMs, position });
  }

  /** Records below this position were written before the moment; 0: none is known to be. */
  positionAt(timeMs: number): number {
    let found = 0;
    for (const mark of this.#marks) {
      if (mark.timeMs > timeMs) break;
      found = mark.position;
    }
    return found;
  }

  /** Marks below what is kept serve nobody. */
  dropBelow(position: number): void {
    const from = this.#marks.findIndex((mark) => mark.position >= position);
    if (from > 0) this.#marks = this.#marks.slice(from - 1);
  }

  state(): string {
    return JSON.stringify(this.#marks);
  }

  restore(text: string): void {
    this.#marks = JSON.parse(text) as { timeMs: number; position: number }[];
  }
}
