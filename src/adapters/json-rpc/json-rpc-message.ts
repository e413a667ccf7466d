import { TxTrailError } from '../../lib/error.ts';
import { badAnswer, excerpt, type FaultPlace, rpcErrorFault } from './json-rpc-fault.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: TxTrailError };

/** JSON-RPC to one endpoint. Every fault rejects with a TxTrailError of `json-rpc-fault.ts`. */
export interface JsonRpcTransport {
  call(call: RpcCall, timeoutMs?: number): Promise<unknown>;
  /** One outcome a call, in order, each judged on its own. Rejects only when nothing can be said of any. */
  batch(calls: readonly RpcCall[], timeoutMs?: number): Promise<readonly RpcOutcome[]>;
  close(): Promise<void>;
}

export function requestOf(id: number, call: RpcCall): object {
  return { jsonrpc: '2.0', id, method: call.method, params: call.params };
}

/** @throws TxTrailError `provider_bad_answer` when it is not JSON. */
export function parseJson(place: FaultPlace, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer(place, text.trim() === '' ? 'an empty body' : `what is not JSON: ${excerpt(text)}`);
  }
}

/** What a call came to, its fault told as an outcome; what is no fault of the endpoint rejects. */
export async function outcomeOfCall(call: Promise<unknown>): Promise<RpcOutcome> {
  try {
    return { ok: true, result: await call };
  } catch (error) {
    if (error instanceof TxTrailError) return { ok: false, error };
    throw error;
  }
}

/** Judges one answer object against the id it must carry (F12). */
export function outcomeOf(place: FaultPlace, answer: unknown, id: number): RpcOutcome {
  if (!isObject(answer))
    return failure(badAnswer(place, `no JSON-RPC object: ${excerpt(String(JSON.stringify(answer)))}`));
  const error = answer['error'];
  if (isObject(error)) return failure(rpcErrorFault(place, errorObjectOf(error)));
  if (answer['id'] !== id) {
    return failure(badAnswer(place, `the id ${excerpt(String(JSON.stringify(answer['id'])))} instead of ${id}`));
  }
  if (error !== undefined && error !== null) {
    return failure(badAnswer(place, `an error that is no object: ${excerpt(String(error))}`));
  }
  if (!('result' in answer)) return failure(badAnswer(place, 'neither a result nor an error'));
  return { ok: true, result: answer['result'] };
}

/** Matches answers of a batch to their calls by id: servers may reorder, repeat or leave out (H36). */
export function outcomesOf(
  provider: string,
  calls: readonly RpcCall[],
  firstId: number,
  answers: readonly unknown[],
): readonly RpcOutcome[] {
  const byId = new Map<unknown, unknown>();
  for (const answer of answers) {
    if (isObject(answer) && !byId.has(answer['id'])) byId.set(answer['id'], answer);
  }
  return calls.map((call, index) => {
    const place = { provider, method: call.method };
    const answer = byId.get(firstId + index);
    if (answer === undefined) return failure(badAnswer(place, 'a batch that leaves it out'));
    return outcomeOf(place, answer, firstId + index);
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function errorObjectOf(error: Record<string, unknown>): { code: number; message: string } {
  const code = error['code'];
  const data = typeof error['data'] === 'string' ? `: ${error['data']}` : '';
  return {
    code: typeof code === 'number' ? code : 0,
    message: `${typeof error['message'] === 'string' ? error['message'] : 'no message'}${data}`,
  };
}

function failure(error: TxTrailError): RpcOutcome {
  return { ok: false, error };
}
