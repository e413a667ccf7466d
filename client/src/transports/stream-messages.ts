/** A message of an event stream, with the fields that ours have. */
export interface StreamMessage {
  /** The last one given, by this message or one before it. */
  readonly id: string;
  readonly event: string;
  /** null: it tells no more than a place, by its id. */
  readonly data: string | null;
}

/**
 * Takes the text of an event stream (the `text/event-stream` of the HTML standard) piece by piece and
 * gives the messages that are complete. What is not, waits for the next piece.
 */
export class StreamParser {
  #rest = '';
  #id = '';
  #hasId = false;
  #event = '';
  #data: string[] = [];

  push(piece: string): readonly StreamMessage[] {
    const text = this.#rest + piece;
    // A carriage return at the end may be half of a line's end.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, whole).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + text.slice(whole);
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): StreamMessage | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
      this.#hasId = true;
    }
    return null;
  }

  #dispatch(): StreamMessage | null {
    const isEmpty = this.#data.length === 0;
    const message = { id: this.#id, event: this.#event, data: isEmpty ? null : this.#data.join('\n') };
    const isNothing = isEmpty && !this.#hasId;
    this.#event = '';
    this.#data = [];
    this.#hasId = false;
    return isNothing ? null : message;
  }
}
