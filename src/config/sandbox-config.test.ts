import { describe, expect, test } from 'vitest';
import { mistakeLine } from './mistake.ts';
import { sandboxHelp } from './option-help.ts';
import { loadSandboxConfig, sandboxChain, sandboxOptions } from './sandbox-config.ts';
import type { SandboxConfig } from './sandbox-config.ts';

function load(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const readFile = (): string => {
    throw new Error('no file is read');
  };
  return loadSandboxConfig({ args, environment, readFile });
}

function configOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): SandboxConfig {
  const loaded = load(args, environment);
  if (loaded.kind === 'mistakes') throw new Error(loaded.mistakes.map(mistakeLine).join('\n'));
  return loaded.config;
}

function linesOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): readonly string[] {
  const loaded = load(args, environment);
  return loaded.kind === 'mistakes' ? loaded.mistakes.map(mistakeLine) : [];
}

describe('what is in force', () => {
  test('without a word', () => {
    expect(configOf([])).toMatchObject({ rpcPort: null, blockTimeMs: 2000, hasDemo: true, seed: null });
    expect(configOf([]).tracker).toMatchObject({
      dataDir: './txtrail-data',
      server: { host: '127.0.0.1', port: 8080, allowedOrigins: ['*'] },
      admin: { host: '127.0.0.1', port: 9090 },
      logLevel: 'warn',
      apiKey: null,
      chains: [],
    });
  });

  test('by flags', () => {
    const own = ['--rpc-port', '0', '--block-time=0.5', '--no-demo', '--seed', '42'];
    const shared = ['--port', '1', '--admin-port=2', '--data', '/d', '--host', 'localhost', '--log-level', 'debug'];
    const origins = ['--allowed-origins', 'http://localhost:3000,https://a.example'];
    const config = configOf([...own, ...shared, ...origins]);
    expect(config).toMatchObject({ rpcPort: 0, blockTimeMs: 500, hasDemo: false, seed: 42 });
    expect(config.tracker).toMatchObject({ dataDir: '/d', logLevel: 'debug' });
    const allowedOrigins = ['http://localhost:3000', 'https://a.example'];
    expect(config.tracker.server).toEqual({ host: 'localhost', port: 1, allowedOrigins });
    expect(config.tracker.admin.port).toBe(2);
  });

  test('by the variables of the tracker, but for its chains', () => {
    const environment = {
      TXTRAIL_PORT: '7',
      TXTRAIL_API_KEY: 'k'.repeat(32),
      TXTRAIL_LOG_LEVEL: 'info',
      TXTRAIL_CHAIN: 'ethereum=http://127.0.0.1:1',
      TXTRAIL_CONFIG: 'file.yaml',
    };
    const { tracker } = configOf([], environment);
    expect(tracker).toMatchObject({ apiKey: 'k'.repeat(32), logLevel: 'info', chains: [] });
    expect([tracker.server.port, configOf(['--port', '8'], environment).tracker.server.port]).toEqual([7, 8]);
  });

  test('for its chain', () => {
    const providers = [
      { name: 'alpha', http: 'http://127.0.0.1:1/alpha', ws: 'ws://127.0.0.1:1/alpha' },
      { name: 'beta', http: 'http://127.0.0.1:1/beta', ws: null },
    ];
    expect(sandboxChain(providers, 500)).toMatchObject({
      chain: 'eip155:31337',
      name: 'sandbox',
      confirmations: 3,
      thresholds: [2],
      blockTimeMs: 500,
      finality: 'tag',
      providers: [
        { name: 'alpha', role: 'primary' },
        { name: 'beta', role: 'secondary' },
      ],
    });
  });
});

describe('mistakes', () => {
  test.each([
    [['--rpc-port', '70000'], ['--rpc-port: expected a whole number from 0 to 65535, found "70000"']],
    [['--block-time', '0'], ['--block-time: expected a number from 0.1 to 60, found "0"']],
    [['--block-time', '1e1'], ['--block-time: expected a number from 0.1 to 60, found "1e1"']],
    [['--seed', '-1'], ['--seed: expected a whole number from 0 to 4294967295, found "-1"']],
    [['--seed'], ['--seed: expected a whole number from 0 to 4294967295, found nothing']],
    [['--no-demo=maybe'], ['--no-demo: expected true or false, found "maybe"']],
    [['--sed', '1'], ['--sed: is not an option; did you mean --seed?']],
    [['--chain', 'ethereum=http://127.0.0.1:1'], ['--chain: is not an option; see txtrail sandbox --help']],
    [['--config', 'x.yaml'], ['--config: is not an option; see txtrail sandbox --help']],
    [['--port', '9090'], ['admin.port: expected another port than server.port, found 9090']],
  ])('%j', (args, lines) => {
    expect(linesOf(args)).toEqual(lines);
  });

  test('in variables, and several at once', () => {
    expect(linesOf(['--seed', 'x'], { TXTRAIL_PORT: 'y' }).map((line) => line.split(':')[0])).toEqual([
      '--seed',
      'TXTRAIL_PORT',
    ]);
  });
});

test('the help names every option', () => {
  for (const { flag } of sandboxOptions) expect(sandboxHelp()).toContain(`--${flag}`);
});
