import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { runCommand } from './run-command.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'txtrail-init-'));
  file = join(folder, 'txtrail.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The file as `txtrail start --config` takes it. */
function loaded(): Config {
  const read = loadConfig({
    args: ['--config', file],
    environment: {},
    readFile: (name) => readFileSync(name, 'utf8'),
  });
  if (read.kind === 'mistakes') throw new Error(JSON.stringify(read.mistakes));
  return read.config;
}

describe('txtrail init', () => {
  test('asks three questions and writes a commented file that a start takes', async () => {
    const answers = [
      'polygon',
      'https://a.example/KEY#1, wss://a.example/KEY , https://b.example',
      '/var/lib/tx trail',
    ];
    const terminal = new FakeTerminal({ isTerminal: true, answers });
    expect(await runCommand(['init', file], terminal)).toBe(0);
    expect(terminal.questions).toHaveLength(3);
    expect(terminal.stdout).toBe(`${file}\n`);
    expect(terminal.stderr).toContain(`txtrail start --config ${file}`);
    expect(loaded()).toMatchObject({
      dataDir: '/var/lib/tx trail',
      server: { host: '127.0.0.1', port: 8080 },
      chains: [
        {
          chain: 'eip155:137',
          confirmations: 64,
          thresholds: [3],
          finality: 'tag',
          providers: [
            { name: 'p1', http: 'https://a.example/KEY#1', ws: 'wss://a.example/KEY', role: 'primary' },
            { name: 'p2', http: 'https://b.example', ws: null, role: 'secondary' },
          ],
        },
      ],
    });
    const comments = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim().startsWith('#'));
    expect(comments.length).toBeGreaterThan(8);
  });

  test('an empty answer takes the default, a wrong one is asked again', async () => {
    const answers = ['etherium', '', 'ftp://a.example', '', 'http://127.0.0.1:8545', ''];
    const terminal = new FakeTerminal({ isTerminal: true, answers });
    expect(await runCommand(['init', file], terminal)).toBe(0);
    expect(terminal.questions).toHaveLength(6);
    expect(terminal.stderr).toContain('expected one of ethereum, polygon');
    expect(terminal.stderr).toContain('URLs ethereum: expected http, https, ws or wss URLs, found "ftp://a.example"');
    expect(loaded()).toMatchObject({ dataDir: './txtrail-data', chains: [{ chain: 'eip155:1' }] });
  });

  test('the file is for its owner alone: it holds the keys of providers', async () => {
    await runCommand(['init', file, '--yes', '--chain', 'base=https://a.example/KEY'], new FakeTerminal());
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('with flags nothing is asked; several chains and ports are taken', async () => {
    const chains = ['--chain', 'base=https://a.example', '--chain', 'eip155:4242=ws://b.example'];
    const terminal = new FakeTerminal({ isTerminal: true });
    const args = ['init', file, ...chains, '--data', 'd', '--port', '7', '--admin-port', '8', '--yes'];
    expect(await runCommand(args, terminal)).toBe(0);
    expect(terminal.questions).toEqual([]);
    expect(loaded()).toMatchObject({
      dataDir: 'd',
      server: { port: 7 },
      admin: { port: 8 },
      chains: [{ chain: 'eip155:8453' }, { chain: 'eip155:4242', providers: [{ http: null, ws: 'ws://b.example' }] }],
    });
  });

  test('what is there is left as it is, unless --force says otherwise', async () => {
    writeFileSync(file, 'mine\n', { mode: 0o644 });
    const args = ['init', file, '--yes', '--chain', 'base=https://a.example'];
    const terminal = new FakeTerminal();
    expect(await runCommand(args, terminal)).toBe(1);
    expect(terminal.stderr).toBe(`txtrail: ${file} is there already and was left as it is; --force writes over it\n`);
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
    expect(await runCommand([...args, '--force'], new FakeTerminal())).toBe(0);
    expect(loaded().chains).toHaveLength(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a place that cannot be written to is one clear line', async () => {
    const place = join(folder, 'none', 'txtrail.yaml');
    const terminal = new FakeTerminal();
    expect(await runCommand(['init', place, '--yes', '--chain', 'base=https://a.example'], terminal)).toBe(1);
    expect(terminal.stderr).toBe(
      `txtrail: ${place} cannot be written (ENOENT); name another file: txtrail init FILE\n`,
    );
  });

  test.each([
    [['--yes'], '--chain: expected NAME=URL[,URL…], found nothing; without a terminal nobody can be asked\n'],
    [['--chain', 'base'], '--chain: expected NAME=URL[,URL…], found "base"\n'],
    [
      ['--chain', 'base=https://a.example', '--port', '9090'],
      'admin.port: expected another port than server.port, found 9090\n',
    ],
  ])('%j is refused with a line and nothing is written', async (args, line) => {
    const terminal = new FakeTerminal();
    expect(await runCommand(['init', file, ...args], terminal)).toBe(2);
    expect(terminal.stderr).toBe(line);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  test('an end of the input ends it, and nothing is written', async () => {
    const terminal = new FakeTerminal({ isTerminal: true, answers: ['base'] });
    expect(await runCommand(['init', file], terminal)).toBe(130);
    expect(terminal.stderr).toMatch(/nothing was written\n$/);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});
