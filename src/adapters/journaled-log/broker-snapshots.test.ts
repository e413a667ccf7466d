import { describe, expect, test } from 'vitest';
import { sectionsOf, snapshotStoreSuite } from '../../../test/conformance/snapshot-store.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { MemoryBroker } from '../memory/memory-broker.ts';
import { BrokerSnapshots } from './broker-snapshots.ts';

snapshotStoreSuite('broker', async () => storeOn(new MemoryBroker()).store);

function storeOn(broker: MemoryBroker, epoch = 1, chunkLength?: number) {
  const logger = recordingLogger();
  const options = { unit: 3, epoch, ...(chunkLength === undefined ? {} : { chunkLength }) };
  return { logger, store: new BrokerSnapshots(options, { broker, logger }) };
}

const longText = `${'grüße 🚀 '.repeat(40)}\n"quoted"`;

async function brokerWithTwo(): Promise<MemoryBroker> {
  const broker = new MemoryBroker();
  const { store } = storeOn(broker, 1, 16);
  await store.save(10, [{ name: 'a', text: 'ten' }]);
  await store.save(20, [
    { name: 'a', text: longText },
    { name: 'b', text: 'more' },
  ]);
  return broker;
}

const twenty = [
  { name: 'a', text: longText },
  { name: 'b', text: 'more' },
];

describe('snapshots in a compacted stream', () => {
  test('any cut of the text gives the same sections', async () => {
    for (let length = 1; length < 80; length += 1) {
      const broker = new MemoryBroker();
      await storeOn(broker, 1, length).store.save(20, twenty);
      const snapshot = await storeOn(broker, 2).store.loadLatest(0);
      expect(await sectionsOf(snapshot)).toEqual(twenty);
    }
  });

  test('another owner finds the newest, compacted or not, and keeps it as its spare', async () => {
    const broker = await brokerWithTwo();
    const { store } = storeOn(broker, 5);
    expect((await store.loadLatest(0))?.position).toBe(20);
    expect((await store.save(30, [])).trimBefore).toBe(20);
    broker.compact('state/3');
    const third = storeOn(broker, 9).store;
    expect((await third.loadLatest(0))?.position).toBe(30);
    expect((await third.save(40, [])).trimBefore).toBe(30);
    broker.compact('state/3');
    const keys = (await recordsOf(broker)).map(({ key }) => key);
    expect(keys).toEqual(['5/0', '9/0']);
  });

  test('an owner that was followed and goes on writing takes nothing away from its successor (P16)', async () => {
    const broker = new MemoryBroker();
    const old = storeOn(broker, 1, 16).store;
    await old.save(10, twenty);
    await old.save(20, twenty);
    const young = storeOn(broker, 2, 16).store;
    await young.save(30, [{ name: 'young', text: 'thirty' }]);
    await young.save(40, twenty);
    await old.save(25, [{ name: 'old', text: longText }]);
    broker.compact('state/3');
    const snapshot = await storeOn(broker, 3).store.loadLatest(20);
    expect(snapshot?.position).toBe(40);
    expect(await sectionsOf(snapshot)).toEqual(twenty);
  });

  test('two that are written at once are told apart', async () => {
    const broker = new MemoryBroker();
    const saving = [1, 2].map((epoch) =>
      storeOn(broker, epoch, 16).store.save(epoch * 10, [{ name: `of ${epoch}`, text: longText }]),
    );
    await Promise.all(saving);
    const snapshot = await storeOn(broker, 3).store.loadLatest(0);
    expect(await sectionsOf(snapshot)).toEqual([{ name: 'of 2', text: longText }]);
  });

  test('one that is lost or changed anywhere is not taken: the one before it and the log are', async () => {
    const size = (await recordsOf(await brokerWithTwo())).length;
    for (let spoilt = 0; spoilt < size - 1; spoilt += 1) {
      const broker = new MemoryBroker();
      for (const [index, { key, value }] of (await recordsOf(await brokerWithTwo())).entries()) {
        await broker.append('state/3', [index === spoilt ? { key, value: `${value} ` } : { key, value }]);
      }
      const { store, logger } = storeOn(broker, 2);
      const snapshot = await store.loadLatest(0);
      if ((snapshot?.position ?? 0) === 20) expect(await sectionsOf(snapshot)).toEqual(twenty);
      else expect(logger.lines).toEqual([expect.objectContaining({ level: 'warn' })]);
    }
  });

  test('where none is whole and the log was trimmed, nothing is guessed', async () => {
    const broker = await brokerWithTwo();
    const records = await recordsOf(broker);
    const bad = new MemoryBroker();
    for (const { key, value } of records) {
      await bad.append('state/3', [{ key, value: key?.split('/').length === 3 ? 'x' : value }]);
    }
    await expect(storeOn(bad).store.loadLatest(10)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
    expect(await storeOn(bad).store.loadLatest(0)).toBeNull();
  });

  test('one of a newer program is told', async () => {
    const broker = new MemoryBroker();
    await broker.append('state/3', [{ key: '1/0', value: '{"v":2}' }]);
    await expect(storeOn(broker).store.loadLatest(0)).rejects.toMatchObject({ code: 'snapshot_version_unknown' });
  });

  test.each(['no JSON', 'null', '{"v":1,"position":"10","chunks":0}'])(
    'a record that is no manifest is told, with its place: %s',
    async (text) => {
      const broker = await brokerWithTwo();
      const [offset] = await broker.append('state/3', [{ key: '7/0', value: text }]);
      await expect(storeOn(broker, 8).store.loadLatest(0)).rejects.toMatchObject({
        code: 'snapshot_corrupt',
        facts: { stream: 'state/3', offset },
      });
    },
  );

  test('a broker that fails leaves the one before, and the pieces go with the next', async () => {
    const broker = await brokerWithTwo();
    const { store } = storeOn(broker, 2, 16);
    let appends = 0;
    broker.decideAppend = () => (++appends > 4 ? 'refused' : 'stored');
    await expect(store.save(30, twenty)).rejects.toMatchObject({ code: 'snapshot_failed', retryable: true });
    broker.decideAppend = () => 'stored';
    expect((await store.loadLatest(0))?.position).toBe(20);
    await store.save(30, twenty);
    broker.compact('state/3');
    const ids = new Set((await recordsOf(broker)).map(({ key }) => key?.split('/').slice(0, 2).join('/')));
    expect([...ids].toSorted()).toEqual(['1/1', '2/1']);
  });

  test('a snapshot whose chunks vanish while it is read is told', async () => {
    const broker = await brokerWithTwo();
    const snapshot = await storeOn(broker, 2).store.loadLatest(0);
    await broker.append('state/3', [{ key: '1/1/2', value: null }]);
    broker.compact('state/3');
    await expect(sectionsOf(snapshot)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
  });
});

async function recordsOf(broker: MemoryBroker) {
  const { start, end } = await broker.bounds('state/3');
  const records = [];
  for await (const batch of broker.read('state/3', start, end)) records.push(...batch);
  return records;
}
