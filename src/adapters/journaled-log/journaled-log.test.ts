import { describe, expect, test } from 'vitest';
import { collect, record, recordLogSuite } from '../../../test/conformance/record-log.ts';
import { readAll, value, valuesOf } from '../../../test/conformance/stream-broker.ts';
import {
  type ManualClock,
  manualClock,
  recordingLogger,
  recordingMetrics,
} from '../../../test/harness/recording-ports.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { StreamName } from '../../core/records/stream.ts';
import { seededRandom } from '../../lib/seeded-random.ts';
import type { Random } from '../../ports/clock.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import { type AppendFate, MemoryBroker } from '../memory/memory-broker.ts';
import type { JournaledLog } from './journaled-log.ts';
import type { JournaledLogOptions } from './journaled-log-options.ts';
import { openJournaledLog } from './open-journaled-log.ts';

const suiteInputs: readonly StreamName[] = [
  'acks/0',
  'facts/0',
  'facts/1',
  'events/0',
  'events/1',
  'events/2',
  'events/3',
];
const inputs: readonly StreamName[] = ['registrations/0', 'facts/0', 'senders/0', 'blocks/eip155:1'];

const random: Random = (() => {
  const fraction = seededRandom(1);
  return { fraction, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)) };
})();

recordLogSuite(
  'journaled over a memory broker',
  async ({ clock, waitingBytesLimit }) => {
    const broker = new MemoryBroker();
    const deps = { broker, clock, random, logger: recordingLogger(), metrics: recordingMetrics() };
    const log = await openJournaledLog({ unit: 0, inputs: suiteInputs, waitingBytesLimit }, deps);
    return {
      log,
      breakStorage: () => {
        broker.decideAppend = () => 'refused';
      },
      holdWrites: () => {
        const { promise, resolve } = Promise.withResolvers<AppendFate>();
        broker.decideAppend = () => promise;
        return () => resolve('stored');
      },
      dispose: () => log.close(),
    };
  },
  { keepsOrderAcrossStreams: false },
);

/** One broker, and one owner after the other of one unit. */
class Rig {
  readonly broker = new MemoryBroker();
  readonly clock: ManualClock = manualClock();
  readonly metrics = recordingMetrics();

  async open(options: Partial<JournaledLogOptions> = {}): Promise<JournaledLog> {
    const { broker, clock, metrics } = this;
    return openJournaledLog(
      { unit: 0, inputs, ...options },
      { broker, clock, random, logger: recordingLogger(), metrics },
    );
  }

  async owner(options: Partial<JournaledLogOptions> = {}): Promise<Owner> {
    return new Owner(await this.open(options));
  }

  put(stream: StreamName, ...payloads: readonly string[]): Promise<readonly number[]> {
    return this.broker.append(stream, payloads.map(value));
  }

  async journal(): Promise<readonly unknown[]> {
    const { start, end } = await this.broker.bounds('journal/0');
    return valuesOf(await readAll(this.broker, 'journal/0', start, end)).map((text) => JSON.parse(text));
  }

  /** What an owner finds that comes now and writes nothing. */
  async found(): Promise<readonly LogRecord[]> {
    const log = await this.open();
    const records = await collect(log.read(log.start));
    await log.close();
    return records;
  }
}

class Owner {
  readonly log: JournaledLog;
  readonly applied: LogRecord[] = [];
  failure: Error | null = null;

  constructor(log: JournaledLog) {
    this.log = log;
    log.follow(log.start, (records) => void this.applied.push(...records));
    void log.failed.then((cause) => {
      this.failure = cause;
    });
  }

  get payloads(): readonly string[] {
    return this.applied.map(({ payload }) => payload);
  }

  async hasApplied(...payloads: readonly string[]): Promise<void> {
    const describe = () => `applied: ${this.payloads.join(' ')}; failure: ${String(this.failure)}`;
    await waitUntil(() => payloads.every((one) => this.payloads.includes(one)), { what: payloads.join(' '), describe });
  }

  async isOver(code: string): Promise<void> {
    await waitUntil(() => this.failure !== null, { what: 'the log to fail' });
    expect(this.failure).toMatchObject({ code });
    await expect(this.log.append([record('journal/0', '{}')])).rejects.toMatchObject({
      code: code === 'log_taken' ? code : 'log_failed',
    });
  }
}

describe('how far an input is applied', () => {
  test('is known once an entry took of it, and is behind its last record then', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    expect(owner.log.appliedTo('registrations/0')).toBeNull();
    await rig.put('registrations/0', 'r0', 'r1', 'r2');
    await owner.hasApplied('r2');
    expect(owner.log.appliedTo('registrations/0')).toBe(3);
    expect(owner.log.appliedTo('blocks/eip155:1')).toBe(0);
    await owner.log.close();
  });
});

describe('what an entry holds', () => {
  test('P05: positions, order and time of all inputs stand in the journal before anything is applied', async () => {
    const rig = new Rig();
    await rig.put('blocks/eip155:1', 'b0', 'b1');
    await rig.put('registrations/0', 'r0');
    const owner = await rig.owner();
    await owner.hasApplied('b1', 'r0');
    expect(owner.applied).toEqual([
      { stream: 'registrations/0', position: 0, timeMs: rig.clock.nowMs, payload: 'r0' },
      { stream: 'blocks/eip155:1', position: 1, timeMs: rig.clock.nowMs, payload: 'b0' },
      { stream: 'blocks/eip155:1', position: 2, timeMs: rig.clock.nowMs, payload: 'b1' },
    ]);
    expect(await rig.journal()).toEqual([
      { v: 1, claim: expect.stringMatching(/^[0-9a-f]{16}$/) },
      {
        v: 1,
        epoch: 0,
        n: 0,
        timeMs: rig.clock.nowMs,
        own: [],
        inputs: [
          ['registrations/0', 0, 1],
          ['facts/0', 0, 0],
          ['senders/0', 0, 0],
          ['blocks/eip155:1', 0, 2],
        ],
      },
    ]);
  });

  test('P05: what is appended to the journal comes first in the next entry, and a null says nothing', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    await rig.broker.append('facts/0', [value('f0'), { key: null, value: null }, value('f1')]);
    expect(await owner.log.append([record('journal/0', 'tick')])).toEqual([0]);
    await owner.hasApplied('f0', 'f1', 'tick');
    expect(owner.applied.map(({ payload, position }) => [payload, position])).toEqual([
      ['tick', 0],
      ['f0', 1],
      ['f1', 2],
    ]);
    expect(await rig.found()).toEqual(owner.applied);
  });

  test('an entry waits for the one before it, and takes what came meanwhile', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    const held = holdStream(rig.broker, 'journal/0');
    await rig.put('facts/0', 'first');
    await waitUntil(() => held.waiting === 1, { what: 'the first entry' });
    for (let index = 0; index < 50; index += 1) await rig.put('facts/0', `f${index}`);
    await rig.put('registrations/0', 'r0');
    expect(owner.applied).toEqual([]);
    held.release();
    await owner.hasApplied('first', 'f49', 'r0');
    expect(owner.log.end).toBe(2 * 4096);
    expect(owner.payloads.slice(0, 3)).toEqual(['first', 'r0', 'f0']);
  });

  test('an entry takes at most 4,096 records; a flood of one input does not hold up another (I17)', async () => {
    const rig = new Rig();
    await rig.put('registrations/0', ...Array.from({ length: 10_000 }, (_, index) => `r${index}`));
    await rig.put('blocks/eip155:1', 'b0');
    const owner = await rig.owner({ bufferedBytesLimit: 1_000_000 });
    await owner.hasApplied('r9999', 'b0');
    const perEntry = new Map<number, number>();
    for (const { position } of owner.applied) {
      const entry = Math.floor(position / 4096);
      perEntry.set(entry, (perEntry.get(entry) ?? 0) + 1);
    }
    expect(Math.max(...perEntry.values())).toBeLessThanOrEqual(4096);
    expect(owner.payloads.indexOf('b0')).toBeLessThan(4096 * 2);
    expect(owner.payloads.filter((one) => one.startsWith('r'))).toEqual(
      Array.from({ length: 10_000 }, (_, index) => `r${index}`),
    );
    expect(await rig.found()).toEqual(owner.applied);
  });

  test('an input is not read on beyond its bound', async () => {
    const rig = new Rig();
    const owner = await rig.owner({ bufferedBytesLimit: 2_000, entryBytes: 100 });
    const held = holdStream(rig.broker, 'journal/0');
    await rig.put('facts/0', ...Array.from({ length: 3_000 }, (_, index) => `f${index}`));
    await waitUntil(() => held.waiting === 1, { what: 'an entry' });
    const buffered = () => rig.metrics.values.get('txtrail_journal_buffered_bytes') ?? 0;
    held.release();
    await owner.hasApplied('f100');
    // One batch of the broker may come on top of what was there.
    expect(buffered()).toBeLessThan(2_000 + 500 * 40);
    await owner.hasApplied('f2999');
    expect(owner.payloads).toHaveLength(3_000);
  });
});

describe('a new owner', () => {
  test('P01: has an epoch above all before it', async () => {
    const rig = new Rig();
    const epochs: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      const owner = await rig.owner();
      await owner.log.append([record('journal/0', `tick ${index}`)]);
      epochs.push(owner.log.epoch);
    }
    expect(epochs).toEqual([0, 2, 4]);
  });

  test('P02, P17: the old owner learns of it with its next entry, which is void and applied by nobody', async () => {
    const rig = new Rig();
    const old = await rig.owner();
    await rig.put('facts/0', 'f0');
    await old.hasApplied('f0');
    const young = await rig.owner();
    const ticked = old.log.append([record('journal/0', 'old tick')]);
    await expect(ticked).rejects.toMatchObject({ code: 'log_taken', facts: { journal: 'journal/0', epoch: 0 } });
    await old.isOver('log_taken');
    expect(old.payloads).toEqual(['f0']);
    await young.log.append([record('journal/0', 'young tick')]);
    expect(young.payloads).toEqual(['f0', 'young tick']);
    expect(await rig.found()).toEqual(young.applied);
  });

  test('P03: an entry that was under way is valid where it stands before the claim, and void behind it', async () => {
    for (const isFirst of [true, false]) {
      const rig = new Rig();
      const old = await rig.owner();
      const held = holdStream(rig.broker, 'journal/0');
      const opening = isFirst ? null : rig.owner();
      const ticked = old.log.append([record('journal/0', 'tick')]).catch((error: unknown) => error);
      await waitUntil(() => held.waiting === 1, { what: 'an append to the journal' });
      const young = opening ?? rig.owner();
      held.release();
      const owner = await young;
      if (isFirst) {
        expect(await ticked).toEqual([0]);
        await owner.hasApplied('tick');
      } else {
        expect(await ticked).toMatchObject({ code: 'log_taken' });
        expect(await rig.found()).toEqual([]);
      }
      expect(owner.applied).toEqual(old.applied);
    }
  });

  test('P03: what an old owner writes behind the claim is void for every reader, and read over', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    await owner.log.append([record('journal/0', 'one')]);
    const again = await rig.owner();
    const stale = { v: 1, epoch: 0, n: 1, timeMs: 1, own: ['stale'], inputs: [] };
    await rig.put('journal/0', JSON.stringify(stale), JSON.stringify({ ...stale, n: 2 }));
    expect(await again.log.append([record('journal/0', 'two')])).toEqual([4096]);
    await again.hasApplied('one', 'two');
    expect(again.payloads).toEqual(['one', 'two']);
    expect((await rig.found()).map(({ payload }) => payload)).toEqual(['one', 'two']);
    expect(rig.metrics.values.get('txtrail_journal_void_records_total')).toBeGreaterThanOrEqual(4);
  });

  test('P04: reads what was added until its claim stood', async () => {
    const rig = new Rig();
    const old = await rig.owner();
    await rig.put('facts/0', 'f0');
    await old.hasApplied('f0');
    const held = holdStream(rig.broker, 'journal/0');
    await rig.put('facts/0', 'f1');
    await waitUntil(() => held.waiting === 1, { what: 'the entry of the old owner' });
    const opening = rig.owner();
    held.release();
    const young = await opening;
    await young.hasApplied('f0', 'f1');
    expect(young.applied.map(({ position }) => position)).toEqual([0, 4096]);
    await rig.put('facts/0', 'f2');
    await young.hasApplied('f2');
    await old.isOver('log_taken');
    expect(young.payloads).toEqual(['f0', 'f1', 'f2']);
  });

  test('takes the time on from the last entry, whatever its clock says (F41, I21)', async () => {
    const rig = new Rig();
    await (await rig.owner()).log.append([record('journal/0', 'one')]);
    rig.clock.nowMs -= 3_600_000;
    const young = await rig.owner();
    await young.log.append([record('journal/0', 'two')]);
    await young.hasApplied('one', 'two');
    expect(young.applied.map(({ timeMs }) => timeMs)).toEqual([1_700_000_000_000, 1_700_000_000_000]);
  });
});

describe('an append of which nothing is heard', () => {
  test('P06: ends the log, and the next owner reads what became of it', async () => {
    for (const fate of ['answer_lost', 'refused', 'late'] as const) {
      const rig = new Rig();
      const owner = await rig.owner();
      rig.broker.decideAppend = ({ stream }) => (stream === 'journal/0' ? fate : 'stored');
      await expect(owner.log.append([record('journal/0', 'tick')])).rejects.toMatchObject({ code: 'log_failed' });
      await owner.isOver('broker_unavailable');
      expect(owner.applied).toEqual([]);
      rig.broker.decideAppend = () => 'stored';
      const young = await rig.owner();
      rig.broker.storeLate();
      await rig.put('facts/0', 'f0');
      await young.hasApplied('f0');
      expect(young.payloads).toEqual(fate === 'answer_lost' ? ['tick', 'f0'] : ['f0']);
      expect(await rig.found()).toEqual(young.applied);
    }
  });

  test('P06: an entry that stands twice says nothing twice', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    await owner.log.append([record('journal/0', 'one')]);
    await rig.put('journal/0', ...(await rig.journal()).slice(1).map((entry) => JSON.stringify(entry)));
    expect(await owner.log.append([record('journal/0', 'two')])).toEqual([4096]);
    expect(owner.payloads).toEqual(['one', 'two']);
    expect(await rig.found()).toEqual(owner.applied);
  });

  test('P07: nothing overtakes an output that is not known to be stored', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    expect(await owner.log.append([record('events/7', 'e0')])).toEqual([-1]);
    const { promise, resolve } = Promise.withResolvers<AppendFate>();
    let appends = 0;
    rig.broker.decideAppend = ({ stream }) => {
      if (stream !== 'events/7') return 'stored';
      appends += 1;
      return appends === 1 ? promise : 'stored';
    };
    const first = owner.log.append([record('events/7', 'e1')]);
    await waitUntil(() => appends === 1, { what: 'the append' });
    const behind = owner.log.append([record('events/7', 'e2')]);
    const elsewhere = owner.log.append([record('events/8', 'x0')]);
    expect(await elsewhere).toEqual([-1]);
    resolve('refused');
    await expect(first).rejects.toMatchObject({ code: 'log_failed' });
    await expect(behind).rejects.toMatchObject({ code: 'log_failed' });
    await owner.isOver('broker_unavailable');
    expect(valuesOf(await readAll(rig.broker, 'events/7', 0, 99))).toEqual(['e0']);
  });

  test('a claim of which nothing is heard opens nothing', async () => {
    const rig = new Rig();
    rig.broker.decideAppend = () => 'answer_lost';
    await expect(rig.open()).rejects.toMatchObject({ code: 'broker_unavailable' });
    rig.broker.decideAppend = () => 'stored';
    const owner = await rig.owner();
    expect(await owner.log.append([record('journal/0', 'tick')])).toEqual([0]);
  });
});

describe('streams', () => {
  test('a record of a stream that is not read here has no position; the order within it is kept', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    const mixed = [
      record('events/7', 'e0'),
      record('facts/0', 'f0'),
      record('events/7', 'e1'),
      record('facts/3', 'other'),
    ];
    expect(await owner.log.append(mixed)).toEqual([-1, 0, -1, -1]);
    expect(owner.payloads).toEqual(['f0']);
    expect(valuesOf(await readAll(rig.broker, 'events/7', 0, 9))).toEqual(['e0', 'e1']);
    expect(valuesOf(await readAll(rig.broker, 'facts/3', 0, 9))).toEqual(['other']);
    expect(owner.log.waitingBytes).toBe(0);
  });

  test('a new input begins at its oldest record; one that is read no more goes on where it was left', async () => {
    const rig = new Rig();
    const blocks: StreamName = 'blocks/eip155:10';
    await rig.put(blocks, 'gone', 'b1');
    await rig.broker.trim(blocks, 1);
    const first = await rig.owner();
    await rig.put('facts/0', 'f0');
    await first.hasApplied('f0');
    await first.log.close();

    const second = await rig.owner({ inputs: [...inputs, blocks] });
    await second.hasApplied('b1');
    await second.log.close();
    await rig.put(blocks, 'b2');

    const third = await rig.owner();
    await rig.put('facts/0', 'f1');
    await third.hasApplied('f1');
    expect(third.payloads).toEqual(['f0', 'b1', 'f1']);
    await third.log.close();

    const fourth = await rig.owner({ inputs: [...inputs, blocks] });
    await fourth.hasApplied('b2');
    expect(fourth.payloads).toEqual(['f0', 'b1', 'f1', 'b2']);
  });

  test('an input that lost what was to be read ends the log', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    await rig.put('facts/0', 'f0');
    await owner.hasApplied('f0');
    await owner.log.close();
    await rig.put('facts/0', 'f1', 'f2');
    await rig.broker.trim('facts/0', 2);
    const young = await rig.owner();
    await young.isOver('record_missing');
  });
});

describe('trimming', () => {
  async function trimmed(): Promise<{ rig: Rig; owner: Owner }> {
    const rig = new Rig();
    const owner = await rig.owner();
    for (let index = 0; index < 10; index += 1) {
      await owner.log.append([record('facts/0', `f${index}`), record('blocks/eip155:1', `b${index}`)]);
    }
    const position = owner.applied.find(({ payload }) => payload === 'f6')?.position ?? 0;
    await owner.log.trim(position);
    return { rig, owner };
  }

  test('P16: takes journal and own inputs up to there, and leaves what others read too', async () => {
    const { rig, owner } = await trimmed();
    const kept = owner.applied.filter(({ position }) => position >= owner.log.start);
    expect(kept.map(({ payload }) => payload)).toContain('f6');
    expect(kept.map(({ payload }) => payload)).not.toContain('f5');
    expect((await rig.broker.bounds('facts/0')).start).toBe(6);
    expect((await rig.broker.bounds('blocks/eip155:1')).start).toBe(0);
    expect(await rig.found()).toEqual(kept);
  });

  test('a new owner begins at what is left, with the numbers, the time and the places of before', async () => {
    const { rig, owner } = await trimmed();
    await rig.put('journal/0', JSON.stringify({ v: 1, epoch: -1, n: 99, timeMs: 0, own: ['stale'], inputs: [] }));
    await owner.log.trim(owner.log.end);
    const young = await rig.owner();
    expect(young.log.start).toBe(owner.log.end - 4096);
    expect(await young.log.append([record('facts/0', 'f10')])).toEqual([owner.log.end]);
    await young.hasApplied('f10');
    expect(young.payloads.at(-1)).toBe('f10');
    expect(() => young.log.read(0)).toThrow(expect.objectContaining({ code: 'record_missing' }));
  });

  test('a journal that is trimmed while it is read is read anew', async () => {
    const { rig, owner } = await trimmed();
    const { broker } = rig;
    const bounds = broker.bounds.bind(broker);
    let trims = 0;
    broker.bounds = async (stream) => {
      const found = await bounds(stream);
      if (stream === 'journal/0' && trims++ === 0) await broker.trim(stream, found.start + 2);
      return found;
    };
    const young = await rig.owner();
    expect(trims).toBe(2);
    expect(young.log.end).toBe(owner.log.end);
  });
});

describe('a journal that cannot be read', () => {
  test.each([
    ['no JSON', 'log_corrupt'],
    ['{"v":1,"something":"else"}', 'log_corrupt'],
    ['null', 'log_corrupt'],
    ['{"v":1,"n":0,"epoch":0,"timeMs":1,"inputs":[]}', 'log_corrupt'],
    ['{"v":1,"n":0,"timeMs":1,"own":[],"inputs":[]}', 'log_corrupt'],
    ['{"v":2,"claim":"x"}', 'log_version_unknown'],
  ])('%s', async (text, code) => {
    const rig = new Rig();
    await rig.put('journal/0', text);
    await expect(rig.open()).rejects.toMatchObject({ code });
  });

  test('one that was trimmed at something else than an entry', async () => {
    const rig = new Rig();
    const owner = await rig.owner();
    await owner.log.append([record('journal/0', 'one')]);
    await rig.owner();
    await rig.broker.trim('journal/0', 2);
    await expect(rig.open()).rejects.toMatchObject({ code: 'log_corrupt' });
  });

  test('the read of it that a follower makes ends the log', async () => {
    const rig = new Rig();
    const log = await rig.open();
    await log.append([record('facts/0', 'f0')]);
    await rig.broker.trim('facts/0', 1);
    log.follow(0, () => undefined);
    expect(await log.failed).toMatchObject({ code: 'record_missing' });
  });
});

/** Holds what is appended to one stream, and all behind it, until it is released. */
function holdStream(broker: MemoryBroker, stream: StreamName): { release(): void; readonly waiting: number } {
  const { promise, resolve } = Promise.withResolvers<AppendFate>();
  const held = { release: () => resolve('stored'), waiting: 0 };
  broker.decideAppend = (attempt) => {
    if (attempt.stream !== stream) return 'stored';
    held.waiting += 1;
    return promise;
  };
  return held;
}
