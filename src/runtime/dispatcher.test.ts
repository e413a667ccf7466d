import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputStories, storySubscribers, type TimedInput } from '../../test/harness/input-story.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { collect } from '../../test/conformance/record-log.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { allRecords, copyOf, StagesRig, tickInput } from '../../test/harness/stages-rig.ts';
import { survivalByChance } from '../adapters/memory/disk-fault.ts';
import { MemoryDisk } from '../adapters/memory/memory-disk.ts';
import { openJournaledLog } from '../adapters/journaled-log/open-journaled-log.ts';
import { type AppendFate, MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import { openSegmentLog } from '../adapters/segment-log/open-segment-log.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord, RecordLog } from '../ports/record-log.ts';
import { type Capture, Dispatcher } from './dispatcher.ts';

/** Writes `count` events for each fact, and remembers what it saw. */
class Echo implements Processor {
  readonly name = 'echo';
  readonly seen: string[] = [];
  isLive = false;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  handles(): boolean {
    return true;
  }

  apply({ stream, position, payload }: LogRecord): readonly NewRecord[] {
    this.seen.push(`${stream} ${payload}`);
    if (payload === 'poison') throw new Error('it cannot be applied');
    if (!stream.startsWith('facts/')) return [];
    return Array.from({ length: this.#count }, (_, ordinal) => ({
      stream: `events/${ordinal % 3}` as const,
      payload: `${payload} ${position}.${ordinal}`,
    }));
  }

  goLive(): void {
    this.isLive = true;
  }

  sections(): readonly Section[] {
    return [{ name: 'echo', text: JSON.stringify(this.seen) }];
  }

  restore({ name, text }: Section): boolean {
    if (name !== 'echo') return false;
    this.seen.push(...(JSON.parse(text) as string[]));
    return true;
  }

  restored(): void {
    // It keeps no index.
  }
}

async function echoing(count: number): Promise<{ log: MemoryLog; echo: Echo; dispatcher: Dispatcher }> {
  const log = new MemoryLog({}, { clock: manualClock() });
  const echo = new Echo(count);
  const dispatcher = new Dispatcher(log, [echo]);
  await dispatcher.replay(0);
  dispatcher.start();
  return { log, echo, dispatcher };
}

function fact(payload: string): NewRecord {
  return { stream: 'facts/1', payload };
}

describe('one process', () => {
  test('what was written is applied when the write resolves, and what follows from it comes once, in order', async () => {
    const { log, echo, dispatcher } = await echoing(2);
    const positions = await Promise.all([dispatcher.write([fact('a')]), dispatcher.write([fact('b')])]);
    expect(echo.seen.slice(0, 2)).toEqual(['facts/1 a', 'facts/1 b']);
    expect(positions).toEqual([[0], [1]]);
    await dispatcher.write([tickInput()]);
    const derived = ['events/0 a 0.0', 'events/1 a 0.1', 'events/0 b 1.0', 'events/1 b 1.1'];
    expect(echo.seen.filter((one) => one.startsWith('events/'))).toEqual(derived);
    expect(log.end).toBe(7);
  });

  test('an input may derive more than an append or a call takes', async () => {
    const { log, echo, dispatcher } = await echoing(150_000);
    await dispatcher.write([fact('much')]);
    await dispatcher.write([tickInput()]);
    expect(echo.seen).toHaveLength(150_002);
    expect(log.end).toBe(150_002);
  });

  test('what one record derives is appended in parts that the log takes, live and after a restart (I17)', async () => {
    const clock = manualClock();
    const disk = new MemoryDisk();
    const deps = { disk, clock, logger: recordingLogger(), metrics: recordingMetrics() };
    const bound = { waitingBytesLimit: 3 * 1024 * 1024 };
    const log = await openSegmentLog(bound, deps);
    const dispatcher = new Dispatcher(log, [new Echo(40)]);
    await dispatcher.replay(0);
    dispatcher.start();
    await dispatcher.write([fact('x'.repeat(200_000))]);
    while ((await allRecords(log)).length < 42) await dispatcher.write([{ stream: 'acks/0', payload: 'again' }]);
    disk.restartProcess();

    const second = await openSegmentLog(bound, deps);
    const echo = new Echo(80);
    await new Dispatcher(second, [echo]).replay(0);
    expect((await allRecords(second)).filter(({ stream }) => stream.startsWith('events/'))).toHaveLength(80);
    await second.close();
  });

  test('a write that is durable and cannot be applied fails: nobody waits for ever', async () => {
    const { log, dispatcher } = await echoing(0);
    const poisoned = dispatcher.write([{ stream: 'acks/0', payload: 'poison' }]);
    const behind = dispatcher.write([tickInput()]);
    await expect(poisoned).rejects.toMatchObject({ code: 'log_failed' });
    await expect(behind).rejects.toMatchObject({ code: 'log_failed' });
    expect(await log.failed).toMatchObject({ code: 'record_not_applied', facts: { stream: 'acks/0', position: 0 } });
    await expect(dispatcher.write([tickInput()])).rejects.toMatchObject({ code: 'log_failed' });
  });

  test('a refused write says so at once, and later ones go on', async () => {
    const log = new MemoryLog({ waitingBytesLimit: 10 }, { clock: manualClock() });
    const dispatcher = new Dispatcher(log, [new Echo(0)]);
    await dispatcher.replay(0);
    dispatcher.start();
    const release = log.hold();
    const first = dispatcher.write([{ stream: 'acks/0', payload: '12345678' }], { mayReject: true });
    const second = dispatcher.write([{ stream: 'acks/0', payload: '12345678' }], { mayReject: true });
    await expect(second).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    release();
    await expect(first).resolves.toEqual([0]);
    await expect(dispatcher.write([])).resolves.toEqual([]);
  });

  test('a snapshot holds what is owed and not durable yet; a section that nobody reads stops the start', async () => {
    const { dispatcher } = await echoing(2);
    const captures: Promise<Capture>[] = [];
    dispatcher.onApplied(() => captures.push(dispatcher.capture()));
    await dispatcher.write([fact('a')]);
    await dispatcher.write([tickInput()]);
    const [capture] = await Promise.all(captures.slice(0, 1));
    if (capture === undefined) throw new Error('nothing was captured');
    expect(capture.position).toBe(1);
    expect(JSON.parse(capture.sections.find(({ name }) => name === 'outbox')?.text ?? '')).toHaveLength(2);

    const fresh = new MemoryLog({}, { clock: manualClock() });
    const echo = new Echo(2);
    const restored = new Dispatcher(fresh, [echo]);
    restored.restore(capture.sections);
    await restored.replay(0);
    expect((await allRecords(fresh)).map(({ payload }) => payload)).toEqual(['a 0.0', 'a 0.1']);
    expect(() => restored.restore([{ name: 'of a later version', text: '' }])).toThrow('nothing reads');
  });
});

/** What the subscribers of a story can read: every event with its seq, to the byte. */
async function told(rig: StagesRig): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    storySubscribers.map(async (subscriber) => {
      const events = await rig.events({ tenant: 'default', subscriber }, 7);
      return events.map(({ place, json }) => `${place} ${json}`);
    }),
  );
}

async function liveThrough(inputs: readonly TimedInput[], rig: StagesRig): Promise<void> {
  for (const { record, timeMs } of inputs) {
    rig.clock.nowMs = timeMs;
    // What follows is applied before the next input, as it is after a restart.
    await rig.write(record);
  }
}

/** How many of the inputs are in the log: they were written one after another. */
async function durableOf(inputs: readonly TimedInput[], log: RecordLog): Promise<number> {
  let count = 0;
  for (const { stream, payload } of await allRecords(log)) {
    const next = inputs[count]?.record;
    if (next?.stream === stream && next.payload === payload) count += 1;
  }
  return count;
}

/** Lives through the inputs on a disk that crashes at one operation after another, and starts again until all are in. */
async function liveWithCrashes(
  inputs: readonly TimedInput[],
  crashAfter: number,
  seed: number,
): Promise<{ readonly rig: StagesRig; readonly crashes: number }> {
  const disk = new MemoryDisk();
  const clock = manualClock(inputs[0]?.timeMs);
  let crashes = 0;
  while (true) {
    const crashAt = disk.operations + crashAfter + crashes;
    // Ever further apart, so that the story comes to its end.
    disk.decideFault = ({ index }) => (index === crashAt && crashes < 12 ? { kind: 'crash', when: 'during' } : null);
    const log = await openSegmentLog({}, { disk, clock, logger: recordingLogger(), metrics: recordingMetrics() }).catch(
      () => null,
    );
    if (log !== null) {
      try {
        const rig = await StagesRig.start(log, clock);
        await liveThrough(inputs.slice(await durableOf(inputs, log)), rig);
        if (!disk.hasCrashed) return { rig, crashes };
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(disk_crashed|log_failed)$/) });
      }
    }
    expect(disk.hasCrashed).toBe(true);
    crashes += 1;
    // The next process begins before the input that was lost.
    clock.nowMs = inputs.findLast(({ timeMs }) => timeMs < clock.nowMs)?.timeMs ?? clock.nowMs;
    disk.decideFault = () => null;
    if (seed % 3 === 0) disk.restartProcess();
    else disk.restart(survivalByChance(chance(seed + crashes), 64));
  }
}

/** A seeded generator (a linear congruence): what survives a crash differs from crash to crash. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function undisturbed(inputs: readonly TimedInput[]): Promise<StagesRig> {
  const clock = manualClock(inputs[0]?.timeMs);
  const rig = await StagesRig.start(new MemoryLog({}, { clock }), clock);
  await liveThrough(inputs, rig);
  return rig;
}

/** Of some stories, the one with the most events. */
async function richestStory(seed: number): Promise<readonly TimedInput[]> {
  let richest: { readonly inputs: readonly TimedInput[]; readonly events: number } = { inputs: [], events: -1 };
  for (const inputs of fc.sample(inputStories, { numRuns: 40, seed })) {
    const rig = await undisturbed(inputs);
    const events = (await told(rig)).flat().length;
    if (events > richest.events) richest = { inputs, events };
  }
  return richest.inputs;
}

describe('a log that reads some streams only', () => {
  const random = { fraction: () => 0, bytes: (count: number) => new Uint8Array(count) };

  async function over(broker: MemoryBroker): Promise<{ log: RecordLog; echo: Echo; dispatcher: Dispatcher }> {
    const deps = { broker, clock: manualClock(), random, logger: recordingLogger(), metrics: recordingMetrics() };
    const log = await openJournaledLog({ unit: 1, inputs: ['facts/1', 'events/1'] }, deps);
    const echo = new Echo(3);
    return { log, echo, dispatcher: new Dispatcher(log, [echo]) };
  }

  async function owed(dispatcher: Dispatcher): Promise<readonly NewRecord[]> {
    const captured = dispatcher.capture();
    await dispatcher.write([tickInput()]);
    const outbox = (await captured).sections.find(({ name }) => name === 'outbox');
    return JSON.parse(outbox?.text ?? '[]') as NewRecord[];
  }

  test('what it does not read leaves the outbox when it is stored there, and not before (P07, P16)', async () => {
    const broker = new MemoryBroker();
    const { log, echo, dispatcher } = await over(broker);
    await dispatcher.replay(0);
    dispatcher.start();
    const { promise, resolve } = Promise.withResolvers<AppendFate>();
    broker.decideAppend = ({ stream }) => (stream === 'events/0' ? promise : 'stored');
    await dispatcher.write([fact('a')]);
    await waitUntil(() => echo.seen.includes('events/1 a 0.1'), { what: 'the event that is read back' });
    // What was appended in one call leaves it together.
    expect((await owed(dispatcher)).map(({ stream }) => stream)).toEqual(['events/0', 'events/2']);
    resolve('stored');
    await waitUntil(async () => (await broker.bounds('events/0')).end === 1, { what: 'the event to be stored' });
    expect(await owed(dispatcher)).toEqual([]);
    await log.close();
  });

  test('a new owner says it all again, in order, and owes nothing then', async () => {
    const broker = new MemoryBroker();
    const first = await over(broker);
    await first.dispatcher.replay(0);
    first.dispatcher.start();
    for (const payload of ['a', 'b']) await first.dispatcher.write([fact(payload)]);
    await waitUntil(async () => (await broker.bounds('events/2')).end === 2, { what: 'the events' });

    const second = await over(broker);
    await second.dispatcher.replay(0);
    second.dispatcher.start();
    const said = (await collect(broker.read('events/2', 0, 9))).flat().map(({ value }) => value);
    expect(said.slice(2)).toEqual(said.slice(0, 2));
    expect(said).toHaveLength(4);
    expect(await owed(second.dispatcher)).toEqual([]);
    expect(second.echo.seen.filter((one) => one.startsWith('events/1'))).toHaveLength(2);
    await Promise.all([first.log.close(), second.log.close()]);
  });
});

describe('several lives', () => {
  test('I04, I05, F32: after crashes anywhere the same events have the same ids, seqs and bytes as in an undisturbed run', async () => {
    await fc.assert(
      fc.asyncProperty(
        inputStories,
        fc.integer({ min: 6, max: 40 }),
        fc.nat({ max: 1_000 }),
        async (inputs, crashAfter, seed) => {
          const twin = await undisturbed(inputs);
          const { rig } = await liveWithCrashes(inputs, crashAfter, seed);
          expect(await told(rig)).toEqual(await told(twin));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('F32: a crash at every single point of one story loses and repeats nothing', async () => {
    const inputs = await richestStory(7);
    const expected = await told(await undisturbed(inputs));
    expect(expected.flat().length).toBeGreaterThan(5);
    for (let crashAfter = 0; ; crashAfter += 1) {
      const { rig, crashes } = await liveWithCrashes(inputs, crashAfter, crashAfter);
      expect(await told(rig)).toEqual(expected);
      if (crashes > 0) continue;
      // One operation a group at least, and a group an input.
      expect(crashAfter).toBeGreaterThan(inputs.length);
      return;
    }
  });

  test('I14: a snapshot at any record and the tail give the state, the events and the wishes of a replay from the start', async () => {
    await fc.assert(
      fc.asyncProperty(inputStories, fc.infiniteStream(fc.nat({ max: 3 })), async (inputs, when) => {
        const clock = manualClock(inputs[0]?.timeMs);
        const rig = await StagesRig.start(new MemoryLog({}, { clock }), clock);
        const captures: Promise<Capture>[] = [];
        for (const { record, timeMs } of inputs) {
          clock.nowMs = timeMs;
          if (when.next().value === 0) captures.push(rig.stages.dispatcher.capture());
          // Not settled in between, so that snapshots fall between an input and what follows from it too.
          await rig.stages.dispatcher.write([record]);
        }
        await rig.settle();
        const records = await allRecords(rig.log);
        const events = await told(rig);
        const replayed = await restartOn(records);
        expect(await told(replayed)).toEqual(events);
        const asked = [sorted(replayed.probes), sorted(replayed.submissions)];
        const state = stateOf(await replayed.state());
        expect(stateOf(await rig.state())).toEqual(state);
        for (const capture of (await Promise.all(captures)).slice(0, 4)) {
          const restored = await restartOn(records, capture);
          expect(await told(restored)).toEqual(events);
          expect([sorted(restored.probes), sorted(restored.submissions)]).toEqual(asked);
          expect(stateOf(await restored.state())).toEqual(state);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('nothing goes out before the replay is over, and all that is still wanted goes out then', async () => {
    const inputs = await richestStory(11);
    const live = await undisturbed(inputs);
    expect(live.probes.length + live.submissions.length).toBeGreaterThan(0);
    const rig = new StagesRig(await copyOf(await allRecords(live.log), manualClock()), manualClock());
    await rig.recover();
    expect([...rig.probes, ...rig.submissions]).toEqual([]);
    rig.stages.dispatcher.start();
    const { node } = rig.stages.status;
    const wanted = node.wants({ position: 0, timeMs: 0 });
    expect(rig.probes).toEqual(wanted.probes);
    expect(rig.submissions).toEqual(wanted.submissions);
    expect(wanted.probes.length + wanted.submissions.length).toBeGreaterThan(0);
  });
});

async function restartOn(records: readonly LogRecord[], capture?: Capture): Promise<StagesRig> {
  const clock = manualClock();
  return StagesRig.start(await copyOf(records, clock), clock, capture);
}

/** Feeds are listed as they were met, which is no part of the state. */
function stateOf(sections: ReadonlyMap<string, string>): Record<string, string> {
  const feeds = sorted(JSON.parse(sections.get('feeds') ?? '[]') as unknown[]);
  return { ...Object.fromEntries(sections), feeds: JSON.stringify(feeds) };
}

function sorted(values: readonly unknown[]): readonly string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}
