import type { LineEnd } from '../world/line.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface HttpAsk {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Asked {
  readonly onText: ((text: string) => void) | null;
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/**
 * HTTP/1.1 over one simulated line, one request after another: no more of it than a client needs
 * that knows its server. What was asked when the line ends rejects with `lost`.
 */
export class HttpLine {
  readonly #line: LineEnd;
  readonly #asked: Asked[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | null = null;
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
  ask(ask: HttpAsk, onText: ((text: string) => void) | null = null): Promise<HttpAnswer> {
    if (this.#isOver) return Promise.reject(lost());
    const body = ask.body === undefined ? '' : ask.body;
    const headers = {
      host: 'txtrail.sim',
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
      'content-length': String(Buffer.byteLength(body)),
      ...ask.headers,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return new Promise((resolve, reject) => {
      this.#asked.push({ onText, resolve, reject });
      this.#line.write(`${ask.method} ${ask.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  /** Ends it as a lost connection does. */
  cut(): void {
    this.#line.cut();
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    for (const { reject } of this.#asked.splice(0)) reject(lost());
  }

  #take(bytes: Buffer): void {
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
    const text = bytes.toString('utf8');
    this.#body += text;
    if (text !== '') this.#asked[0]?.onText?.(text);
  }

  #finish(): void {
    const head = this.#head ?? { status: 0, headers: {} };
    const answer = { ...head, text: this.#body };
    this.#head = null;
    this.#body = '';
    this.#asked.shift()?.resolve(answer);
  }
}

function lost(): Error {
  return Object.assign(new Error('the connection was lost'), { code: 'lost' });
}
