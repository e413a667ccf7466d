import { StringDecoder } from 'node:string_decoder';
import type { LineEnd } from '../world/line.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HttpAsk {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

interface Asked {
  readonly onText: ((text: string) => void) | null;
  resolve(answer: HttpAnswer | null): void;
}

/**
 * HTTP/1.1 over one simulated line, one request after another: no more of it than a client needs
 * that knows its server. What is unanswered when the line ends gives null.
 */
export class HttpLine {
  readonly #line: LineEnd;
  readonly #asked: Asked[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null = null;
  /** Characters may be cut in two. */
  #decoder = new StringDecoder('utf8');
  #body = '';
  #isOver = false;

  constructor(line: LineEnd) {
    this.#line = line;
    line.on('data', (bytes: Buffer) => this.#take(bytes));
    line.on('close', () => this.#end());
    line.on('end', () => this.#end());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param onText is told each piece of the body as it comes, as a stream's reader wants it */
  ask(ask: HttpAsk, onText: ((text: string) => void) | null = null): Promise<HttpAnswer | null> {
    if (this.#isOver) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#asked.push({ onText, resolve });
      this.#line.write(requestText(ask));
    });
  }

  /** Writes so many bytes of a request, as somebody does whose line breaks. */
  begin(ask: HttpAsk, bytes: number): void {
    if (!this.#isOver) this.#line.write(requestText(ask).slice(0, bytes));
  }

  /** Nothing passes any more, in neither direction, and no side is told (F50). */
  fallSilent(): void {
    this.#line.isSilent = true;
  }

  /** Ends it as a lost connection does. */
  cut(): void {
    this.#line.cut();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    for (const { resolve } of this.#asked.splice(0)) resolve(null);
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    while (this.#readHead() && this.#readBody()) this.#finish();
  }

  #readHead(): boolean {
    if (this.#head !== null) return true;
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [first = '', ...lines] = this.#buffer.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
    );
    this.#head = { status: Number(first.split(' ')[1]), headers };
    this.#buffer = this.#buffer.subarray(end + 4);
    return true;
  }

  /** True: the body is whole. */
  #readBody(): boolean {
    const { headers = {}, status = 0 } = this.#head ?? {};
    if (headers['transfer-encoding'] === 'chunked') return this.#readChunks();
    const length = status === 204 ? 0 : Number(headers['content-length'] ?? 0);
    if (this.#buffer.length < length) return false;
    this.#gain(this.#buffer.subarray(0, length));
    this.#buffer = this.#buffer.subarray(length);
    return true;
  }

  #readChunks(): boolean {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end < 0) return false;
      const length = Number.parseInt(this.#buffer.subarray(0, end).toString('latin1'), 16);
      if (this.#buffer.length < end + 4 + length) return false;
      this.#gain(this.#buffer.subarray(end + 2, end + 2 + length));
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      if (length === 0) return true;
    }
  }

  #gain(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    const onText = this.#asked[0]?.onText ?? null;
    if (onText === null) this.#body += text;
    else if (text !== '') onText(text);
  }

  #finish(): void {
    const head = this.#head ?? { status: 0, headers: {} };
    const answer = { ...head, text: this.#body };
    this.#head = null;
    this.#body = '';
    this.#asked.shift()?.resolve(answer);
    if (head.headers['connection'] === 'close') this.#end();
  }
}

function requestText({ method, path, headers, body }: HttpAsk): string {
  const all = {
    host: 'txtrail.sim',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    'content-length': String(body === undefined ? 0 : Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
