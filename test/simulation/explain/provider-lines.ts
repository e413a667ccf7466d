import type { TraceEntry } from '../trace.ts';
import { short, type StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

export interface ProviderLinesDeps {
  readonly subject: Subject;
  /** Whether a block stands on the canonical chain now; null: no script built it. */
  readonly isCanonical: (hash: string) => boolean | null;
}

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What came back for a call: its outcome, or why there is none. */
type Reply = { readonly result: unknown } | { readonly error: RpcError } | { readonly none: string };

interface RpcError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** What providers were asked about one transaction and said of it, with the faults that struck. */
export class ProviderLines {
  readonly #deps: ProviderLinesDeps;

  constructor(deps: ProviderLinesDeps) {
    this.#deps = deps;
  }

  take(entry: TraceEntry): readonly StoryLine[] {
    if (entry.kind === 'rpc' && entry.rpc !== undefined) return this.#exchange(entry, entry.rpc);
    if (entry.kind === 'push') return this.#push(entry);
    if (entry.kind !== 'unreachable') return [];
    return callsOf(entry.text)
      .filter((call) => this.#asksAbout(call))
      .map((call) => this.#line(entry, this.#question(call), 'cannot be reached'));
  }

  #exchange(entry: TraceEntry, { request, answer }: NonNullable<TraceEntry['rpc']>): readonly StoryLine[] {
    const calls = callsOf(request);
    const replies = repliesTo(calls, answer);
    const faults = answer.struck.length === 0 ? '' : `   ! ${answer.struck.join(', ')}`;
    return calls.flatMap((call, index) => {
      const reply = replies[index] ?? { none: 'no answer of this id' };
      if (!this.#asksAbout(call) && !this.#tellsOf(reply)) return [];
      return [this.#line(entry, this.#question(call), `${this.#told(reply)}${faults}`)];
    });
  }

  #push(entry: TraceEntry): readonly StoryLine[] {
    const { params } = parsed(entry.text) as { readonly params?: { readonly result?: unknown } };
    const result = params?.result;
    const { subject } = this.#deps;
    const isPool = result === subject.hash || (typeof result === 'object' && hashIn(result, 'hash') === subject.hash);
    if (isPool) return [this.#line(entry, 'pushes', 'it is pending')];
    const head = hashIn(result, 'hash');
    return head !== null && subject.blocks.has(head) ? [this.#line(entry, 'pushes', `head ${this.#block(head)}`)] : [];
  }

  #line({ atMs, who }: TraceEntry, question: string, answer: string): StoryLine {
    const name = who.split('.')[0] ?? who;
    return { atMs, side: { kind: 'provider', name }, text: `${question} → ${answer}`, about: `${who} ${question}` };
  }

  #asksAbout({ params }: Call): boolean {
    const { hash, raws, blocks, rivals } = this.#deps.subject;
    return params.some(
      (one) => typeof one === 'string' && (one === hash || raws.has(one) || blocks.has(one) || rivals.has(one)),
    );
  }

  /** An answer about something else that holds it, such as the newest block. */
  #tellsOf(reply: Reply): boolean {
    if (!('result' in reply)) return false;
    return JSON.stringify(reply.result)?.includes(this.#deps.subject.hash) || this.#isOfBlock(reply.result);
  }

  #isOfBlock(result: unknown): boolean {
    const hash = hashIn(result, 'hash');
    return hash !== null && this.#deps.subject.blocks.has(hash);
  }

  #question({ method, params }: Call): string {
    const about = params.map((one) => this.#parameter(one)).filter((text) => text !== '');
    return [method, ...about].join(' ');
  }

  #parameter(given: unknown): string {
    const { hash, raws, blocks, rivals } = this.#deps.subject;
    if (typeof given !== 'string') return '';
    if (given === hash || raws.has(given)) return 'of it';
    if (rivals.has(given)) return `of its rival ${short(given)}`;
    if (blocks.has(given)) return `of block ${blocks.get(given)?.number} ${short(given)}`;
    return /^0x[0-9a-f]{1,12}$/.test(given) ? String(Number(given)) : short(given);
  }

  #told(reply: Reply): string {
    if ('none' in reply) return reply.none;
    if ('error' in reply) return `error ${String(reply.error.code)} ${String(reply.error.message)}`;
    const { result } = reply;
    if (result === null) return 'null';
    if (Array.isArray(result)) return this.#receipts(result);
    if (typeof result !== 'object' || result === undefined) return String(result).slice(0, 80);
    const members = result as Readonly<Record<string, unknown>>;
    if (Array.isArray(members['transactions'])) return this.#wholeBlock(members, members['transactions']);
    if ('status' in members || ('gasUsed' in members && 'transactionHash' in members)) return this.#receipt(members);
    if ('blockHash' in members) return this.#transaction(members);
    return JSON.stringify(result).slice(0, 80);
  }

  #receipts(receipts: readonly unknown[]): string {
    const own = receipts.find((receipt) => hashIn(receipt, 'transactionHash') === this.#deps.subject.hash);
    const rest = `${receipts.length} receipts`;
    return own === undefined
      ? `${rest}, none of it`
      : `${rest}, its own: ${this.#receipt(own as Record<string, unknown>)}`;
  }

  #receipt(receipt: Readonly<Record<string, unknown>>): string {
    const status = receipt['status'] === '0x1' ? 'success' : receipt['status'] === '0x0' ? 'reverted' : 'no outcome';
    return `${status} in block ${this.#blockOf(receipt)}`;
  }

  #transaction(transaction: Readonly<Record<string, unknown>>): string {
    return transaction['blockHash'] === null ? 'pending' : `in block ${this.#blockOf(transaction)}`;
  }

  #wholeBlock(block: Readonly<Record<string, unknown>>, transactions: readonly unknown[]): string {
    const hash = hashIn(block, 'hash') ?? '';
    const hashes = transactions.map((one) => (typeof one === 'string' ? one : hashIn(one, 'hash')));
    const { subject } = this.#deps;
    const held = hashes.includes(subject.hash) ? ', with it' : ', without it';
    const rival = hashes.find((one) => one !== null && subject.rivals.has(one));
    const rivals = rival === undefined || rival === null ? '' : `, with its rival ${short(rival)}`;
    return `block ${this.#numbered(block['number'], hash)}${held}${rivals}`;
  }

  #blockOf(holder: Readonly<Record<string, unknown>>): string {
    return this.#numbered(holder['blockNumber'], hashIn(holder, 'blockHash') ?? '');
  }

  #block(hash: string): string {
    return this.#numbered(this.#deps.subject.blocks.get(hash)?.number, hash);
  }

  #numbered(number: unknown, hash: string): string {
    const isCanonical = this.#deps.isCanonical(hash);
    const standing =
      isCanonical === true ? '' : isCanonical === null ? ' (of no true branch)' : ' (not on the chain now)';
    return `${number === undefined ? '?' : Number(number)} ${short(hash)}${standing}`;
  }
}

function callsOf(body: string): readonly Call[] {
  const request = parsed(body);
  const calls = Array.isArray(request) ? request : [request];
  return calls.map((call: Partial<Call> | null) => ({
    id: call?.id,
    method: call?.method ?? '?',
    params: call?.params ?? [],
  }));
}

/** The reply of each call; where nothing can be read, why. */
function repliesTo(calls: readonly Call[], answer: NonNullable<TraceEntry['rpc']>['answer']): readonly Reply[] {
  const reason = silence(answer);
  if (reason !== null) return calls.map(() => ({ none: reason }));
  const body = parsed(answer.body ?? '');
  if (body === undefined) return calls.map(() => ({ none: 'what is no JSON' }));
  const entries = (Array.isArray(body) ? body : [body]) as readonly (Reply & { readonly id?: unknown })[];
  return calls.map(({ id }) => entries.find((entry) => entry.id === id) ?? { none: 'no answer of its id' });
}

function silence({ manner, status, body }: NonNullable<TraceEntry['rpc']>['answer']): string | null {
  if (manner === 'hang') return 'never answers';
  if (manner === 'drop') return 'ends the connection';
  if (status !== 200) return `HTTP ${status}`;
  return body === null ? 'nothing' : null;
}

function hashIn(value: unknown, member: string): string | null {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined;
  return typeof found === 'string' ? found : null;
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
