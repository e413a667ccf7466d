import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig } from './load-config.ts';
import type { Config } from './config.ts';
import { mistakeLine } from './mistake.ts';
import { startHelp } from './option-help.ts';
import { optionTable, variableOf } from './option-table.ts';

interface Given {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function load(given: Given): ReturnType<typeof loadConfig> {
  const args = [...(given.args ?? []), ...(given.file === undefined ? [] : ['--config', 'file.yaml'])];
  return loadConfig({
    args,
    environment: given.environment ?? {},
    readFile: (name) => {
      if (name === 'file.yaml' && given.file !== undefined) return given.file;
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    },
  });
}

function configOf(given: Given): Config {
  const loaded = load(given);
  if (loaded.kind === 'mistakes') throw new Error(loaded.mistakes.map(mistakeLine).join('\n'));
  return loaded.config;
}

function linesOf(given: Given): readonly string[] {
  const loaded = load(given);
  return loaded.kind === 'mistakes' ? loaded.mistakes.map(mistakeLine) : [];
}

const local = 'ethereum=http://127.0.0.1:8545';
const chain = (more: string): string =>
  `chains:\n  - chain: ethereum\n    providers: [{ http: "http://127.0.0.1:8545" }]\n${more}`;

const whole = `
mode: embedded
dataDir: ./txtrail-data
server: { host: 127.0.0.1, port: 8080 }
admin:  { host: 127.0.0.1, port: 9090 }
chains:
  - chain: ethereum
    confirmations: 12
    thresholds: [1, 3]
    pollIntervalMs: 4000
    finality: tag
    dropAfter: { blocks: 20, seconds: 120 }
    verifyBlocks: false
    providers:
      - { name: main, http: "https://a.example", ws: "wss://a.example", role: primary, weight: 2, requestsPerSecond: 50 }
      - { name: spare, http: "https://b.example", role: secondary }
webhooks: { allowPrivateNetworks: false, timeoutMs: 15000, retry: { baseMs: 10000, maxMs: 3600000, maxAttempts: 11 } }
distributed:
  kafka: { brokers: ["127.0.0.1:9092"], partitions: 64 }
  redis: { nodes: ["127.0.0.1:7000"] }
  postgres: { url: "postgres://user:secret@127.0.0.1/txtrail" }
`;

describe('what is in force', () => {
  test('the whole file of the contract', () => {
    expect(configOf({ file: whole })).toEqual({
      mode: 'embedded',
      roles: ['api', 'watch', 'status', 'notify', 'recover'],
      distributed: null,
      dataDir: './txtrail-data',
      historyDays: 90,
      server: { host: '127.0.0.1', port: 8080, allowedOrigins: [] },
      admin: { host: '127.0.0.1', port: 9090 },
      apiKey: null,
      adminKey: null,
      logLevel: 'info',
      chains: [
        {
          chain: 'eip155:1',
          name: 'ethereum',
          chainId: 1,
          confirmations: 12,
          thresholds: [1, 3],
          blockTimeMs: 12_000,
          pollIntervalMs: 4000,
          finality: 'tag',
          dropAfter: { blocks: 20, seconds: 120 },
          verifyBlocks: false,
          providers: [
            {
              name: 'main',
              http: 'https://a.example',
              ws: 'wss://a.example',
              role: 'primary',
              weight: 2,
              requestsPerSecond: 50,
            },
            {
              name: 'spare',
              http: 'https://b.example',
              ws: null,
              role: 'secondary',
              weight: 1,
              requestsPerSecond: null,
            },
          ],
        },
      ],
    });
  });

  test('the distributed mode: by the file, or by a role', () => {
    const distributed = {
      kafka: { brokers: ['127.0.0.1:9092'], partitions: 64, topicPrefix: 'txtrail.' },
      redis: { nodes: ['127.0.0.1:7000'] },
      postgres: { url: 'postgres://user:secret@127.0.0.1/txtrail', schema: 'txtrail' },
    };
    const all = configOf({ file: whole.replace('mode: embedded', 'mode: distributed') });
    expect(all).toMatchObject({ mode: 'distributed', distributed });
    expect(all.roles).toEqual(['api', 'watch', 'status', 'notify', 'recover']);
    const some = configOf({ file: whole, args: ['--role', 'watch, status'] });
    expect(some).toMatchObject({ mode: 'distributed', distributed });
    expect(some.roles).toEqual(['watch', 'status']);
  });

  test('the URL of PostgreSQL may come from the environment, where no file shows its password', () => {
    const file = whole.replace('mode: embedded', 'mode: distributed').replace(/ {2}postgres: .*\n/, '');
    const environment = { TXTRAIL_POSTGRES_URL: 'postgres://other@127.0.0.1/x' };
    expect(configOf({ file, environment }).distributed?.postgres.url).toBe('postgres://other@127.0.0.1/x');
  });

  test('a flag goes before a variable, a variable before the file, the file before the default', () => {
    const file = chain('server: { port: 1 }\nadmin: { port: 2 }\nlogLevel: warn\n');
    const environment = { TXTRAIL_PORT: '3', TXTRAIL_ADMIN_PORT: '4', TXTRAIL_DATA: '' };
    const config = configOf({ file, environment, args: ['--port=5'] });
    expect([config.server.port, config.admin.port, config.logLevel, config.dataDir]).toEqual([
      5,
      4,
      'warn',
      './txtrail-data',
    ]);
  });

  test.each([
    ['a flag', { file: chain(''), args: ['--allowed-origins', 'https://a.example, http://localhost:5173'] }],
    [
      'a variable',
      { file: chain(''), environment: { TXTRAIL_ALLOWED_ORIGINS: 'https://a.example,http://localhost:5173' } },
    ],
    ['the file', { file: chain('server: { allowedOrigins: ["https://a.example", "http://localhost:5173"] }\n') }],
  ])('allowed origins by %s', (_name, sources) => {
    expect(configOf(sources).server.allowedOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
  });

  test('any origin, and none though the file is asked', () => {
    expect(configOf({ file: chain(''), args: ['--allowed-origins=*'] }).server.allowedOrigins).toEqual(['*']);
    expect(configOf({ file: chain('server: { allowedOrigins: [] }\n') }).server.allowedOrigins).toEqual([]);
  });

  test('the file may be named by a variable, and keys come from variables', () => {
    const environment = {
      TXTRAIL_CONFIG: 'file.yaml',
      TXTRAIL_API_KEY: 'k'.repeat(32),
      TXTRAIL_ADMIN_KEY: 'a'.repeat(40),
    };
    const loaded = loadConfig({ args: [], environment, readFile: () => whole });
    expect(loaded).toMatchObject({ kind: 'config', config: { apiKey: 'k'.repeat(32), adminKey: 'a'.repeat(40) } });
  });

  test.each([
    ['ethereum', 'eip155:1', 12, 12_000],
    ['polygon', 'eip155:137', 64, 2_000],
    ['eip155:137', 'eip155:137', 64, 2_000],
    ['eip155:4242', 'eip155:4242', 12, 2_000],
  ])('the chain %s', (name, id, confirmations, blockTimeMs) => {
    const [found] = configOf({ args: ['--chain', `${name}=http://127.0.0.1:8545`] }).chains;
    expect(found).toMatchObject({ chain: id, confirmations, blockTimeMs, thresholds: [3], finality: 'tag' });
  });

  test('the chain of the sandbox goes by the number that local test chains have', () => {
    const [named] = configOf({ args: ['--chain', 'sandbox=http://127.0.0.1:8545'] }).chains;
    const [numbered] = configOf({ args: ['--chain', 'eip155:31337=http://127.0.0.1:8545'] }).chains;
    expect(named).toEqual(numbered);
    expect(named).toMatchObject({ chain: 'eip155:31337', name: 'sandbox', confirmations: 3, thresholds: [2] });
    expect(named).toMatchObject({ blockTimeMs: 2_000, finality: 'tag' });
  });

  test('every preset of the contract is known', () => {
    for (const name of 'ethereum polygon arbitrum optimism base bsc avalanche gnosis linea scroll zksync sepolia'.split(
      ' ',
    )) {
      expect(configOf({ args: ['--chain', `${name}=http://127.0.0.1:1`] }).chains[0]?.name).toBe(name);
    }
  });

  test('a default threshold that is not below the count is left out', () => {
    expect(
      configOf({ file: chain('').replace('providers', 'confirmations: 3\n    providers') }).chains[0]?.thresholds,
    ).toEqual([]);
    expect(
      configOf({ file: chain('').replace('providers', 'confirmations: finalized\n    providers') }).chains[0]
        ?.thresholds,
    ).toEqual([3]);
  });

  test('--chain pairs the first socket with the first http address; others are providers of their own', () => {
    const urls = [
      'wss://a.example/KEY',
      'https://a.example',
      'https://b.example',
      'wss://c.example',
      'wss://b.example',
    ].join(',');
    expect(configOf({ args: ['--chain', `ethereum=${urls}`] }).chains[0]?.providers).toMatchObject([
      { name: 'p1', http: 'https://a.example', ws: 'wss://a.example/KEY', role: 'primary' },
      { name: 'p2', http: 'https://b.example', ws: 'wss://b.example', role: 'secondary' },
      { name: 'p3', http: null, ws: 'wss://c.example', role: 'secondary' },
    ]);
  });

  test('--chain takes the place of the providers of the same chain, and adds another', () => {
    const config = configOf({
      file: whole,
      args: ['--chain', 'eip155:1=http://x.example', '--chain', 'polygon=http://y.example'],
    });
    expect(config.chains).toMatchObject([
      { chain: 'eip155:1', pollIntervalMs: 4000, providers: [{ name: 'p1', http: 'http://x.example' }] },
      { chain: 'eip155:137', providers: [{ http: 'http://y.example' }] },
    ]);
  });

  test('TXTRAIL_CHAIN holds chains separated by spaces, and --chain goes before it', () => {
    const environment = { TXTRAIL_CHAIN: 'ethereum=http://a.example  polygon=http://b.example' };
    expect(configOf({ environment }).chains).toHaveLength(2);
    expect(configOf({ environment, args: ['--chain', local] }).chains).toHaveLength(1);
  });
});

describe('mistakes', () => {
  const cases: readonly [string, Given, readonly string[]][] = [
    ['nothing at all', {}, ['chains: expected at least one chain, in the file or as --chain NAME=URL, found nothing']],
    [
      'an unknown flag',
      { args: ['--chain', local, '--prot', '8080'] },
      ['--prot: is not an option; did you mean --port?'],
    ],
    ['a stray word', { args: ['--chain', local, 'now'] }, ['now: is not an option; see txtrail start --help']],
    [
      'a flag without its value',
      { args: ['--chain', local, '--port'] },
      ['--port: expected a whole number from 0 to 65535, found nothing'],
    ],
    [
      'a flag given twice',
      { args: ['--chain', local, '--port', '1', '--port', '2'] },
      ['--port: expected once, found again'],
    ],
    [
      'a port out of range',
      { args: ['--chain', local, '--port', '65536'] },
      ['--port: expected a whole number from 0 to 65535, found "65536"'],
    ],
    [
      'a variable',
      { args: ['--chain', local], environment: { TXTRAIL_PORT: '8o80' } },
      ['TXTRAIL_PORT: expected a whole number from 0 to 65535, found "8o80"'],
    ],
    [
      'a short key, which is not shown',
      { args: ['--chain', local], environment: { TXTRAIL_API_KEY: 'hunter2' } },
      ['TXTRAIL_API_KEY: expected at least 32 printable characters without spaces, found 7 characters'],
    ],
    [
      'a role',
      { args: ['--chain', local, '--role', 'api,watcher'] },
      ['--role: expected a list of api, watch, status, notify, recover, each at most once, found "api,watcher"'],
    ],
    [
      'the distributed mode without its services',
      { file: chain('mode: distributed\n') },
      [
        'distributed.kafka.brokers: expected a list of HOST:PORT, in distributed mode, found nothing',
        'distributed.redis.nodes: expected a list of HOST:PORT, in distributed mode, found nothing',
        'distributed.postgres.url: expected a postgres or postgresql URL, in distributed mode, found nothing',
      ],
    ],
    [
      'a role without its services',
      { file: chain(''), args: ['--role', 'api'] },
      [
        'distributed.kafka.brokers: expected a list of HOST:PORT, in distributed mode, which --role means, found nothing',
        'distributed.redis.nodes: expected a list of HOST:PORT, in distributed mode, which --role means, found nothing',
        'distributed.postgres.url: expected a postgres or postgresql URL, in distributed mode, which --role means, found nothing',
      ],
    ],
    [
      'a service that has no port',
      { file: whole.replace('mode: embedded', 'mode: distributed').replace('"127.0.0.1:7000"', '"127.0.0.1"') },
      ['file.yaml: distributed.redis.nodes: expected a list of HOST:PORT, found a list of 1'],
    ],
    [
      'a URL of PostgreSQL that is none, which is not shown',
      { file: chain(''), environment: { TXTRAIL_POSTGRES_URL: 'mysql://user:secret@127.0.0.1' } },
      ['TXTRAIL_POSTGRES_URL: expected a postgres or postgresql URL, found 29 characters'],
    ],
    [
      'a mode that is none',
      { file: chain('mode: cluster\n') },
      ['file.yaml: mode: expected embedded or distributed, found "cluster"'],
    ],
    [
      'an unknown chain',
      { args: ['--chain', 'nowhere=http://a.example'] },
      [
        '--chain: expected one of ethereum, polygon, arbitrum, optimism, base, bsc, avalanche, gnosis, linea, scroll, zksync, sepolia, sandbox, or a CAIP-2 id such as eip155:1, found "nowhere"',
      ],
    ],
    [
      'solana',
      { args: ['--chain', 'solana=http://a.example'] },
      ['--chain: expected an EVM chain; solana is not supported in this version, found "solana"'],
    ],
    [
      'a chain without a URL',
      { args: ['--chain', 'ethereum'] },
      ['--chain: expected NAME=URL[,URL…], found "ethereum"'],
    ],
    [
      'a URL of another scheme, its secrets not shown',
      { args: ['--chain', 'ethereum=ftp://user:pass@a.example/KEY'] },
      ['--chain ethereum: expected http, https, ws or wss URLs, found "ftp://a.example/…"'],
    ],
    [
      'addresses without a scheme, which may hold a key all the same',
      { args: ['--chain', 'ethereum=rpc.example/v3/KEY', '--chain', 'rpc.example/v3/KEY'] },
      [
        '--chain ethereum: expected http, https, ws or wss URLs, found 18 characters',
        '--chain: expected NAME=URL[,URL…], found 18 characters',
      ],
    ],
    [
      'a URL of PostgreSQL that cannot be read, which is not shown either',
      {
        file: whole
          .replace('mode: embedded', 'mode: distributed')
          .replace(/(postgres: \{ url: ")[^"]*/, '$1postgres://user:se/cret@127.0.0.1/db'),
      },
      ['file.yaml: distributed.postgres.url: expected a postgres or postgresql URL, found 36 characters'],
    ],
    [
      'ports that meet',
      { args: ['--chain', local, '--port', '7', '--admin-port', '7'] },
      ['admin.port: expected another port than server.port, found 7'],
    ],
    [
      'a file that is not there',
      { args: ['--chain', local, '--config', 'none.yaml'] },
      ['none.yaml: expected a configuration file; there is no such file'],
    ],
    [
      'a file that is a list',
      { args: ['--chain', local], file: '- 1\n' },
      ['file.yaml: expected an object, found a list of 1'],
    ],
    [
      'YAML that is broken',
      { args: ['--chain', local], file: 'a: [1\nb: 2\n' },
      [expect.stringMatching(/^file\.yaml:\d+:\d+: /)],
    ],
    [
      'a key given twice',
      { args: ['--chain', local], file: 'logLevel: info\nlogLevel: warn\n' },
      [expect.stringMatching(/^file\.yaml:2:1: .*unique/)],
    ],
    [
      'a variable with our prefix that is none',
      {
        args: ['--chain', local],
        environment: { TXTRAIL_PROT: '1', TXTRAIL_COLOUR_OF_LOGS: 'x', TXTRAIL_GETH: '/geth' },
      },
      [
        'TXTRAIL_PROT: is not an option; did you mean TXTRAIL_PORT?',
        'TXTRAIL_COLOUR_OF_LOGS: is not an option; see txtrail start --help',
      ],
    ],
  ];

  test.each(cases)('%s', (_name, given, lines) => {
    expect(linesOf(given)).toEqual(lines);
  });

  test.each<[string, Given]>([
    ['no file', { args: ['--config', 'none.yaml'] }],
    ['broken YAML', { file: 'a: [1\n' }],
    ['a file that is no object', { file: '- 1\n' }],
    ['a mistyped list', { file: 'chain: []\n' }],
    ['a list that is none', { file: 'chains: ethereum\n' }],
    ['a mistyped flag', { args: ['--chian', local] }],
    ['a flag without value', { args: ['--chain'] }],
    ['a mistyped variable', { environment: { TXTRAIL_CHAINS: local } }],
    ['a flag of another shape', { args: ['--chain', 'ethereum'] }],
  ])('%s is one mistake, and not also that there are no chains', (_name, given) => {
    expect(linesOf(given)).toHaveLength(1);
    expect(linesOf(given)[0]).not.toContain('at least one chain');
  });

  test.each([
    ['ENOENT', 'there is no such file'],
    ['EISDIR', 'it is a folder'],
    ['EACCES', 'it may not be read by this user'],
    ['EIO', 'it cannot be read (EIO)'],
  ])('a file that answers %s', (code, words) => {
    const readFile = (): string => {
      throw Object.assign(new Error('failed'), { code });
    };
    const loaded = loadConfig({ args: ['--config', 'a.yaml'], environment: {}, readFile });
    expect(loaded).toEqual({
      kind: 'mistakes',
      mistakes: [{ path: 'a.yaml', problem: `expected a configuration file; ${words}` }],
    });
  });

  test.each([
    'https://a.example/',
    'https://a.example/app',
    'a.example',
    'ftp://a.example',
    'null',
    '',
    'https://A.example',
  ])('an origin written as "%s"', (origin) => {
    const loaded = loadConfig({
      args: ['--config', 'file.yaml', `--allowed-origins=https://b.example,${origin}`],
      environment: {},
      readFile: () => chain(''),
    });
    expect(loaded).toMatchObject({
      kind: 'mistakes',
      mistakes: [{ path: '--allowed-origins', problem: expect.stringContaining('without a path') }],
    });
  });

  test('of form and of meaning, together, and none that follows from another', () => {
    const file = `
logLevel: loud
chains:
  - { chain: etherium, providers: [] }
  - { chain: ethereum, confirmations: no, thresholds: [20], providers: [{ name: a, http: 5 }, { name: a, ws: "ws://a.example" }] }
  - { chain: polygon, provider: [] }
`;
    expect(linesOf({ file })).toEqual([
      expect.stringMatching(/^file\.yaml: logLevel: expected debug or/),
      'file.yaml: chains[1].confirmations: expected a whole number from 1 to 1000000, or safe or finalized, found "no"',
      'file.yaml: chains[1].providers[0].http: expected a http or https URL, found 5',
      'file.yaml: chains[2].provider: is not known here; did you mean providers?',
      expect.stringMatching(/^file\.yaml: chains\[0\]\.chain: expected one of ethereum, .* found "etherium"$/),
      'file.yaml: chains[0].providers: expected at least one provider, found nothing',
      'file.yaml: chains[1].providers[1].name: expected another name than the ones before, found "a"',
    ]);
  });

  test('variables that Kubernetes sets beside a service named txtrail are left alone', () => {
    const environment = { TXTRAIL_SERVICE_HOST: '10.0.0.1', TXTRAIL_PORT_8080_TCP: 'tcp://10.0.0.1:8080' };
    expect(linesOf({ environment, args: ['--chain', local] })).toEqual([]);
  });

  test('asking for what this version cannot do is refused, not ignored', () => {
    const file = 'chains: [{ chain: ethereum, verifyBlocks: true, providers: [{ http: "https://a.example" }] }]';
    expect(linesOf({ file })).toEqual([
      'file.yaml: chains[0].verifyBlocks: expected false or nothing: this version cannot verify blocks yet',
    ]);
  });

  test('of the file, all at once, each with its path', () => {
    const file = `
dataDir: 7
server: { host: "a b", prot: 1 }
admin: 9090
chains:
  - chain: ethereum
    confirmations: 0
    threshold: [3]
    finality: soon
    dropAfter: { blocks: many }
    verifyBlocks: "yes"
    providers:
      - { name: "x y", http: "wss://a.example/KEY", ws: 5, role: third, weight: 0, requestsPerSecond: -1 }
  - polygon
webhooks: { retry: { maxAttempts: 0 } }
distributed: { kafka: { brokers: [] }, postgres: { url: "mysql://u:p@h/d" } }
colour: red
`;
    expect(linesOf({ file, args: ['--chain', local] })).toEqual([
      'file.yaml: dataDir: expected a directory name, found 7',
      'file.yaml: server.host: expected a host name or address, found "a b"',
      'file.yaml: server.prot: is not known here; did you mean port?',
      'file.yaml: admin: expected an object, found 9090',
      'file.yaml: chains[0].confirmations: expected a whole number from 1 to 1000000, or safe or finalized, found 0',
      'file.yaml: chains[0].threshold: is not known here; did you mean thresholds?',
      'file.yaml: chains[0].finality: expected a whole number from 1 to 1000000, or tag, found "soon"',
      'file.yaml: chains[0].dropAfter.blocks: expected a whole number from 1 to 1000000, found "many"',
      'file.yaml: chains[0].verifyBlocks: expected true or false, found "yes"',
      'file.yaml: chains[0].providers[0].name: expected a name of 1 to 64 letters, digits, ".", "_" or "-", found "x y"',
      'file.yaml: chains[0].providers[0].http: expected a http or https URL, found "wss://a.example/…"',
      'file.yaml: chains[0].providers[0].ws: expected a ws or wss URL, found 5',
      'file.yaml: chains[0].providers[0].role: expected primary or secondary, found "third"',
      'file.yaml: chains[0].providers[0].weight: expected a number above 0, found 0',
      'file.yaml: chains[0].providers[0].requestsPerSecond: expected a number above 0, found -1',
      'file.yaml: chains[1]: expected an object, found "polygon"',
      'file.yaml: webhooks.retry.maxAttempts: expected a whole number from 1 to 100, found 0',
      'file.yaml: distributed.kafka.brokers: expected a list of HOST:PORT, found a list of 0',
      'file.yaml: distributed.postgres.url: expected a postgres or postgresql URL, found "mysql://h/…"',
      expect.stringMatching(/^file\.yaml: colour: is not known here; known are mode, dataDir,/),
    ]);
  });

  test('of meaning: chains, providers and thresholds that do not go together', () => {
    const file = `
chains:
  - { chain: ethereum, confirmations: 3, thresholds: [1, 3, 5], providers: [{ name: a, http: "http://a.example" }, { name: a, ws: "ws://a.example" }] }
  - { chain: "eip155:1", providers: [{ name: b }] }
  - { chain: polygon }
  - { providers: [{ http: "http://a.example" }] }
`;
    expect(linesOf({ file })).toEqual([
      'file.yaml: chains[0].thresholds: expected counts below the 3 confirmations, found 3',
      'file.yaml: chains[0].thresholds: expected counts below the 3 confirmations, found 5',
      'file.yaml: chains[0].providers[1].name: expected another name than the ones before, found "a"',
      'file.yaml: chains[1].providers[0]: expected http, ws or both, found nothing',
      'file.yaml: chains[2].providers: expected at least one provider, found nothing',
      'file.yaml: chains[3].chain: expected a preset name or a CAIP-2 id, found nothing',
      'chains: expected every chain once, found eip155:1 again',
    ]);
  });
});

describe('the option table', () => {
  test('stands whole in the help, with names that are told once', () => {
    const help = startHelp();
    for (const option of optionTable) {
      expect(help).toContain(option.flag === undefined ? (option.path ?? option.variable) : `--${option.flag} `);
      expect(help).toContain(option.description);
      const variable = variableOf(option);
      if (variable !== null) expect(help).toContain(variable);
    }
    const names = optionTable.map((option) => option.path ?? option.flag ?? option.variable);
    expect(new Set(names).size).toBe(names.length);
  });

  test('is told of on the reference page: each flag and variable beside its option', () => {
    const page = readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8').split('\n');
    for (const option of optionTable) {
      const rows = page.filter((line) => option.path === null || line.startsWith(`| \`${option.path}\` |`)).join('\n');
      if (option.flag !== undefined) expect(rows).toContain(`\`--${option.flag}`);
      const variable = variableOf(option);
      if (variable !== null) expect(rows).toContain(`\`${variable}\``);
    }
  });

  test('has defaults that fit their own options', () => {
    for (const option of optionTable) {
      if (option.default !== undefined)
        expect([option.path, option.type.accepts(option.default)]).toEqual([option.path, true]);
    }
  });
});
