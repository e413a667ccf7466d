import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProcess } from '../harness/child-process.ts';
import type { RunningProcess } from '../harness/child-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startTimeoutMs = 120_000;

let dataDir: string;
let sandbox: RunningProcess;
let place: Record<string, string>;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'txtrail-examples-'));
  const ports = ['--port', '0', '--admin-port', '0', '--rpc-port', '0'];
  sandbox = startProcess({
    name: 'sandbox',
    command: process.execPath,
    args: ['src/cli/txtrail.mjs', 'sandbox', ...ports, '--no-demo', '--block-time', '0.5'],
    env: { TXTRAIL_DATA: dataDir },
    cwd: root,
  });
  const [, url = ''] = await sandbox.waitForLine(/^txtrail ready (http:\/\/\S+)$/, startTimeoutMs);
  const [, rpcUrl = ''] = await sandbox.waitForLine(/Chain\s+(http:\/\/\S+)/);
  place = { TXTRAIL_URL: url, TXTRAIL_RPC_URL: rpcUrl };
});
afterAll(async () => {
  await sandbox.stop(10_000);
  rmSync(dataDir, { recursive: true, force: true });
});

function run(script: string, ...args: string[]): RunningProcess {
  return startProcess({ name: script, command: process.execPath, args: [script, ...args], env: place, cwd: root });
}

/** What it printed, once it has ended well by itself. */
async function outputOf(script: string, ...args: string[]): Promise<string> {
  const running = run(script, ...args);
  const ended = await running.exited;
  const lines = running.lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
  expect(ended, running.tail()).toEqual({ code: 0, signal: null });
  return lines.join('\n');
}

describe('the examples', () => {
  it('send with viem, follow by hash, and read as a consumer that goes on where it was', async () => {
    const sent = await outputOf('examples/send-with-viem.ts');
    expect(sent).toMatch(/^sent 0x[0-9a-f]{64}\n(?:confirmed|finalized) in block \d+, \d+ confirmations$/);
    const hash = sent.slice('sent '.length).split('\n')[0] ?? '';
    expect(await outputOf('examples/node-track.mjs', hash)).toMatch(
      new RegExp(`^${hash} (?:confirmed|finalized), success, block \\d+$`),
    );
    const first = run('examples/subscribe.mjs', 'reader');
    const [, seq] = await first.waitForLine(/^default (\d+) transaction\.confirmed 0x/);
    first.kill('SIGINT');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    const next = run('examples/subscribe.mjs', 'reader');
    await outputOf('examples/send-with-viem.ts');
    const [, nextSeq] = await next.waitForLine(/^default (\d+) transaction\./);
    expect(Number(nextSeq)).toBeGreaterThan(Number(seq));
    next.kill('SIGINT');
    await next.exited;
  });
});

/** Every `console` block of the page that follows the name of a script. */
function claims(): readonly { readonly script: string; readonly output: string }[] {
  const page = readFileSync(join(root, 'docs/guides/from-viem-ethers.md'), 'utf8');
  return [...page.matchAll(/`(examples\/traps\/[\w-]+\.mjs)`[\s\S]*?```console\n([\s\S]*?)\n```/g)].map(
    ([, script = '', output = '']) => ({ script, output }),
  );
}

describe('docs/guides/from-viem-ethers.md', () => {
  it('has the output of some traps', () => {
    expect(claims().map(({ script }) => script)).toEqual([
      'examples/traps/replaced.mjs',
      'examples/traps/reorged.mjs',
      'examples/traps/unseen.mjs',
      'examples/traps/disconnected.mjs',
    ]);
  });

  it.each(claims())('says what $script shows', async ({ script, output }) => {
    const shown = await outputOf(script);
    expect(shown.split('\n').sort()).toEqual(output.split('\n').sort());
  });
});
