import type { Fault, TransportFault } from './fault.ts';
import type { Answer, CallContext, RpcCall, RpcOutcome, ScriptedProvider } from './scripted-provider.ts';

/** What goes back for one body: computed here, carried out by whoever has a socket. */
export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** null: nothing is owed, as for notifications. */
  readonly body: string | null;
  readonly delayMs: number;
  readonly manner: 'whole' | 'hang' | 'drop' | 'drip';
  readonly byteDelayMs: number;
  /** The kinds of faults that struck it, for whoever explains what went wrong. */
  readonly struck: readonly Fault['kind'][];
}

/** geth's limit on the calls of one batch. */
export const batchLimit = 1000;

interface Response {
  readonly id: unknown;
  readonly outcome: RpcOutcome;
}

/**
 * Answers a JSON-RPC body, single or batch, with the provider's faults.
 * @param now milliseconds
 */
export function exchange(provider: ScriptedProvider, text: string, now: number, context: CallContext = {}): Exchange {
  const parsed = parse(text);
  if (parsed === undefined)
    return whole(render({ id: null, outcome: { error: { code: -32700, message: 'parse error' } } }));
  const isBatch = Array.isArray(parsed);
  const entries: readonly unknown[] = isBatch ? parsed : [parsed];
  const refusal = batchRefusal(entries, isBatch);
  if (refusal !== null) return whole(render({ id: null, outcome: refusal }));
  const answered = entries.map((entry, position) => answerEntry(provider, entry, now, { ...context, position }));
  const faults = answered.flatMap((entry) => entry.answer.faults);
  const responses = answered.flatMap(({ id, answer }) =>
    id === undefined || answer.outcome === null ? [] : [{ id, outcome: answer.outcome }],
  );
  const struck = [...new Set(answered.flatMap((entry) => entry.answer.struck))];
  return { ...faulty(faults, responses, isBatch), struck };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function batchRefusal(entries: readonly unknown[], isBatch: boolean): RpcOutcome | null {
  if (!isBatch) return null;
  if (entries.length === 0) return { error: { code: -32600, message: 'empty batch' } };
  return entries.length > batchLimit ? { error: { code: -32600, message: 'batch too large' } } : null;
}

function answerEntry(
  provider: ScriptedProvider,
  entry: unknown,
  now: number,
  context: CallContext,
): { readonly id: unknown; readonly answer: Answer } {
  const call = callOf(entry);
  if (call === null) {
    const outcome = { error: { code: -32600, message: 'invalid request' } };
    return { id: null, answer: { outcome, faults: [], struck: [] } };
  }
  return { id: call.id, answer: provider.answer(call, now, context) };
}

function callOf(entry: unknown): (RpcCall & { readonly id: unknown }) | null {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return null;
  const { id, method, params } = entry as Readonly<Record<string, unknown>>;
  if (typeof method !== 'string') return null;
  return { id, method, params: Array.isArray(params) ? params : [] };
}

function faulty(faults: readonly TransportFault[], responses: readonly Response[], isBatch: boolean): Exchange {
  const find = <Kind extends TransportFault['kind']>(kind: Kind) =>
    faults.find((fault): fault is Extract<TransportFault, { kind: Kind }> => fault.kind === kind);
  const delayMs = find('delay')?.delayMs ?? 0;
  const drip = find('drip');
  const carried = isBatch ? reordered(responses, find) : responses;
  const renamed =
    find('wrong_id') === undefined ? carried : carried.map((response) => ({ ...response, id: 987_654_321 }));
  const honest = isBatch ? `[${renamed.map(render).join(',')}]` : renamed.map(render).join('');
  const body = responses.length === 0 ? null : honest;
  const base: Exchange = {
    ...whole(body),
    delayMs,
    ...(drip === undefined ? {} : { manner: 'drip', byteDelayMs: drip.byteDelayMs }),
  };
  if (find('hang') !== undefined) return { ...base, body: null, manner: 'hang' };
  if (find('drop') !== undefined) return { ...base, body: null, manner: 'drop' };
  return { ...base, ...replacedBody(find, body, isBatch) };
}

type FindFault = <Kind extends TransportFault['kind']>(
  kind: Kind,
) => Extract<TransportFault, { kind: Kind }> | undefined;

/** A body that is not what was asked for, where a fault puts one in its place. */
function replacedBody(find: FindFault, body: string | null, isBatch: boolean): Partial<Exchange> {
  const status = find('http_status');
  if (status !== undefined) {
    const retry = status.retryAfterSeconds === undefined ? {} : { 'retry-after': String(status.retryAfterSeconds) };
    return {
      status: status.status,
      headers: { 'content-type': 'text/plain', ...retry },
      body: status.body ?? `status ${status.status}`,
    };
  }
  const html = find('html');
  if (html !== undefined) {
    const page =
      '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>';
    return { status: html.status ?? 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };
  }
  if (isBatch && find('batch_refused') !== undefined) {
    return {
      status: 400,
      body: render({ id: null, outcome: { error: { code: -32600, message: 'batch requests are not supported' } } }),
    };
  }
  const huge = find('huge');
  if (huge !== undefined) return { body: `{"jsonrpc":"2.0","id":1,"result":"0x${'0'.repeat(huge.bytes)}"}` };
  if (body !== null && find('truncated') !== undefined) return { body: body.slice(0, Math.floor(body.length / 2)) };
  return {};
}

function reordered(responses: readonly Response[], find: FindFault): readonly Response[] {
  const whole = find('batch_incomplete') === undefined ? responses : responses.slice(0, -1);
  const [first, second, ...rest] = whole;
  if (find('batch_swapped') !== undefined && first !== undefined && second !== undefined) {
    return [{ id: first.id, outcome: second.outcome }, { id: second.id, outcome: first.outcome }, ...rest];
  }
  const ordered = find('batch_reversed') === undefined ? whole : whole.toReversed();
  return find('batch_repeated') === undefined ? ordered : ordered.flatMap((response) => [response, response]);
}

function render({ id, outcome }: Response): string {
  return JSON.stringify({ jsonrpc: '2.0', id, ...outcome });
}

function whole(body: string | null): Exchange {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body,
    delayMs: 0,
    manner: 'whole',
    byteDelayMs: 0,
    struck: [],
  };
}
