import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClient } from '../scripts/build-client.mjs';
import { caseChain, CaseRig } from '../test/harness/case-rig.ts';
import { startProcess } from '../test/harness/child-process.ts';

const binFolder = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const environment = { ...process.env, PATH: `${binFolder}:${process.env['PATH'] ?? ''}` };
const mostBytes = 10_000;

/** A Node of the system that is older than the one that runs the sources, where there is one. */
const olderNode = ['/usr/bin/node', '/usr/local/bin/node'].find((command) => {
  const version = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const major = Number.parseInt(version.slice(1), 10);
  return major >= 20 && major < 24;
});

describe('the package as it is published', () => {
  const home = mkdtempSync(join(tmpdir(), 'txtrail-client-'));
  const folder = join(home, 'node_modules', '@txtrail', 'client');

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await buildClient(environment, folder);
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it(`is at most ${mostBytes} bytes of gzip, in one file that imports nothing`, () => {
    const code = readFileSync(join(folder, 'index.js'));
    const bytes = gzipSync(code, { level: 9 }).length;
    console.log(`@txtrail/client: ${code.length} bytes, ${bytes} with gzip`);
    expect(bytes).toBeLessThanOrEqual(mostBytes);
    expect(String(code)).not.toMatch(/\bimport\s*[({'"`]|\bfrom\s*['"`]|\brequire\(/);
  });

  it('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  });

  it('has nothing that publint finds wrong', async () => {
    const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  it('exports what it promises, and nothing more', async () => {
    const exported = (await import(pathToFileURL(join(folder, 'index.js')).href)) as object;
    expect(Object.keys(exported).sort()).toEqual([
      'CursorTooOldError',
      'OptionsError',
      'RefusedError',
      'TransactionFailedError',
      'TransactionReplacedError',
      'TxTrailClientError',
      'UnreachableError',
      'WaitError',
      'WaitTimeoutError',
      'createClient',
      'isTransactionEvent',
    ]);
  });

  it.each([
    ['a browser with a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom']],
    ['Node', ['--module', 'nodenext', '--lib', 'es2022,dom']],
  ])(
    'has types that hold for %s',
    (_where, options) => {
      const file = join(home, 'use.mts');
      writeFileSync(file, typedUse);
      const strict = ['--noEmit', '--strict', '--target', 'es2022', '--types', ''];
      const checked = spawnSync('tsc', [...strict, ...options, file], {
        cwd: home,
        env: environment,
        encoding: 'utf8',
      });
      expect(checked.stdout + checked.stderr).toBe('');
      expect(checked.status).toBe(0);
    },
    60_000,
  );

  it.skipIf(olderNode === undefined)(
    'works in an older Node, which has no WebSocket of its own',
    async () => {
      const rig = await CaseRig.start();
      try {
        const payment = rig.pay();
        const script = join(home, 'follow.mjs');
        writeFileSync(script, followingScript);
        const child = startProcess({
          name: 'older node',
          command: olderNode ?? '',
          args: [script, rig.url, rig.apiKey, caseChain, payment.hash],
        });
        await child.waitForLine(/^live sse$/);
        await rig.mine(3);
        await child.waitForLine(/^waited success$/);
        await child.waitForLine(/^heard transaction\.included over sse$/);
        // It ends by itself: nothing that the client left behind keeps it alive.
        expect(await child.exited).toEqual({ code: 0, signal: null });
      } finally {
        await rig.end();
      }
    },
    60_000,
  );
});

const typedUse = `
import { createClient, isTransactionEvent } from '@txtrail/client';
const client = createClient({ url: 'https://txtrail.example.org', token: async () => 'token' });
for await (const { event, cursor } of client.subscribe({ from: 'latest' })) {
  if (event.type === 'transaction.reorged') { const depth: number = event.data.reorg.depth; depth.toFixed(); }
  if (isTransactionEvent(event)) event.data.transaction.hash.slice(2);
  cursor.trim();
}
const transaction = await client.waitForTransaction({ chain: 'ethereum', hash: '0x', confirmations: 'safe' });
transaction.confirmations.toFixed();
export const constructor: import('@txtrail/client').WebSocketConstructor = WebSocket;
`;

const followingScript = `
import { createClient } from '@txtrail/client';
const [url, key, chain, hash] = process.argv.slice(2);
const client = createClient({ url, key });
const subscription = client.subscribe({ consumer: 'older', from: 'earliest' });
subscription.onStateChange(({ state, transport }) => console.log(state, transport));
const waiting = client.waitForTransaction({ chain, hash, confirmations: 2 });
for await (const { event } of subscription) {
  if (event.type !== 'transaction.included') continue;
  console.log('heard', event.type, 'over', subscription.transport);
  break;
}
console.log('waited', (await waiting).execution);
`;
