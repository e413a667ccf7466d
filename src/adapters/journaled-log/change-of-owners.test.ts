import fc from 'fast-check';
import { expect, test } from 'vitest';
import { record } from '../../../test/conformance/record-log.ts';
import { value } from '../../../test/conformance/stream-broker.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { seededRandom } from '../../lib/seeded-random.ts';
import type { StreamName } from '../../core/records/stream.ts';
import type { LogRecord } from '../../ports/record-log.ts';
import { type AppendFate, MemoryBroker } from '../memory/memory-broker.ts';
import type { JournaledLog } from './journaled-log.ts';
import { openJournaledLog } from './open-journaled-log.ts';

const inputs = ['registrations/0', 'facts/0', 'blocks/eip155:1'] as const satisfies readonly StreamName[];

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), input: fc.nat(inputs.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick' as const), owner: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), owner: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      fate: fc.constantFrom<AppendFate>('answer_lost', 'refused', 'late'),
      stream: fc.constantFrom<StreamName>('journal/0', 'facts/0'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('store_late' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), owner: fc.nat(5), back: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: -5000, max: 5000 }) }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer Kind> ? Kind : never;

/** A broker on which owners follow each other, some of them without noticing, and appends go wrong. */
class World {
  readonly broker = new MemoryBroker();
  readonly clock = manualClock();
  readonly owners: JournaledLog[] = [];
  /** How far each owner has come; nobody trims what it has not applied. */
  readonly applied = new Map<JournaledLog, number>();
  /** What each position was to whoever applied it. */
  readonly said = new Map<number, LogRecord>();
  readonly put: [StreamName, string][] = [];
  readonly answered: [StreamName, string][] = [];
  readonly #faults: { readonly fate: AppendFate; readonly stream: StreamName }[] = [];
  #held: PromiseWithResolvers<void> | null = null;
  #count = 0;

  constructor() {
    this.broker.decideAppend = async ({ stream }) => {
      if (stream.startsWith('journal/')) await this.#held?.promise;
      const index = this.#faults.findIndex((fault) => fault.stream === stream);
      return index < 0 ? 'stored' : (this.#faults.splice(index, 1)[0]?.fate ?? 'stored');
    };
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case 'put':
        return this.#put(inputs[one.input] ?? 'facts/0');
      case 'tick':
        return this.#append(one.owner, 'journal/0', `tick ${this.#count++}`);
      case 'write':
        return this.#append(one.owner, 'facts/0', `written ${this.#count++}`);
      case 'open':
        return this.#held === null ? this.open() : undefined;
      case 'turns':
        return turns(one.count);
      case 'fault':
        this.#faults.push(one);
        return;
      case 'store_late':
        return this.broker.storeLate();
      case 'hold':
        this.#held ??= Promise.withResolvers();
        return;
      case 'release':
        return this.release();
      case 'trim':
        await this.#trim(one.owner, one.back);
        return;
      case 'clock':
        this.clock.nowMs += one.byMs;
    }
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  forgetFaults(): void {
    this.#faults.length = 0;
  }

  async open(): Promise<void> {
    const { broker, clock } = this;
    const fraction = seededRandom(this.owners.length);
    const random = { fraction, bytes: (count: number) => new Uint8Array(count).fill(this.owners.length) };
    const deps = { broker, clock, random, logger: recordingLogger(), metrics: recordingMetrics() };
    const log = await openJournaledLog({ unit: 0, inputs }, deps).catch(() => null);
    if (log === null) return;
    this.owners.push(log);
    let last = -1;
    log.follow(log.start, (records) => {
      for (const one of records) {
        expect(one.position).toBeGreaterThan(last);
        last = one.position;
        // I14: whoever applies a position applies the same record at the same time.
        expect(this.said.get(one.position) ?? one).toEqual(one);
        this.said.set(one.position, one);
        this.applied.set(log, one.position);
      }
    });
    // A failed expectation in the sink ends the log with it.
    void log.failed.then((cause) => {
      if (!('code' in cause)) throw cause;
    });
  }

  async #put(stream: StreamName): Promise<void> {
    const payload = `put ${this.#count++}`;
    await this.broker.append(stream, [value(payload)]).then(
      () => this.put.push([stream, payload]),
      () => 0,
    );
  }

  #append(owner: number, stream: StreamName, payload: string): void {
    const log = this.owners[owner % Math.max(1, this.owners.length)];
    log?.append([record(stream, payload)]).then(
      ([position]) => {
        this.answered.push([stream, payload]);
        expect(this.said.get(position as number)?.payload ?? payload).toBe(payload);
      },
      () => 0,
    );
  }

  async #trim(owner: number, back: number): Promise<void> {
    const log = this.owners[owner % Math.max(1, this.owners.length)];
    if (log === undefined) return;
    await log.trim((this.applied.get(log) ?? 0) - back * 4096).catch(() => 0);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('P01 to P06, P17: whatever becomes of owners and appends, every position is one record to all, and each input is applied once, in order', async () => {
  let changes = 0;
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const world = new World();
      await world.open();
      for (const one of steps) await world.take(one);
      world.release();
      await turns(20);
      world.forgetFaults();
      world.broker.storeLate();
      await world.open();
      await world.broker.append('facts/0', [value('the last')]);
      for (
        let turn = 0;
        turn < 200 && ![...world.said.values()].some(({ payload }) => payload === 'the last');
        turn += 1
      ) {
        await turns(1);
      }
      const applied = [...world.said.values()].sort((a, b) => a.position - b.position);
      for (const stream of inputs) {
        const of = applied.filter((one) => one.stream === stream).map(({ payload }) => payload);
        expect(new Set(of).size).toBe(of.length);
        const put = world.put.filter(([to]) => to === stream).map(([, payload]) => payload);
        expect(of.filter((payload) => put.includes(payload))).toEqual(put);
      }
      const payloads = new Set(applied.map(({ payload }) => payload));
      for (const [, payload] of world.answered) expect(payloads).toContain(payload);
      expect(payloads).toContain('the last');
      expect(applied.every((one, index) => one.timeMs >= (applied[index - 1]?.timeMs ?? 0))).toBe(true);
      changes += world.owners.length - 1;
      for (const log of world.owners.slice(0, -1)) {
        const cause = await Promise.race([log.failed, Promise.resolve(null)]);
        if (cause !== null && 'code' in cause && cause.code === 'log_taken') taken += 1;
      }
      await Promise.all(world.owners.map((log) => log.close()));
    }),
    { numRuns: 300, seed: 6 },
  );
  // The search is worth nothing where nobody was followed.
  expect(changes).toBeGreaterThan(300);
  expect(taken).toBeGreaterThan(100);
});
