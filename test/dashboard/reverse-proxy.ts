import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface ReverseProxy {
  /** With the path, without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * An HTTP server that shows what is behind it below a path, as operators do who serve several tools
 * on one host. WebSockets pass too; anything outside the path is not found.
 */
export async function startReverseProxy(path: string, target: () => string): Promise<ReverseProxy> {
  const behind = (incoming: IncomingMessage): string | null => {
    const url = incoming.url ?? '';
    return url.startsWith(`${path}/`) ? url.slice(path.length) : null;
  };
  const server = createServer((incoming, answer) => {
    const inner = behind(incoming);
    if (inner === null) {
      answer.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const passed = request(`${target()}${inner}`, { method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    passed.once('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  server.on('upgrade', (incoming, near, head) => {
    const { hostname, port } = new URL(target());
    const far = connect(Number(port), hostname);
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${String(value)}`);
    far.write(`GET ${behind(incoming) ?? '/'} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
    // A socket that goes takes its other half along; there is nobody to tell.
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
