import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Ways in which an RPC endpoint can be no use (F-class faults of providers). */
export type Breakage =
  | 'html'
  | 'truncated'
  | 'wrong_ids'
  | 'wrong_chain'
  | 'silent'
  | 'empty'
  | 'server_error'
  | 'not_rpc';

export interface BrokenProvider {
  readonly url: string;
  /** How many requests it has got. */
  requests(): number;
  stop(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params?: unknown;
}

/**
 * A tiny RPC endpoint that is broken in one way. Where a way needs good answers to spoil, it takes
 * them from the node behind it.
 */
export async function startBrokenProvider(breakage: Breakage, behind: string): Promise<BrokenProvider> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    void readBody(request).then((body) => answer(breakage, behind, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => count,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(breakage: Breakage, behind: string, body: string, response: ServerResponse): Promise<void> {
  const json = { 'content-type': 'application/json' };
  switch (breakage) {
    case 'silent':
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in to the network</body></html>');
      return;
    case 'empty':
      response.writeHead(200, json).end();
      return;
    case 'server_error':
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>');
      return;
    case 'not_rpc':
      response.writeHead(200, json).end('[[[["a list"]]]]');
      return;
    default: {
      const good = await fetch(behind, { method: 'POST', headers: json, body });
      response.writeHead(200, json).end(spoilt(breakage, await good.text(), body));
    }
  }
}

function spoilt(breakage: 'truncated' | 'wrong_ids' | 'wrong_chain', good: string, body: string): string {
  if (breakage === 'truncated') return good.slice(0, Math.floor(good.length / 2));
  if (breakage === 'wrong_ids')
    return good.replaceAll(/"id":(\d+)/g, (_, id: string) => `"id":${Number(id) + 1_000_000}`);
  const asked = JSON.parse(body) as Call | readonly Call[];
  const answers = JSON.parse(good) as { id: number; result: unknown } | { id: number; result: unknown }[];
  const calls = Array.isArray(asked) ? (asked as readonly Call[]) : [asked as Call];
  for (const entry of Array.isArray(answers) ? answers : [answers]) {
    const call = calls.find(({ id }) => id === entry.id);
    if (call?.method === 'eth_chainId') entry.result = '0x3e7';
    if (call?.method === 'net_version') entry.result = '999';
  }
  return JSON.stringify(answers);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
