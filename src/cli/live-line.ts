import type { Terminal } from './terminal.ts';

/** What is going on, on stderr: at a terminal one line that is written anew, elsewhere a line a change. */
export class LiveLine {
  readonly #terminal: Pick<Terminal, 'err' | 'isErrTerminal' | 'columns'>;
  #shown = '';

  constructor(terminal: Pick<Terminal, 'err' | 'isErrTerminal' | 'columns'>) {
    this.#terminal = terminal;
  }

  /**
   * @param words what changes by events
   * @param ticking what changes by itself, such as an age: shown at a terminal only
   */
  show(words: string, ticking = ''): void {
    const { err, isErrTerminal, columns } = this.#terminal;
    const text = isErrTerminal ? fitted(`${words}${ticking}`, columns()) : words;
    if (text === this.#shown) return;
    this.#shown = text;
    err(isErrTerminal ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  /** Takes the rewritten line away, so that what follows begins on a line of its own. */
  clear(): void {
    if (this.#terminal.isErrTerminal && this.#shown !== '') this.#terminal.err('\r\u001b[2K');
    this.#shown = '';
  }
}

/** A line as wide as the terminal would break, and then it could not be rewritten. */
function fitted(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, Math.max(0, columns - 2))}…`;
}
