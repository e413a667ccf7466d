import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import { runCommand } from './run-command.ts';
import { sandboxNotes } from './sandbox.ts';

describe('txtrail sandbox', () => {
  test('--help says what it is and what it takes', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommand(['sandbox', '--help'], terminal)).toBe(0);
    expect(terminal.stdout).toMatch(/^txtrail sandbox \[options\]/);
    expect(terminal.stdout).toContain('--rpc-port PORT');
    expect(terminal.stderr).toBe('');
  });

  test('mistakes are one line each and exit 2, before anything starts', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommand(['sandbox', '--seed', 'x', '--colour'], terminal)).toBe(2);
    expect(terminal.stderr).toBe(
      '--seed: expected a whole number from 0 to 4294967295, found "x"\n' +
        '--colour: is not an option; see txtrail sandbox --help\n',
    );
    expect(terminal.stdout).toBe('');
  });
});

describe('what a person is told', () => {
  const sandbox = {
    url: 'http://127.0.0.1:8080',
    rpcUrl: 'http://127.0.0.1:8545',
    isRpcPortOther: false,
    keyFile: 'txtrail-data/sandbox-key',
    seed: 7,
  };

  test('the chain, the API with its key, and how to play the demo again', () => {
    const text = sandboxNotes(sandbox, { blockTimeMs: 500, hasDemo: true }).join('\n');
    expect(text).toMatch(/http:\/\/127\.0\.0\.1:8545 .*31337, a block every 0\.5 s/);
    expect(text).toContain('in txtrail-data/sandbox-key');
    expect(text).toContain('Page      http://127.0.0.1:8080');
    expect(text).toContain('--seed 7');
    expect(text).not.toContain('in use');
  });

  test('that another port was taken, and that the key is the one given', () => {
    const other = { ...sandbox, isRpcPortOther: true, keyFile: null };
    const text = sandboxNotes(other, { blockTimeMs: 2000, hasDemo: false }).join('\n');
    expect(text).toContain('the usual port 8545 is in use');
    expect(text).toContain('TXTRAIL_API_KEY');
    expect(text).not.toContain('--seed');
  });
});
