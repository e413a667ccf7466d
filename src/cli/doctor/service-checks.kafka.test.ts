import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeTerminal } from '../../../test/harness/fake-terminal.ts';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { postgresUrl, PostgresRig } from '../../../test/harness/postgres.ts';
import { deleteTopics, findKafka, findRedis, freshPrefix } from '../../../test/harness/services.ts';
import { migrateKafka } from '../../adapters/kafka/migrate-kafka.ts';
import { runCommand } from '../run-command.ts';
import type { Check } from './check.ts';
import { serviceChecks } from './service-checks.ts';

const brokers = findKafka();
const nodes = findRedis();

describe('what the doctor says of the services', () => {
  describe.skipIf(brokers === null || nodes === null || postgresUrl === null)('that are all there', () => {
    const topicPrefix = freshPrefix();
    const kafka = { brokers: brokers ?? [], partitions: 2, topicPrefix };
    let rig: PostgresRig;
    beforeAll(async () => {
      rig = await PostgresRig.start();
      await migrateKafka({ ...kafka, chains: ['eip155:1'] }, kafkaDeps());
    });
    afterAll(async () => {
      await rig.dispose();
      await deleteTopics(brokers ?? [], topicPrefix);
    });

    test('and as they should be: no word of warning', async () => {
      const postgres = { url: rig.options.url, schema: rig.schema };
      const services = { kafka, redis: { nodes: nodes ?? [] }, postgres, chains: ['eip155:1'] };
      const checks = (await Promise.all(serviceChecks(services))).flat();
      expect(checks.filter(({ result }) => result === 'warn' || result === 'fail')).toEqual([]);
      expect(new Set(checks.map(({ area }) => area))).toEqual(new Set(['kafka', 'redis', 'postgresql']));
      expect(checks.length).toBeGreaterThan(12);
    });
  });

  test('where none is there: which, the option that names it, and no password', async () => {
    const file = `
mode: distributed
chains: [{ chain: 'eip155:31337', providers: [{ http: 'http://127.0.0.1:1' }] }]
distributed:
  kafka: { brokers: ['127.0.0.1:1'] }
  redis: { nodes: ['127.0.0.1:2'] }
  postgres: { url: 'postgres://txtrail:secret@127.0.0.1:3/txtrail' }
`;
    const terminal = new FakeTerminal({ files: { 'c.yaml': file } });
    const args = ['doctor', '--json', '--config', 'c.yaml', '--port', '0', '--admin-port', '0'];
    expect(await runCommand(args, terminal)).toBe(1);
    const { checks } = JSON.parse(terminal.stdout) as { readonly checks: readonly Check[] };
    const ofServices = checks.filter(({ area }) => ['kafka', 'redis', 'postgresql'].includes(area));
    expect(ofServices.map(({ area, name, result }) => [area, name, result])).toEqual([
      ['kafka', 'answer', 'fail'],
      ['redis', 'answer', 'fail'],
      ['postgresql', 'answer', 'fail'],
    ]);
    const [ofKafka, ofRedis, ofPostgres] = ofServices;
    expect(ofKafka?.finding).toContain('127.0.0.1:1');
    expect(ofKafka?.remedy).toContain('distributed.kafka.brokers');
    expect(ofRedis?.finding).toContain('127.0.0.1:2');
    expect(ofRedis?.remedy).toContain('distributed.redis.nodes');
    expect(ofPostgres?.finding).toContain('127.0.0.1:3');
    expect(terminal.stdout).not.toContain('secret');
    // Nothing is kept on this machine, so no folder and no disk of it is looked at.
    const ofMachine = checks.filter(({ area }) => area === 'machine').map(({ name }) => name);
    expect(ofMachine).toEqual(['node', 'open files']);
  });
});
