import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';
import type { LogRecord, NewRecord, Position, RecordLog } from '../../src/ports/record-log.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';
import { waitUntil } from '../harness/wait-until.ts';

export interface RecordLogFixture {
  readonly log: RecordLog;
  /** From now on the disk refuses: the next append fails the log. */
  breakStorage(): void;
  /** Makes appended records wait until the returned function is called. */
  holdWrites(): () => void;
  dispose(): Promise<void>;
}

export interface RecordLogFixtureOptions {
  readonly clock: Clock;
  readonly waitingBytesLimit: number;
}

export interface RecordLogSuiteOptions {
  /** False for a log over many streams: it keeps the order of appends within each. Default true. */
  readonly keepsOrderAcrossStreams?: boolean;
}

const waitingBytesLimit = 4096;

/**
 * What the port `RecordLog` promises. An adapter may write records of its own to `journal/…`; they
 * are left aside. It may refuse payloads of half its bound, as long as it takes those of a quarter.
 */
export function recordLogSuite(
  name: string,
  create: (options: RecordLogFixtureOptions) => Promise<RecordLogFixture>,
  { keepsOrderAcrossStreams = true }: RecordLogSuiteOptions = {},
): void {
  describe(`record log: ${name}`, () => {
    let clock: ManualClock;
    let fixture: RecordLogFixture;
    let log: RecordLog;

    beforeEach(async () => {
      clock = manualClock();
      fixture = await create({ clock, waitingBytesLimit });
      log = fixture.log;
    });
    afterEach(() => fixture.dispose());

    test('keeps order, streams and payloads byte for byte', async () => {
      const payloads = ['{}', '', '{"text":"grüße 🚀 \\u0000"}', 'x'.repeat(1000)];
      const appended = [
        ...payloads.map((payload) => record('facts/0', payload)),
        ...payloads.map((payload, index) => record(`events/${index}`, payload)),
      ];
      const positions = await log.append(appended);
      const records = await all(log.read(log.start));
      expect(records.map(({ position }) => position)).toEqual(positions.toSorted((a, b) => a - b));
      expect(contentsOf(await log.readAt(positions))).toEqual(contentsOf(appended));
      expect(isAscending(positions.slice(0, payloads.length))).toBe(true);
      if (keepsOrderAcrossStreams) expect(contentsOf(records)).toEqual(contentsOf(appended));
    });

    test('calls keep their order, also when they run at once', async () => {
      const calls = await Promise.all(
        Array.from({ length: 50 }, (_, call) => log.append([0, 1, 2].map((n) => record('facts/1', `${call}.${n}`)))),
      );
      expect(isAscending(calls.flat())).toBe(true);
      const payloads = (await all(log.read(log.start))).map(({ payload }) => payload);
      expect(payloads).toEqual(calls.flatMap((_, call) => [`${call}.0`, `${call}.1`, `${call}.2`]));
    });

    test('an empty append resolves to nothing', async () => {
      expect(await log.append([])).toEqual([]);
    });

    test('positions lie between start and end, and end moves only with durability', async () => {
      const before = log.end;
      const release = fixture.holdWrites();
      const appended = log.append([record('acks/0', 'one')]);
      expect(log.end).toBe(before);
      expect(log.waitingBytes).toBeGreaterThan(0);
      release();
      const [position] = await appended;
      expect(position).toBe(before);
      expect(log.end).toBeGreaterThan(before);
      expect(log.waitingBytes).toBe(0);
    });

    test('the time never falls when the clock does (F41, I21)', async () => {
      await log.append([record('acks/0', 'one')]);
      clock.nowMs -= 3_600_000;
      await log.append([record('acks/0', 'two')]);
      clock.nowMs += 7_200_000;
      await log.append([record('acks/0', 'three')]);
      const times = (await all(log.read(log.start))).map(({ timeMs }) => timeMs);
      expect(times).toEqual([1_700_000_000_000, 1_700_000_000_000, 1_700_003_600_000]);
    });

    test('read begins at the first record at or after the position and ends at the durable end of the call', async () => {
      const positions = await log.append([record('acks/0', 'one'), record('acks/0', 'two'), record('acks/0', 'three')]);
      const first = positions[0] as Position;
      const reading = log.read(first + 1);
      await log.append([record('acks/0', 'four')]);
      expect((await all(reading)).map(({ payload }) => payload)).toEqual(['two', 'three']);
      expect(await all(log.read(log.end))).toEqual([]);
    });

    test('readAt gives the records in the order asked', async () => {
      const positions = await log.append(Array.from({ length: 20 }, (_, index) => record('events/3', `${index}`)));
      const asked = [positions[17], positions[3], positions[3], positions[0]] as Position[];
      expect((await log.readAt(asked)).map(({ payload }) => payload)).toEqual(['17', '3', '3', '0']);
      expect(await log.readAt([])).toEqual([]);
      await expect(log.readAt([log.end])).rejects.toMatchObject({ code: 'record_missing' });
    });

    test('a follower gets what is there and what comes, each once, in order', async () => {
      await log.append([record('facts/0', 'a'), record('facts/0', 'b')]);
      const seen: LogRecord[] = [];
      const follower = log.follow(log.start, (records) => void seen.push(...own(records)));
      for (const payload of ['c', 'd', 'e']) await log.append([record('facts/0', payload)]);
      await waitUntil(() => seen.length >= 5, { what: 'the follower to see five records', everyMs: 0 });
      expect(seen).toEqual(await all(log.read(log.start)));
      follower.stop();
      await log.append([record('facts/0', 'f')]);
      expect(seen.map(({ payload }) => payload)).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    test('a follower that has caught up has seen a record before its append resolves', async () => {
      const seen: string[] = [];
      log.follow(log.end, (records) => void seen.push(...own(records).map(({ payload }) => payload)));
      for (const payload of ['a', 'b']) {
        await log.append([record('facts/0', payload)]);
        expect(seen.at(-1)).toBe(payload);
      }
    });

    test('a sink may append and follow', async () => {
      const seen: string[] = [];
      log.follow(log.end, (records) => {
        for (const { payload } of own(records)) {
          seen.push(payload);
          if (payload === 'first') void log.append([record('facts/0', 'second')]);
        }
      });
      await log.append([record('facts/0', 'first')]);
      await waitUntil(() => seen.length === 2, { what: 'the second record', everyMs: 0 });
      expect(seen).toEqual(['first', 'second']);
    });

    test('followers see only what is durable', async () => {
      const seen: LogRecord[] = [];
      log.follow(log.end, (records) => void seen.push(...records));
      const release = fixture.holdWrites();
      const appended = log.append([record('facts/0', 'a')]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(seen).toEqual([]);
      expect(await all(log.read(log.start))).toEqual([]);
      release();
      await appended;
      expect(seen).toHaveLength(1);
    });

    test('over the bound, an append that may be rejected is, and others wait their turn (I17)', async () => {
      const release = fixture.holdWrites();
      const payload = 'x'.repeat(waitingBytesLimit / 4);
      const payloads = Array.from({ length: 12 }, (_, call) => `${call}${payload}`);
      // A small one at the end would still fit, but must not overtake those that wait.
      payloads.push('small');
      const waiting = payloads.map((one) => log.append([record('acks/0', one)]));
      await expect(log.append([record('acks/0', payload)], { mayReject: true })).rejects.toMatchObject({
        code: 'overloaded',
        retryable: true,
      });
      release();
      expect(isAscending((await Promise.all(waiting)).flat())).toBe(true);
      await log.append([record('acks/0', payload)], { mayReject: true });
      expect((await all(log.read(log.start))).map((one) => one.payload)).toEqual([...payloads, payload]);
    });

    test('a failure of the storage is final: all is refused, and the cause is told (F35)', async () => {
      await log.append([record('acks/0', 'kept')]);
      const seen: LogRecord[] = [];
      log.follow(log.end, (records) => void seen.push(...records));
      fixture.breakStorage();
      const failing = [log.append([record('acks/0', 'one')]), log.append([record('acks/0', 'two')])];
      for (const append of failing) await expect(append).rejects.toMatchObject({ code: 'log_failed' });
      expect(await log.failed).toBeInstanceOf(Error);
      await expect(log.append([record('acks/0', 'three')])).rejects.toMatchObject({ code: 'log_failed' });
      await expect(log.readAt([log.start])).rejects.toMatchObject({ code: 'log_failed' });
      expect(() => log.follow(log.start, () => undefined)).toThrow(expect.objectContaining({ code: 'log_failed' }));
      expect(seen).toEqual([]);
      await log.close();
    });

    test('a sink that throws fails the log, but not what was durable', async () => {
      const cause = new Error('the core gave up');
      log.follow(log.end, () => {
        throw cause;
      });
      expect(await log.append([record('acks/0', 'one')])).toHaveLength(1);
      expect(await log.failed).toBe(cause);
      await expect(log.append([record('acks/0', 'two')])).rejects.toMatchObject({ code: 'log_failed' });
    });

    test('trim gives up nothing at or after its position', async () => {
      const positions: Position[] = [];
      for (let index = 0; index < 20; index += 1) {
        positions.push(...(await log.append([record('acks/0', `${index} ${'x'.repeat(500)}`)])));
      }
      const before = positions[10] as Position;
      await log.trim(before);
      expect(log.start).toBeGreaterThan(0);
      expect(log.start).toBeLessThanOrEqual(before);
      expect((await all(log.read(before))).map(({ position }) => position)).toEqual(positions.slice(10));
      await expect(log.readAt([0])).rejects.toMatchObject({ code: 'record_missing' });
      await expect(all(attempt(() => log.read(0)))).rejects.toMatchObject({ code: 'record_missing' });
      expect(() => log.follow(0, () => undefined)).toThrow(expect.objectContaining({ code: 'record_missing' }));
    });

    test('close waits for what was appended, then refuses', async () => {
      const appended = log.append([record('acks/0', 'last')]);
      await log.close();
      expect(await appended).toHaveLength(1);
      await expect(log.append([record('acks/0', 'later')])).rejects.toMatchObject({ code: 'log_closed' });
      await log.close();
    });
  });
}

export function record(stream: NewRecord['stream'], payload: string): NewRecord {
  return { stream, payload };
}

/** The records that the log did not write itself. */
export function own(records: readonly LogRecord[]): readonly LogRecord[] {
  return records.filter(({ stream }) => !stream.startsWith('journal/'));
}

function contentsOf(records: readonly NewRecord[]): readonly NewRecord[] {
  return records.map(({ stream, payload }) => ({ stream, payload }));
}

export async function all(records: AsyncIterable<LogRecord>): Promise<readonly LogRecord[]> {
  return own(await collect(records));
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** Turns a throw at the call into one at the first read: the port leaves open which it is. */
async function* attempt(read: () => AsyncIterable<LogRecord>): AsyncGenerator<LogRecord> {
  yield* read();
}

function isAscending(positions: readonly Position[]): boolean {
  return positions.every((position, index) => index === 0 || position > (positions[index - 1] as Position));
}
