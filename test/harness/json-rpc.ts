/** A JSON-RPC error object, as the node said it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(method: string, error: { readonly code: number; readonly message: string; readonly data?: unknown }) {
    super(`${method}: ${error.message} (${error.code})`);
    this.name = 'RpcError';
    this.code = error.code;
    this.data = error.data;
  }
}

export interface JsonRpc {
  readonly url: string;
  /** @throws RpcError for an error object */
  call<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>;
}

/** How long a node may take over one answer before the call is given up. */
const callTimeoutMs = 20_000;

/**
 * The plainest JSON-RPC client there is: tests ask nodes for the truth with it, so it shares nothing
 * with the product.
 */
export function createJsonRpc(url: string, headers: () => Readonly<Record<string, string>> = () => ({})): JsonRpc {
  let lastId = 0;
  return {
    url,
    async call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
      lastId += 1;
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers() },
        body: JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }),
        signal: AbortSignal.timeout(callTimeoutMs),
      });
      const text = await response.text();
      if (!text.startsWith('{')) throw new Error(`${method}: HTTP ${response.status}, ${text.slice(0, 200)}`);
      const answer = JSON.parse(text) as {
        readonly result?: T;
        readonly error?: { readonly code: number; readonly message: string };
      };
      if (answer.error !== undefined) throw new RpcError(method, answer.error);
      return answer.result as T;
    },
  };
}
