import { Admin } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { PostgresRig, postgresDeps, postgresUrl } from '../../../test/harness/postgres.ts';
import { deleteTopics, findKafka, freshPrefix } from '../../../test/harness/services.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { missingIn } from '../../adapters/kafka/migrate-kafka.ts';
import { loadConfig } from '../../config/load-config.ts';
import { serviceChecks } from '../../cli/doctor/service-checks.ts';
import { openTopics } from './connect-services.ts';
import { migrateServices } from './migrate.ts';

const brokers = findKafka();

describe.skipIf(brokers === null || postgresUrl === null)('topics that are gone', () => {
  if (brokers === null) return;
  const deps = { ...postgresDeps(), ...kafkaDeps(), onWaiting: () => undefined };
  let topicPrefix = '';
  let rig: PostgresRig;
  beforeEach(async () => {
    topicPrefix = freshPrefix();
    rig = await PostgresRig.start({ isMigrated: false });
  });
  afterEach(async () => {
    await rig.dispose();
    await deleteTopics(brokers, topicPrefix);
  });

  function configured(chains: readonly string[] = ['eip155:1']) {
    const file = JSON.stringify({
      mode: 'distributed',
      distributed: {
        kafka: { brokers, topicPrefix, partitions: 2 },
        redis: { nodes: ['127.0.0.1:1'] },
        postgres: { url: rig.options.url, schema: rig.schema },
      },
      chains: chains.map((chain) => ({ chain, providers: [{ http: 'http://127.0.0.1:1' }] })),
    });
    const loaded = loadConfig({ args: ['--config', 'c.yaml'], environment: {}, readFile: () => file });
    if (loaded.kind !== 'config' || loaded.config.distributed === null) throw new Error(JSON.stringify(loaded));
    const { config } = loaded;
    return { config, distributed: loaded.config.distributed, options: { ...loaded.config.distributed.kafka, chains } };
  }

  function migrate(chains?: readonly string[]) {
    const { config, distributed } = configured(chains);
    return migrateServices(config, distributed, deps);
  }

  /** Topics that are missing, without the prefix. */
  async function missing(broker?: string): Promise<readonly string[]> {
    const { options } = configured();
    const found = await missingIn(broker === undefined ? options : { ...options, brokers: [broker] }, deps);
    return found.map(({ name }) => name.slice(topicPrefix.length));
  }

  async function remove(log: string): Promise<void> {
    const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers!] });
    await admin.deleteTopics({ topics: [`${topicPrefix}${log}`] });
    await admin.close();
    // A broker learns of it a little later than the one that was asked to.
    const isGone = async (): Promise<boolean> => {
      const told = await Promise.all(brokers!.map((broker) => missing(broker)));
      return told.every((names) => names.includes(log));
    };
    await waitUntil(isGone, { what: `the end of ${log}` });
  }

  /** As the first owner of a lane does. */
  async function run(): Promise<void> {
    await (await rig.open()).mailbox.take(0);
  }

  test.each(['journal', 'events', 'blocks.eip155-1'])(
    '%s of an installation that has run: refused by migrate, start and doctor, and nothing is made',
    async (log) => {
      await migrate();
      await run();
      await remove(log);
      await remove('probes');
      const lost = { code: 'topics_lost', facts: { topics: [`${topicPrefix}${log}`] } };
      await expect(migrate()).rejects.toMatchObject(lost);
      expect(await missing()).toEqual(expect.arrayContaining([log, 'probes']));
      await expect(openTopics(configured().options, await rig.open(), deps)).rejects.toMatchObject(lost);
      const { kafka, redis, postgres } = configured().distributed;
      const [ofKafka] = serviceChecks({ kafka, redis, postgres, chains: ['eip155:1'] });
      const told = (await ofKafka)?.find(({ name }) => name === 'topics');
      expect(told?.finding).toContain(`Kafka has no topic ${topicPrefix}${log}, and the tables say`);
      expect(told?.remedy).not.toContain('migrate');
    },
  );

  test('what is asked again is made anew, and so are the blocks of a new chain', async () => {
    await migrate();
    await run();
    await remove('probes');
    await expect(openTopics(configured().options, await rig.open(), deps)).rejects.toMatchObject({
      code: 'topics_missing',
    });
    expect((await migrate()).kafka).toEqual([`${topicPrefix}probes`]);
    expect((await migrate(['eip155:1', 'eip155:10'])).kafka).toEqual([`${topicPrefix}blocks.eip155-10`]);
  });

  test('a first migration that broke off goes on', async () => {
    await migrate();
    await remove('journal');
    await remove('blocks.eip155-1');
    const { kafka } = await migrate();
    expect(kafka).toEqual([`${topicPrefix}journal`, `${topicPrefix}blocks.eip155-1`]);
  });
});
