import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import { runCommand } from './run-command.ts';
import { packageVersion } from '../runtime/package-version.ts';

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly terminal: FakeTerminal }> {
  const terminal = new FakeTerminal();
  return { code: await runCommand(args, terminal), terminal };
}

describe('the command line', () => {
  test.each([
    [['--help'], 0],
    [['-h'], 0],
    [['help'], 0],
    [['help', 'doctor'], 0],
    [['start', '--help'], 0],
    [['sandbox', '--help'], 0],
    [['init', '--help'], 0],
    [['doctor', '-h'], 0],
    [['--version'], 0],
    [[], 2],
    [['strat'], 2],
    [['unheard-of'], 2],
    [['help', 'unheard-of'], 2],
    [['start', '--nothing'], 2],
    [['doctor', '--nothing'], 2],
  ])('txtrail %j talks on the right stream and ends with %i', async (given, code) => {
    const { terminal, ...ended } = await run(...given);
    expect(ended.code).toBe(code);
    expect(code === 0 ? terminal.stderr : terminal.stdout).toBe('');
    expect(code === 0 ? terminal.stdout : terminal.stderr).not.toBe('');
  });

  test('a command that is nearly one is named; the version is the package’s', async () => {
    const { terminal } = await run('strat');
    expect(terminal.stderr).toBe('txtrail: strat is not a command; did you mean start?\n');
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test.each(['tenants', 'keys', 'dlq'])('%s, which is not built, is not listed and no command', async (name) => {
    expect((await run(name)).code).toBe(2);
    expect((await run('--help')).terminal.stdout).not.toContain(`\n  ${name} `);
  });

  test('what the terminal would obey is shown, not done (S24)', async () => {
    const { terminal } = await run('\u001b]0;owned\u0007', '\u202e');
    expect(terminal.stderr).toBe('txtrail: \\u{1b}]0;owned\\u{7} is not a command; see txtrail --help\n');
  });

  test.each([
    [['doctor', '--jsno'], '--jsno: is not an option; did you mean --json?\n'],
    [['doctor', '--port', 'x'], '--port: expected a whole number from 0 to 65535, found "x"\n'],
    [['doctor', 'now'], 'now: is not an option; see txtrail doctor --help\n'],
    [['init', 'a.yaml', 'b.yaml'], 'b.yaml: is not an option; see txtrail init --help\n'],
    [['init', '--force=maybe'], '--force: expected true or false, found "maybe"\n'],
    [['init', '--data'], '--data: expected a directory name, found nothing\n'],
  ])('txtrail %j: %s', async (given, line) => {
    const { code, terminal } = await run(...given);
    expect([code, terminal.stderr]).toEqual([2, line]);
  });
});
