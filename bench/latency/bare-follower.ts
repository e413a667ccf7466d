/**
 * The limit of the latency: a client of the same provider that does nothing but hear of a block, fetch
 * it with its receipts and parse both, and then notes the time.
 */
import { Pool } from 'undici';
import { WebSocket } from 'ws';

export type FollowerRequest =
  | { readonly kind: 'follow'; readonly http: string; readonly ws: string }
  | { readonly kind: 'stop' };

export type FollowerReply =
  | { readonly kind: 'following' }
  | { readonly kind: 'stopped'; readonly blocks: readonly { readonly number: number; readonly parsedMs: number }[] };

const parsed: { number: number; parsedMs: number }[] = [];
let pool: Pool | null = null;
let path = '/';
let queue: Promise<void> = Promise.resolve();

async function call(method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const headers = { 'content-type': 'application/json' };
  const answer = await pool?.request({ path, method: 'POST', headers, body });
  const { result } = JSON.parse((await answer?.body.text()) ?? '{}') as { readonly result: unknown };
  return result;
}

async function take(hash: string): Promise<void> {
  const block = (await call('eth_getBlockByHash', [hash, true])) as { readonly number: string };
  await call('eth_getBlockReceipts', [hash]);
  parsed.push({ number: Number(block.number), parsedMs: Number(process.hrtime.bigint()) / 1e6 });
}

function follow(http: string, ws: string): void {
  const url = new URL(http);
  pool = new Pool(url.origin, { connections: 2 });
  path = url.pathname;
  const socket = new WebSocket(ws, { perMessageDeflate: false });
  socket.on('open', () => socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as {
      readonly id?: number;
      readonly params?: { readonly result: { readonly hash: string } };
    };
    if (message.id === 1) process.send?.({ kind: 'following' } satisfies FollowerReply);
    const hash = message.params?.result.hash;
    if (hash !== undefined) queue = queue.then(() => take(hash));
  });
}

process.on('message', (request: FollowerRequest) => {
  if (request.kind === 'follow') follow(request.http, request.ws);
  else void queue.then(() => process.send?.({ kind: 'stopped', blocks: parsed } satisfies FollowerReply));
});
process.on('disconnect', () => process.exit(0));
