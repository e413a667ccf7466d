import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CuttingProxy } from './cutting-proxy.ts';
import { waitUntil } from './wait-until.ts';

describe('CuttingProxy', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function proxied(hang: boolean): Promise<CuttingProxy> {
    const server = createServer((_request, response) => {
      if (!hang) response.end('through');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const proxy = new CuttingProxy(() => `http://127.0.0.1:${port}`);
    await proxy.start();
    stops.push(
      () => proxy.stop(),
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return proxy;
  }

  it('hands on what both sides say', async () => {
    const proxy = await proxied(false);
    expect(await (await fetch(proxy.url)).text()).toBe('through');
  });

  it('cuts what is on the way, and takes new connections after', async () => {
    const proxy = await proxied(true);
    const asked = fetch(proxy.url).then(
      () => 'answered',
      () => 'cut',
    );
    await waitUntil(() => proxy.connections === 1, { what: 'the connection' });
    proxy.cut();
    expect(await asked).toBe('cut');
    expect(proxy.cuts).toBe(1);
  });

  it('refuses while it is told to', async () => {
    const proxy = await proxied(false);
    proxy.refuse(true);
    await expect(fetch(proxy.url)).rejects.toThrow();
    proxy.refuse(false);
    expect(await (await fetch(proxy.url)).text()).toBe('through');
  });
});
