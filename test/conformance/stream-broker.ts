import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StreamName } from '../../src/core/records/stream.ts';
import type { BrokerRecord, StoredRecord, StreamBroker } from '../../src/ports/stream-broker.ts';
import { collectGarbage } from '../harness/collect-garbage.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { collect } from './record-log.ts';

export interface StreamBrokerFixture {
  readonly broker: StreamBroker;
  /** A stream that nothing was ever written to. */
  newStream(): StreamName;
  /** Another user of the same service. */
  another(): StreamBroker;
  dispose(): Promise<void>;
}

/** What the port `StreamBroker` promises. */
export function streamBrokerSuite(name: string, create: () => Promise<StreamBrokerFixture>): void {
  describe(`stream broker: ${name}`, () => {
    let fixture: StreamBrokerFixture;
    let broker: StreamBroker;
    let stream: StreamName;

    beforeEach(async () => {
      fixture = await create();
      broker = fixture.broker;
      stream = fixture.newStream();
    });
    afterEach(() => fixture.dispose());

    test('keeps order, keys and values byte for byte; offsets rise by one', async () => {
      const records: BrokerRecord[] = [
        { key: null, value: '{}' },
        { key: 'grüße 🚀', value: '{"text":"grüße 🚀 \\u0000"}' },
        { key: '', value: '' },
        { key: 'gone', value: null },
        { key: null, value: 'x'.repeat(600_000) },
      ];
      expect(await broker.append(stream, records)).toEqual([0, 1, 2, 3, 4]);
      expect(await broker.append(stream, [value('later')])).toEqual([5]);
      const stored = await readAll(broker, stream, 0, 6);
      expect(stored).toEqual([...records, value('later')].map((record, offset) => ({ ...record, offset })));
    });

    test('calls keep their order, also when they run at once', async () => {
      const calls = Array.from({ length: 40 }, (_, call) => [value(`${call}.0`), value(`${call}.1`)]);
      const offsets = await Promise.all(calls.map((records) => broker.append(stream, records)));
      expect(offsets.flat()).toEqual(Array.from({ length: 80 }, (_, offset) => offset));
      expect(valuesOf(await readAll(broker, stream, 0, 80))).toEqual(calls.flat().map((record) => record.value));
    });

    test('an empty append resolves to nothing', async () => {
      expect(await broker.append(stream, [])).toEqual([]);
      expect(await broker.bounds(stream)).toEqual({ start: 0, end: 0 });
    });

    test('takes many streams at once, each in its own order', async () => {
      const streams = Array.from({ length: 12 }, () => fixture.newStream());
      await Promise.all(
        streams.flatMap((one, index) => [0, 1, 2].map((n) => broker.append(one, [value(`${index}.${n}`)]))),
      );
      for (const [index, one] of streams.entries()) {
        expect(valuesOf(await readAll(broker, one, 0, 3))).toEqual([`${index}.0`, `${index}.1`, `${index}.2`]);
      }
    });

    test('an append of more than one request takes keeps its order', async () => {
      const records = Array.from({ length: 60 }, (_, index) => value(`${index} ${'y'.repeat(100_000)}`));
      const offsets = await broker.append(stream, records);
      expect(offsets).toEqual(records.map((_, index) => index));
      expect(valuesOf(await readAll(broker, stream, 0, 60))).toEqual(records.map((record) => record.value));
    });

    test('read gives what lies between, and no more than there is', async () => {
      await broker.append(stream, ['a', 'b', 'c', 'd'].map(value));
      expect(valuesOf(await readAll(broker, stream, 1, 3))).toEqual(['b', 'c']);
      expect(valuesOf(await readAll(broker, stream, 2, 1000))).toEqual(['c', 'd']);
      expect(await readAll(broker, stream, 4, 1000)).toEqual([]);
      expect(await readAll(broker, stream, 2, 2)).toEqual([]);
    });

    test('read ends where the stream ended when it began, however much comes meanwhile', async () => {
      await broker.append(
        stream,
        Array.from({ length: 1_200 }, (_, index) => value(`${index}`)),
      );
      let read = 0;
      for await (const records of broker.read(stream, 0, 1_000_000)) {
        read += records.length;
        await broker.append(stream, [value('meanwhile')]);
      }
      expect(read).toBe(1_200);
    });

    test('what is not kept, or was never there, is missing: nothing is skipped', async () => {
      await broker.append(stream, ['a', 'b', 'c'].map(value));
      await broker.trim(stream, 2);
      const missing = expect.objectContaining({ code: 'record_missing' });
      await expect(readAll(broker, stream, 0, 3)).rejects.toEqual(missing);
      await expect(readAll(broker, stream, 7, 9)).rejects.toEqual(missing);
      for (const from of [1, 9]) {
        const failures: Error[] = [];
        const seen: unknown[] = [];
        broker.follow(
          stream,
          from,
          (records) => void seen.push(...records),
          (cause) => void failures.push(cause),
        );
        await waitUntil(() => failures.length > 0, { what: `following from ${from} to fail` });
        expect(failures).toEqual([missing]);
        expect(seen).toEqual([]);
      }
    });

    test('one that begins beyond the end is told so, also where another follows the stream already', async () => {
      await broker.append(stream, ['a', 'b'].map(value));
      const seen: string[] = [];
      broker.follow(stream, 0, (records) => void seen.push(...valuesOf(records)), fail);
      await waitUntil(() => seen.length === 2, { what: 'the first follower to see both' });
      const failures: Error[] = [];
      broker.follow(stream, 9, fail.bind(null, new Error('there is nothing')), (cause) => void failures.push(cause));
      await waitUntil(() => failures.length > 0, { what: 'the second follower to fail' });
      expect(failures).toEqual([expect.objectContaining({ code: 'record_missing' })]);
      await broker.append(stream, [value('c')]);
      await waitUntil(() => seen.length === 3, { what: 'the first follower to go on' });
    });

    test('trim gives up exactly what is below', async () => {
      await broker.append(stream, ['a', 'b', 'c', 'd'].map(value));
      await broker.trim(stream, 2);
      expect(await broker.bounds(stream)).toEqual({ start: 2, end: 4 });
      await broker.trim(stream, 1);
      expect(await broker.bounds(stream)).toEqual({ start: 2, end: 4 });
      expect(valuesOf(await readAll(broker, stream, 2, 4))).toEqual(['c', 'd']);
      await broker.trim(stream, 4);
      expect(await broker.bounds(stream)).toEqual({ start: 4, end: 4 });
      expect(await broker.append(stream, [value('e')])).toEqual([4]);
    });

    test('a follower gets what is there and what comes, each once, in order', async () => {
      await broker.append(stream, ['a', 'b'].map(value));
      const seen: StoredRecord[] = [];
      const late: StoredRecord[] = [];
      broker.follow(stream, 0, (records) => void seen.push(...records), fail);
      broker.follow(stream, 2, (records) => void late.push(...records), fail);
      for (const one of ['c', 'd', 'e']) await broker.append(stream, [value(one)]);
      await waitUntil(() => seen.length >= 5 && late.length >= 3, { what: 'the followers to see all' });
      expect(seen).toEqual(await readAll(broker, stream, 0, 5));
      expect(valuesOf(late)).toEqual(['c', 'd', 'e']);
    });

    test('what one user of the service appends, others read and follow', async () => {
      const other = fixture.another();
      const seen: StoredRecord[] = [];
      other.follow(stream, 0, (records) => void seen.push(...records), fail);
      await broker.append(stream, [value('a')]);
      await other.append(stream, [value('b')]);
      await waitUntil(() => seen.length === 2, { what: 'the other to see both' });
      expect(valuesOf(seen)).toEqual(['a', 'b']);
      expect(await broker.bounds(stream)).toEqual({ start: 0, end: 2 });
    });

    test('a follower that is slow is not flooded, and holds nobody else up', async () => {
      const other = fixture.newStream();
      const slow: string[] = [];
      const quick: string[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const takeSlowly = (records: readonly StoredRecord[]): Promise<void> => {
        slow.push(...valuesOf(records));
        return promise;
      };
      broker.follow(stream, 0, takeSlowly, fail);
      broker.follow(other, 0, (records) => void quick.push(...valuesOf(records)), fail);
      await broker.append(stream, [value('first')]);
      await waitUntil(() => slow.length === 1, { what: 'the slow follower to get the first' });
      for (const one of ['a', 'b', 'c']) {
        await broker.append(stream, [value(one)]);
        await broker.append(other, [value(one)]);
      }
      await waitUntil(() => quick.length === 3, { what: 'the quick follower to get all' });
      expect(slow).toEqual(['first']);
      resolve();
      await waitUntil(() => slow.length === 4, { what: 'the slow follower to get the rest' });
      expect(slow).toEqual(['first', 'a', 'b', 'c']);
    });

    test('of many that follow one stream, the slow ones miss nothing and hold up nobody', async () => {
      const quick: string[] = [];
      const slow: string[] = [];
      const early: string[] = [];
      const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
      let batches = 0;
      const takeSlowly = (records: readonly StoredRecord[]): Promise<void> | undefined => {
        slow.push(...valuesOf(records));
        return gates[batches++]?.promise;
      };
      broker.follow(stream, 0, (records) => void quick.push(...valuesOf(records)), fail);
      broker.follow(stream, 0, takeSlowly, fail);
      const texts = Array.from({ length: 30 }, (_, index) => `${index}`);
      for (const one of texts) await broker.append(stream, [value(one)]);
      await waitUntil(() => quick.length === 30, { what: 'the quick one' });
      expect(slow.length).toBeLessThan(30);
      // One that begins below where the others stand reads the older ones by itself.
      broker.follow(stream, 0, (records) => void early.push(...valuesOf(records)), fail);
      for (const gate of gates) {
        await broker.append(stream, [value('more')]);
        gate.resolve();
      }
      await broker.append(stream, [value('last')]);
      for (const seen of [quick, slow, early]) {
        await waitUntil(() => seen.at(-1) === 'last', { what: 'every follower to see the last' });
        expect(seen).toEqual([...texts, ...gates.map(() => 'more'), 'last']);
      }
    });

    test('a sink that throws or rejects ends its follower, told once', async () => {
      for (const sink of [thrower, rejecter]) {
        const one = fixture.newStream();
        const failures: Error[] = [];
        let calls = 0;
        const counted = (): void | Promise<void> => {
          calls += 1;
          return sink();
        };
        broker.follow(one, 0, counted, (cause) => void failures.push(cause));
        await broker.append(one, [value('a')]);
        await waitUntil(() => failures.length > 0, { what: 'the failure' });
        await broker.append(one, [value('b')]);
        await readAll(broker, one, 0, 2);
        expect(failures).toEqual([new Error('the sink gave up')]);
        expect(calls).toBe(1);
      }
    });

    test('a follower that was stopped is called no more', async () => {
      const seen: string[] = [];
      const follower = broker.follow(stream, 0, (records) => void seen.push(...valuesOf(records)), fail);
      await broker.append(stream, [value('a')]);
      await waitUntil(() => seen.length === 1, { what: 'the first record' });
      await follower.stop();
      const again: string[] = [];
      broker.follow(stream, 1, (records) => void again.push(...valuesOf(records)), fail);
      await broker.append(stream, [value('b')]);
      await waitUntil(() => again.length === 1, { what: 'the second follower to see the second record' });
      expect(seen).toEqual(['a']);
      await follower.stop();
    });

    test('what the sink of a stopped follower holds is let go of', async () => {
      const held = await followAndStop(broker, stream);
      await waitUntil(() => collectGarbage().then(() => held.deref() === undefined), {
        what: 'the sink to be let go of',
      });
    });

    test('close finishes what was handed over, and lets go of followers', async () => {
      const seen: string[] = [];
      broker.follow(stream, 0, (records) => void seen.push(...valuesOf(records)), fail);
      const appended = broker.append(stream, [value('a')]);
      await broker.close();
      expect(await appended).toEqual([0]);
      await expect(broker.append(stream, [value('b')])).rejects.toMatchObject({ code: 'broker_unavailable' });
      await broker.close();
    });
  });
}

export function value(text: string): BrokerRecord {
  return { key: null, value: text };
}

export function valuesOf(records: readonly BrokerRecord[]): readonly string[] {
  return records.map((record) => record.value ?? 'none');
}

export async function readAll(
  broker: StreamBroker,
  stream: StreamName,
  from: number,
  until: number,
): Promise<readonly StoredRecord[]> {
  return (await collect(broker.read(stream, from, until))).flat();
}

/** What its sink held; in a function of its own, so that nothing of the test's holds it. */
async function followAndStop(broker: StreamBroker, stream: StreamName): Promise<WeakRef<StoredRecord[]>> {
  const seen: StoredRecord[] = [];
  const follower = broker.follow(stream, 0, (records) => void seen.push(...records), fail);
  await broker.append(stream, [value('a')]);
  await waitUntil(() => seen.length === 1, { what: 'the record' });
  await follower.stop();
  return new WeakRef(seen);
}

function fail(cause: Error): void {
  throw cause;
}

function thrower(): void {
  throw new Error('the sink gave up');
}

function rejecter(): Promise<void> {
  return Promise.reject(new Error('the sink gave up'));
}
