import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGateway } from '../../../test/harness/gateway-fixture.ts';
import type { GatewayFixture } from '../../../test/harness/gateway-fixture.ts';
import { pageFolder } from '../../adapters/node/page-folder.ts';
import { createTokenCodec } from '../token.ts';
import { fakeCredentials } from '../../../test/harness/gateway-fixture.ts';

const script = `document.title = 'hello';\n${'// padding\n'.repeat(50)}`;
const html = '<!doctype html><title>TxTrail</title>';
const secret = 'what nobody may read';

let base = '';
let folder = '';
let fixture: GatewayFixture;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'txtrail-page-'));
  folder = join(base, 'dist');
  build();
  writeFileSync(join(base, 'secret.txt'), secret);
  fixture = await startGateway({}, { page: pageFolder(folder) });
});

afterEach(async () => {
  await fixture.gateway.drain();
  rmSync(base, { recursive: true });
});

function build(): void {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), html);
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, '.sources'), secret);
  const path = join(folder, 'assets', 'index-AbC_12-x.js');
  writeFileSync(path, script);
  writeFileSync(`${path}.br`, brotliCompressSync(script));
  writeFileSync(`${path}.gz`, gzipSync(script));
}

/** A request whose path goes out as it is written: `fetch` would tidy it up. */
async function raw(path: string, method = 'GET', headers = ''): Promise<string> {
  const { hostname, port } = new URL(fixture.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (bytes) => {
    text += String(bytes);
  });
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${headers}connection: close\r\n\r\n`);
  await once(socket, 'close');
  return text;
}

describe('the live page', () => {
  test('is served at / to everybody, and asked for anew each time', async () => {
    const { status, headers, text } = await fixture.call('GET', '/', { key: null });
    expect([status, text]).toEqual([200, html]);
    expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8/i);
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await raw('/', 'GET', `if-none-match: ${headers.get('etag')}\r\n`);
    expect(again).toMatch(/^HTTP\/1\.1 304 /);
  });

  test('lets in nothing but its own files, and nobody frame it', async () => {
    const { headers } = await fixture.call('GET', '/', { key: null });
    const policy = headers.get('content-security-policy')!;
    expect(policy.split('; ').toSorted()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "font-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "script-src 'self'",
      "style-src 'self'",
    ]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  test('is read from its address alone: HEAD works, POST is no call', async () => {
    expect((await fixture.call('HEAD', '/', { key: null })).status).toBe(200);
    expect((await fixture.call('POST', '/', { key: null, json: {} })).status).toBe(404);
  });

  test.each([
    ['br', 'gzip, deflate, br'],
    ['gzip', 'gzip'],
    [null, 'identity'],
  ])('its hashed files may be kept for ever, and come as %s', async (encoding, accepted) => {
    const headers = { 'accept-encoding': accepted };
    const answer = await fixture.call('GET', '/assets/index-AbC_12-x.js', { key: null, headers });
    expect([answer.status, answer.text]).toEqual([200, script]);
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('content-type')).toMatch(/javascript/);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
  });

  test('other files beside it are asked for anew', async () => {
    const icon = await fixture.call('GET', '/favicon.svg', { key: null });
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(icon.headers.get('cache-control')).toBe('no-cache');
  });

  test('does not take the place of the API', async () => {
    expect((await fixture.call('GET', '/openapi.json', { key: null })).json.openapi).toMatch(/^3\.1/);
    expect((await fixture.call('GET', '/v1/chains', { key: null })).status).toBe(401);
    const key = createTokenCodec(fakeCredentials.cursorSecret).encode({
      tenant: 'default',
      subscriber: 'alice',
      expiresAtMs: Date.now() + 3_600_000,
    });
    expect((await fixture.call('GET', '/v1/nothing', { key })).status).toBe(404);
  });
});

describe('what is not there', () => {
  test('a page that is not built says how to build it, and is there once it is', async () => {
    rmSync(folder, { recursive: true });
    const absent = await fixture.call('GET', '/', { key: null });
    expect([absent.status, absent.json.code]).toEqual([404, 'not_found']);
    expect(absent.json.detail).toContain('npm run build:dashboard');
    expect((await fixture.call('GET', '/other.txt', { key: null })).json.detail).not.toContain('build');
    build();
    expect((await fixture.call('GET', '/', { key: null })).status).toBe(200);
  });

  test.each([
    '/nothing.js',
    '/assets/nothing.js',
    '/assets/',
    '/assets',
    '/dashboard',
    '/.sources',
    '/assets/.sources',
    '/%2esources',
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets/%252e%252e/%252e%252e/secret.txt',
    '/assets//index-AbC_12-x.js',
    '/assets/./index-AbC_12-x.js',
    '/assets/index-AbC_12-x.js/',
    '/assets/index-AbC_12-x.js%00.txt',
    '//secret.txt',
    '/index.html/../../secret.txt',
  ])('%s is 404 and nothing else', async (path) => {
    const text = await raw(path);
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(text).toContain('"code":"not_found"');
    expect(text).not.toContain(secret);
    expect(fixture.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each(['link.txt', 'assets/link.js', 'assets/index-AbC_12-x.js.br'])(
    'a link out of the folder is not followed: %s',
    async (name) => {
      rmSync(join(folder, name), { force: true });
      symlinkSync(join(base, 'secret.txt'), join(folder, name));
      const path = `/${name.replace(/\.br$/, '')}`;
      const answer = await fixture.call('GET', path, { key: null, headers: { 'accept-encoding': 'br' } });
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain(secret);
    },
  );

  test('a folder that is itself reached by a link is served', async () => {
    const link = join(base, 'link-to-dist');
    symlinkSync(folder, link);
    const other = await startGateway({}, { page: pageFolder(link) });
    expect((await other.call('GET', '/', { key: null })).status).toBe(200);
    expect((await other.call('GET', '/assets/index-AbC_12-x.js', { key: null })).text).toBe(script);
    await other.gateway.drain();
  });
});
