import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { listening } from './address-unavailable.ts';

const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

describe('an address that cannot be listened on', () => {
  test('a port in use is said with its option', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const second = createServer();
    const attempt = listening('server', { host: '127.0.0.1', port }, async () => {
      second.listen(port, '127.0.0.1');
      await once(second, 'listening');
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'address_unavailable',
      message: `Port ${port} of 127.0.0.1 is in use. Stop what listens there, or choose another port with --port (server.port).`,
    });
    holder.close();
  });

  test.each([
    [
      'server',
      'EACCES',
      'Port 80 of h may not be listened on by this user. Choose one from 1024 up with --port (server.port).',
    ],
    [
      'admin',
      'EADDRINUSE',
      'Port 80 of h is in use. Stop what listens there, or choose another port with --admin-port (admin.port).',
    ],
    ['admin', 'EADDRNOTAVAIL', 'h is not an address of this machine. Choose another with --admin-host (admin.host).'],
    ['server', 'ENOTFOUND', 'h is not an address of this machine. Choose another with --host (server.host).'],
  ] as const)('%s: %s', async (name, code, message) => {
    await expect(listening(name, { host: 'h', port: 80 }, failing(code))).rejects.toMatchObject({ message });
  });

  test('what is no fault of the address stays as it is, and what listens is returned', async () => {
    await expect(listening('server', { host: 'h', port: 80 }, failing('EIO'))).rejects.toMatchObject({ code: 'EIO' });
    expect(await listening('server', { host: 'h', port: 80 }, async () => 7)).toBe(7);
  });
});
