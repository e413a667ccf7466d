import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Exchange } from '../../src/scripted-chain/exchange.ts';
import type { HttpAnswer, HttpAsk } from './clients/http-line.ts';

/** One thing that happened, for people: kept only where somebody wants to read it. */
export interface TraceEntry {
  readonly atMs: number;
  readonly kind: string;
  readonly who: string;
  readonly text: string;
  /** What a provider was asked and said. */
  readonly rpc?: { readonly request: string; readonly answer: Exchange };
  /** What a client asked over HTTP and got; null: no answer came. */
  readonly call?: { readonly ask: HttpAsk; readonly answer: HttpAnswer | null };
}

/** UTF-16 units. */
const pendingLength = 65_536;
/** Longer texts enter the hash by their checksum: it tells a byte's difference as well, and costs a tenth. */
const shortLength = 200;

function digestOfLong(text: string): string {
  return `${text.length} ${crc32(text)}`;
}

/**
 * Everything that passed a port in a run, in its order: what providers were asked and said, what
 * reached the disk, what clients sent and got. Its hash tells two runs apart that differ in a byte.
 */
export class Trace {
  readonly #hash = createHash('sha256');
  /** Not hashed yet: many short texts cost more one by one. */
  #pending = '';
  readonly #keep: ((entry: TraceEntry) => void) | null;

  /** @param options.keep is told each entry; default: only the hash is kept */
  constructor(options: { readonly keep?: (entry: TraceEntry) => void } = {}) {
    this.#keep = options.keep ?? null;
  }

  rpc(atMs: number, provider: string, request: string, answer: Exchange): void {
    const text = `${request} ${answer.status} ${answer.manner} ${answer.delayMs} ${answer.body ?? ''}`;
    this.#add({ atMs, kind: 'rpc', who: provider, text, rpc: { request, answer } });
  }

  push(atMs: number, provider: string, body: string): void {
    this.#add({ atMs, kind: 'push', who: provider, text: body });
  }

  call(atMs: number, client: string, ask: HttpAsk, answer: HttpAnswer | null): void {
    const { method, path, body = '' } = ask;
    const text = `${method} ${path} ${body} ${answer?.status ?? 'lost'} ${answer?.text ?? ''}`;
    this.#add({ atMs, kind: 'api', who: client, text, call: { ask, answer } });
  }

  add(atMs: number, kind: string, who: string, text: string): void {
    this.#add({ atMs, kind, who, text });
  }

  bytes(atMs: number, kind: string, who: string, bytes: Uint8Array): void {
    this.#pending += `${atMs} ${kind} ${who} ${bytes.length}\n`;
    this.#flush();
    this.#hash.update(bytes);
    this.#keep?.({ atMs, kind, who, text: `${bytes.length} bytes` });
  }

  /** SHA-256 of all so far. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #add(entry: TraceEntry): void {
    const { atMs, kind, who, text } = entry;
    this.#pending += `${atMs} ${kind} ${who} ${text.length > shortLength ? digestOfLong(text) : text}\n`;
    if (this.#pending.length > pendingLength) this.#flush();
    this.#keep?.(entry);
  }

  #flush(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
