import { describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import { TxTrailError } from '../lib/error.ts';
import { type MigrateDeps, runMigrate } from './migrate.ts';
import { CommandLine } from './read-command-line.ts';
import { runCommand } from './run-command.ts';

const file = `
mode: distributed
distributed:
  kafka: { brokers: ["127.0.0.1:9092"] }
  redis: { nodes: ["127.0.0.1:7000"] }
  postgres: { url: "postgres://user:secret@127.0.0.1/txtrail" }
chains:
  - chain: ethereum
    providers: [{ name: main, http: "https://a.example" }]
`;

function migrating(migrate: MigrateDeps['migrate'], text = file) {
  const terminal = new FakeTerminal({ files: { 'txtrail.yaml': text } });
  const args = ['--config', 'txtrail.yaml'];
  const code = runMigrate(new CommandLine(null, new Map()), terminal, args, { migrate });
  return { terminal, code };
}

describe('txtrail migrate', () => {
  test('says what it made, service by service', async () => {
    const given: unknown[] = [];
    const { terminal, code } = migrating(async ({ chains }, { kafka }) => {
      given.push(
        chains.map(({ chain }) => chain),
        kafka.partitions,
      );
      return { postgres: ['0001-mailbox'], kafka: ['txtrail.events', 'txtrail.blocks.eip155-1'] };
    });
    expect(await code).toBe(0);
    expect(terminal.lines).toEqual([
      'PostgreSQL: 0001-mailbox',
      'Kafka: txtrail.events',
      'Kafka: txtrail.blocks.eip155-1',
    ]);
    expect(given).toEqual([['eip155:1'], 64]);
  });

  test('done twice says that all is there', async () => {
    const { terminal, code } = migrating(async () => ({ postgres: [], kafka: [] }));
    expect(await code).toBe(0);
    expect(terminal.stdout).toBe('Everything is there already.\n');
  });

  test('that fails says why, with no credential in it, and nothing on stdout', async () => {
    const { terminal, code } = migrating(() =>
      Promise.reject(new TxTrailError('store_unavailable', 'postgres://user:secret@127.0.0.1/txtrail is away.')),
    );
    expect(await code).toBe(1);
    expect(terminal.stdout).toBe('');
    expect(terminal.stderr).toContain('is away.');
    expect(terminal.stderr).not.toContain('secret');
  });

  test('that has to wait says on stderr what for', async () => {
    const { terminal, code } = migrating(async (_config, { kafka }, onWaiting) => {
      onWaiting(`Kafka at ${kafka.brokers.join(', ')}`);
      return { postgres: [], kafka: [] };
    });
    expect(await code).toBe(0);
    expect(terminal.stderr).toBe('txtrail: it waits for Kafka at 127.0.0.1:9092\n');
  });

  test('of an embedded process is a mistake, and touches nothing', async () => {
    let calls = 0;
    const embedded = file.replace('mode: distributed', 'mode: embedded');
    const { terminal, code } = migrating(async () => {
      calls += 1;
      return { postgres: [], kafka: [] };
    }, embedded);
    expect(await code).toBe(2);
    expect(terminal.stderr).toContain('mode: expected distributed, found embedded');
    expect(calls).toBe(0);
  });

  test('with mistakes in the configuration names them', async () => {
    const broken = file.replace('brokers: ["127.0.0.1:9092"]', 'brokers: []');
    const { terminal, code } = migrating(async () => ({ postgres: [], kafka: [] }), broken);
    expect(await code).toBe(2);
    expect(terminal.stderr).toContain('distributed.kafka.brokers');
  });

  test('is reached by its name, and has a help', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommand(['migrate', '--help'], terminal)).toBe(0);
    expect(terminal.stdout).toContain('migrate');
  });
});
