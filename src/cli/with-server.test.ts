import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeTerminal, type FakeTerminalOptions } from '../../test/harness/fake-terminal.ts';
import { runCommand } from './run-command.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server that follows no chain, and what it was sent as keys. */
async function startServer(
  answer = '{"data":[],"nextCursor":null}',
  status = 200,
): Promise<{ readonly url: string; readonly keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization?.replace('Bearer ', ''));
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}

async function status(
  args: readonly string[],
  options: FakeTerminalOptions,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const terminal = new FakeTerminal(options);
  return { code: await runCommand(['status', ...args], terminal), stderr: terminal.stderr };
}

const sandboxKey = 'sandbox_0123456789';
const files = {
  'txtrail-data/sandbox-key': `${sandboxKey}\n`,
  'own.key': 'own_0123456789\n',
  'broken.key': 'two words\n',
};

describe('the key', () => {
  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    [
      'a file named by flag comes first',
      ['--key-file', 'own.key'],
      { TXTRAIL_API_KEY: 'env_0123456789' },
      'own_0123456789',
    ],
    ['then the variable', [], { TXTRAIL_API_KEY: 'env_0123456789', TXTRAIL_KEY_FILE: 'own.key' }, 'env_0123456789'],
    ['then the file that a variable names', [], { TXTRAIL_API_KEY: '', TXTRAIL_KEY_FILE: 'own.key' }, 'own_0123456789'],
    ['then the sandbox’s, for a server of this machine', [], {}, sandboxKey],
  ])('%s', async (_name, args, environment, key) => {
    const { url, keys } = await startServer();
    expect(await status([...args, '--url', url], { environment, files })).toMatchObject({ code: 0 });
    expect(keys).toEqual([key]);
  });

  test('the sandbox’s goes to no other machine', async () => {
    const { code, stderr } = await status(['--url', 'https://tracker.example'], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^txtrail: no key for https:\/\/tracker\.example; set TXTRAIL_API_KEY or name its file/);
  });

  test.each([
    ['none.key', '--key-file: expected a file that can be read, found "none.key"\n'],
    ['broken.key', 'broken.key: expected a key, in one line of printable characters without spaces\n'],
  ])('%s is a mistake, and the key is not shown', async (file, line) => {
    expect(await status(['--key-file', file], { files })).toEqual({ code: 2, stderr: line });
  });
});

describe('the server', () => {
  test('is named by flag before variable', async () => {
    const [flag, variable] = [await startServer(), await startServer()];
    await status(['--url', flag.url], { files, environment: { TXTRAIL_URL: variable.url } });
    await status([], { files, environment: { TXTRAIL_URL: variable.url } });
    expect([flag.keys.length, variable.keys.length]).toEqual([1, 1]);
  });

  test.each([
    ['--url', ['--url', 'ftp://a.example'], {}, '--url: expected a http or https URL, found "ftp://a.example"\n'],
    ['TXTRAIL_URL', [], { TXTRAIL_URL: 'nowhere' }, 'TXTRAIL_URL: expected a http or https URL\n'],
  ])('%s that is no URL is a mistake', async (_name, args, environment, line) => {
    expect(await status(args, { files, environment })).toEqual({ code: 2, stderr: line });
  });

  test('that is not there is one line with what to do, and shows no secret of the URL', async () => {
    const server = await startServer();
    ends.splice(0).map((end) => end());
    const { code, stderr } = await status(['--url', server.url.replace('//', '//user:secret@')], { files });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^txtrail: no TxTrail answers at http:\/\/127\.0\.0\.1:\d+ \(\w+\); start one with txtrail start or txtrail sandbox, or name another with --url\n$/,
    );
    expect(stderr).not.toContain('secret');
  });

  test('that refuses the key says where the key came from', async () => {
    const problem = {
      type: 'about:blank',
      title: 'A valid key is needed',
      status: 401,
      detail: 'Send it.',
      code: 'unauthorized',
    };
    const { url } = await startServer(JSON.stringify(problem), 401);
    expect(await status(['--url', url], { files })).toEqual({
      code: 1,
      stderr: `txtrail: ${url} refuses the key from txtrail-data/sandbox-key; give the right one as TXTRAIL_API_KEY or with --key-file\n`,
    });
  });

  test('that is no TxTrail is told, whatever it sends (S24)', async () => {
    const { url } = await startServer('<html>\u001b]0;owned\u0007</html>');
    const { code, stderr } = await status(['--url', url], { files });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^txtrail: .*JSON.*\n$/);
    expect(stderr).not.toContain('\u001b');
  });

  test('that is hostile cannot make the terminal do anything, whatever member it puts it into (S24)', async () => {
    const spell = '\u001b]0;owned\u0007\u009b31m\u202e';
    const block = { number: spell, hash: spell, timestamp: spell };
    const provider = { name: spell, role: spell, state: spell, reason: spell, head: spell, lag: spell };
    const transaction = Object.fromEntries(
      ['id', 'chain', 'hash', 'subscriber', 'status', 'execution', 'reason', 'replacedBy', 'replaces', 'blockNumber']
        .concat(['confirmations', 'requiredConfirmations', 'from', 'to', 'nonce', 'metadata', 'createdAt'])
        .map((name) => [name, spell]),
    );
    const { url } = await startServer(
      JSON.stringify({
        data: [
          {
            ...transaction,
            ...{ name: spell, chain: spell, head: block, lag: spell, providers: [provider], type: spell, time: spell },
            ...{ finality: { source: spell, safe: block, finalized: block }, seq: spell },
            evidence: { rule: spell, providers: [spell], block },
          },
        ],
        nextCursor: null,
      }),
    );
    for (const args of [['status'], ['status', `0x${'1'.repeat(64)}`], ['status', '--json']]) {
      const terminal = new FakeTerminal({ files, isTerminal: true });
      expect(await runCommand([...args, '--url', url], terminal)).toBe(0);
      expect(terminal.stdout).toContain('owned');
      expect(terminal.stdout.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
    }
  });
});
