/** One block of a `text/event-stream`; what it does not have is null. */
export interface StreamBlock {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string | null;
}

/** Cuts the text of a `text/event-stream` into its blocks, in whatever pieces it comes. */
export class StreamText {
  readonly #onBlock: (block: StreamBlock) => void;
  #rest = '';

  constructor(onBlock: (block: StreamBlock) => void) {
    this.#onBlock = onBlock;
  }

  take(text: string): void {
    this.#rest += text;
    for (let end = this.#rest.indexOf('\n\n'); end >= 0; end = this.#rest.indexOf('\n\n')) {
      const lines = this.#rest.slice(0, end).split('\n');
      this.#rest = this.#rest.slice(end + 2);
      this.#onBlock({ id: fieldOf(lines, 'id'), event: fieldOf(lines, 'event'), data: fieldOf(lines, 'data') });
    }
  }
}

function fieldOf(lines: readonly string[], name: string): string | null {
  const line = lines.find((one) => one.startsWith(`${name}: `));
  return line === undefined ? null : line.slice(name.length + 2);
}
