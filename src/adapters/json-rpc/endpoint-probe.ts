import type { Network } from '../../ports/network.ts';
import { connectionErrorCode, unreachable } from './json-rpc-fault.ts';
import { basicAuthorization } from './http-transport.ts';
import { type RpcCall, requestOf } from './json-rpc-message.ts';

export interface BatchProbe {
  /** Whether several calls in one request are answered one by one. */
  readonly isAccepted: boolean;
  /** The server's time by its `Date` header, whole seconds in Unix milliseconds; null: it says none. */
  readonly serverTimeMs: number | null;
}

/**
 * Sends one batch as it is: the transport would send single calls instead, once it is refused.
 *
 * @throws TxTrailError `provider_unreachable`
 */
export async function probeBatch(
  endpoint: { readonly provider: string; readonly url: string },
  calls: readonly RpcCall[],
  { network, signal }: { readonly network: Network; readonly signal: AbortSignal },
): Promise<BatchProbe> {
  const url = new URL(endpoint.url);
  const headers = { 'content-type': 'application/json', ...basicAuthorization(url) };
  const body = JSON.stringify(calls.map((call, index) => requestOf(index + 1, call)));
  const origin = network.origin(url.origin);
  try {
    const reply = await origin.post({ path: `${url.pathname}${url.search}`, headers, body, signal });
    const date = reply.headers['date'];
    const serverTimeMs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    const text = await reply.text();
    return { isAccepted: isBatch(text, calls.length), serverTimeMs: Number.isNaN(serverTimeMs) ? null : serverTimeMs };
  } catch (error) {
    throw unreachable({ provider: endpoint.provider, method: 'a batch' }, connectionErrorCode(error));
  } finally {
    await origin.close();
  }
}

function isBatch(text: string, count: number): boolean {
  try {
    const answers: unknown = JSON.parse(text);
    return Array.isArray(answers) && answers.length === count && answers.every((answer) => 'result' in Object(answer));
  } catch {
    // Not JSON: a page of the gateway, say.
    return false;
  }
}
