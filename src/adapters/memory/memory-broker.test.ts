import { describe, expect, test } from 'vitest';
import { readAll, streamBrokerSuite, value, valuesOf } from '../../../test/conformance/stream-broker.ts';
import { MemoryBroker } from './memory-broker.ts';

streamBrokerSuite('memory', async () => {
  const broker = new MemoryBroker();
  let next = 0;
  return {
    broker,
    another: () => broker,
    newStream: () => `facts/${next++}`,
    dispose: () => broker.close(),
  };
});

describe('a memory broker that the test decides on', () => {
  test('an answer that is lost leaves the records stored; a late one is stored when the test says', async () => {
    const broker = new MemoryBroker();
    const fates = ['answer_lost', 'refused', 'late'] as const;
    for (const fate of fates) {
      broker.decideAppend = () => fate;
      await expect(broker.append('facts/0', [value(fate)])).rejects.toMatchObject({ code: 'broker_unavailable' });
    }
    broker.decideAppend = () => 'stored';
    expect(await broker.append('facts/0', [value('stored')])).toEqual([1]);
    broker.storeLate();
    expect(valuesOf(await readAll(broker, 'facts/0', 0, 9))).toEqual(['answer_lost', 'stored', 'late']);
  });

  test('compaction keeps the last of each key, and offsets', async () => {
    const broker = new MemoryBroker();
    const keyed = (key: string, text: string | null) => ({ key, value: text });
    await broker.append('state/0', [keyed('a', '1'), keyed('b', '1'), keyed('a', '2'), keyed('b', null)]);
    broker.compact('state/0');
    expect(await readAll(broker, 'state/0', 0, 9)).toEqual([{ key: 'a', value: '2', offset: 2 }]);
    expect(await broker.bounds('state/0')).toEqual({ start: 0, end: 4 });
  });
});
