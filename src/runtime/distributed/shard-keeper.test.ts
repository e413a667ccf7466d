import { afterEach, describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { MemoryOwnership } from '../../adapters/memory/memory-ownership.ts';
import { InvariantError } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Membership, Ownership, OwnershipListener } from '../../ports/ownership.ts';
import { ShardKeeper, type ShardWork } from './shard-keeper.ts';

/** One opening of a shard's work, as the test sees and ends it. */
class Work implements ShardWork {
  readonly shard: number;
  closed = 0;
  reached: number | null = null;
  readonly #ended = Promise.withResolvers<Error>();

  constructor(shard: number) {
    this.shard = shard;
  }

  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  fail(cause: Error): void {
    this.#ended.resolve(cause);
  }

  /** Where there is something to tell. */
  progress?: () => number | null;

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** A coordinator that does what the test says. */
class ToldOwnership implements Ownership {
  listener: OwnershipListener | null = null;
  left = 0;
  readonly progress: (readonly [number, number])[] = [];

  async join(_options: unknown, listener: OwnershipListener): Promise<Membership> {
    this.listener = listener;
    return {
      noteProgress: (shard, offset) => void this.progress.push([shard, offset]),
      leave: async () => {
        this.left += 1;
      },
    };
  }
}

const keepers: ShardKeeper[] = [];

afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()));
});

class KeeperRig {
  readonly scheduler = new ManualScheduler();
  readonly logger = recordingLogger();
  readonly opened: Work[] = [];
  readonly figures = new Map<string, number>();
  readonly ownership = new ToldOwnership();
  /** Set to make an opening wait or fail. */
  before: (shard: number, end: AbortSignal) => Promise<void> = async () => undefined;
  tellsProgress = false;
  readonly keeper: ShardKeeper;

  constructor() {
    this.keeper = this.keeperOf(this.ownership);
  }

  keeperOf(ownership: Ownership): ShardKeeper {
    const metrics = {
      counter: () => ({ add: () => undefined }),
      histogram: () => ({ observe: () => undefined }),
      gauge: () => ({
        set: (value: number, labels: Readonly<Record<string, string>> = {}) =>
          void this.figures.set(labels['state'] ?? '', value),
      }),
    };
    const open = async (shard: number, end: AbortSignal): Promise<ShardWork> => {
      await this.before(shard, end);
      const work = new Work(shard);
      if (this.tellsProgress) work.progress = () => work.reached;
      this.opened.push(work);
      return work;
    };
    const keeper = new ShardKeeper({ group: 'status', shards: 4 }, { ...this, ownership, metrics, open });
    keepers.push(keeper);
    return keeper;
  }

  async gain(...shards: readonly number[]): Promise<void> {
    if (this.ownership.listener === null) await this.keeper.start();
    this.ownership.listener?.onGained(shards);
    await this.turns();
  }

  async lose(...shards: readonly number[]): Promise<void> {
    await this.ownership.listener?.onLost(shards);
  }

  async turns(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  get shards(): readonly number[] {
    return this.opened.map(({ shard }) => shard);
  }
}

const away = new TxTrailError('broker_unavailable', 'away', { retryable: true });

describe('the work of a shard', () => {
  test('tells how far it has come, for as long as it runs', async () => {
    const rig = new KeeperRig();
    rig.tellsProgress = true;
    await rig.gain(0, 3);
    const [first, second] = rig.opened as [Work, Work];
    expect(rig.ownership.progress).toEqual([]);
    first.reached = 7;
    await rig.scheduler.pass(2_000);
    await rig.turns();
    second.reached = 9;
    await rig.scheduler.pass(2_000);
    await rig.turns();
    expect(rig.ownership.progress).toEqual([
      [0, 7],
      [0, 7],
      [3, 9],
    ]);
    await rig.lose(0);
    await rig.scheduler.pass(2_000);
    await rig.turns();
    expect(rig.ownership.progress.slice(3)).toEqual([[3, 9]]);
  });

  test('runs from when it is given until it is taken, and has ended when that is answered', async () => {
    const rig = new KeeperRig();
    await rig.gain(0, 3);
    expect(rig.shards).toEqual([0, 3]);
    expect(rig.figures).toEqual(
      new Map([
        ['running', 2],
        ['stopped', 0],
        ['starting', 0],
      ]),
    );
    await rig.lose(3);
    expect(rig.opened.map(({ closed }) => closed)).toEqual([0, 1]);
    expect(rig.figures.get('running')).toBe(1);
    await rig.gain(3);
    expect(rig.shards).toEqual([0, 3, 3]);
    await rig.keeper.close();
    expect(rig.opened.map(({ closed }) => closed)).toEqual([1, 1, 1]);
    expect(rig.ownership.left).toBe(1);
  });

  test('that ends is begun anew after a pause, and the others do not notice', async () => {
    const rig = new KeeperRig();
    await rig.gain(0, 1);
    rig.opened[0]?.fail(away);
    await rig.turns();
    expect(rig.opened[0]?.closed).toBe(1);
    expect(rig.scheduler.nextDelayMs).toBe(100);
    await rig.scheduler.pass(100);
    expect(rig.shards).toEqual([0, 1, 0]);
    expect(rig.opened[1]?.closed).toBe(0);
    expect(rig.logger.lines).toMatchObject([{ level: 'warn', facts: { group: 'status', shard: 0 } }]);
    await rig.turns();
    expect(rig.keeper.faults).toEqual([]);
  });

  test('that cannot be begun is tried again with growing pauses', async () => {
    const rig = new KeeperRig();
    rig.before = () => Promise.reject(away);
    await rig.gain(0);
    const pauses: (number | null)[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      pauses.push(rig.scheduler.nextDelayMs);
      await rig.scheduler.pass(rig.scheduler.nextDelayMs ?? 0);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(rig.figures.get('starting')).toBe(1);
    rig.before = async () => undefined;
    await rig.scheduler.pass(5_000);
    expect(rig.shards).toEqual([0]);
    expect(rig.figures.get('running')).toBe(1);
  });

  test('that can be begun and ends soon, again and again, is begun with growing pauses', async () => {
    const rig = new KeeperRig();
    await rig.gain(0);
    const failed = async (): Promise<number | null> => {
      rig.opened.at(-1)?.fail(away);
      await rig.turns();
      return rig.scheduler.nextDelayMs;
    };
    const pauses: (number | null)[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      pauses.push(await failed());
      await rig.scheduler.pass(rig.scheduler.nextDelayMs ?? 0);
      await rig.turns();
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(rig.shards).toHaveLength(9);
    await rig.scheduler.pass(10_000);
    expect(await failed()).toBe(100);
  });

  test('is a fault from when it failed until it runs again, and none where somebody else has it', async () => {
    const rig = new KeeperRig();
    await rig.gain(0, 1);
    rig.before = () => Promise.reject(away);
    rig.opened[0]?.fail(away);
    rig.opened[1]?.fail(new TxTrailError('lane_taken', 'somebody else has it'));
    await rig.turns();
    expect(rig.keeper.faults).toEqual(['status 0 does not run: away']);
    await rig.scheduler.pass(100);
    expect(rig.keeper.faults).toEqual(['status 0 does not run: away']);
    rig.before = async () => undefined;
    await rig.scheduler.pass(5_000);
    expect(rig.keeper.faults).toEqual([]);
    rig.before = () => Promise.reject(away);
    rig.opened.find(({ shard, closed }) => shard === 0 && closed === 0)?.fail(away);
    await rig.turns();
    expect(rig.keeper.faults).toHaveLength(1);
    await rig.lose(0);
    expect(rig.keeper.faults).toEqual([]);
  });

  test.each(['log_taken', 'lane_taken', 'chain_taken'])(
    'that ends with %s is left to who took it, for longer than the news of it needs',
    async (code) => {
      const rig = new KeeperRig();
      await rig.gain(0);
      rig.opened[0]?.fail(new TxTrailError(code, 'somebody else has it'));
      await rig.turns();
      expect(rig.scheduler.nextDelayMs).toBe(3_000);
      // The usual end: the coordinator says so.
      await rig.lose(0);
      expect(rig.scheduler.nextDelayMs).toBeNull();
      expect(rig.shards).toEqual([0]);
      // Where it was the other one that did not know, we claim it back.
      await rig.gain(0);
      rig.opened[1]?.fail(new TxTrailError(code, 'somebody else has it'));
      await rig.turns();
      await rig.scheduler.pass(3_000);
      expect(rig.shards).toEqual([0, 0, 0]);
    },
  );

  test.each([
    new InvariantError('broken'),
    new TxTrailError('record_not_applied', 'broken'),
    new TxTrailError('record_missing', 'broken'),
    new TxTrailError('snapshot_corrupt', 'broken'),
    new TxTrailError('snapshot_version_unknown', 'broken'),
    new TxTrailError('log_corrupt', 'broken'),
    new TxTrailError('log_version_unknown', 'broken'),
  ])('that no other try can mend stands still, in plain sight: $code $name', async (cause) => {
    const rig = new KeeperRig();
    await rig.gain(0, 1);
    rig.opened[0]?.fail(cause);
    await rig.turns();
    await rig.scheduler.pass(60_000);
    expect(rig.shards).toEqual([0, 1]);
    expect(rig.keeper.faults).toEqual(['status 0 is stopped: broken']);
    expect(rig.figures).toEqual(
      new Map([
        ['running', 1],
        ['stopped', 1],
        ['starting', 0],
      ]),
    );
    expect(rig.logger.lines).toMatchObject([{ level: 'error', facts: { shard: 0 } }]);
    // With another owner, or after a restart, it is tried again.
    await rig.lose(0);
    expect(rig.keeper.faults).toEqual([]);
    await rig.gain(0);
    expect(rig.shards).toEqual([0, 1, 0]);
  });

  test('that cannot be begun for good stands still as well', async () => {
    const rig = new KeeperRig();
    rig.before = () => Promise.reject(new TxTrailError('snapshot_corrupt', 'broken'));
    await rig.gain(2);
    expect(rig.keeper.faults).toEqual(['status 2 is stopped: broken']);
    expect(rig.opened).toEqual([]);
  });
});

describe('a shard that is taken', () => {
  test('while its work is being begun, tells it so, and ends what was begun', async () => {
    const rig = new KeeperRig();
    rig.before = (_shard, end) => new Promise((resolve) => end.addEventListener('abort', () => resolve()));
    await rig.gain(0);
    expect(rig.opened).toEqual([]);
    await rig.lose(0);
    expect(rig.opened.map(({ closed }) => closed)).toEqual([1]);
    expect(rig.figures).toEqual(
      new Map([
        ['running', 0],
        ['stopped', 0],
        ['starting', 0],
      ]),
    );
  });

  test('between two tries is not begun again', async () => {
    const rig = new KeeperRig();
    await rig.gain(0);
    rig.opened[0]?.fail(away);
    await rig.turns();
    await rig.lose(0);
    expect(rig.scheduler.nextDelayMs).toBeNull();
    expect(rig.shards).toEqual([0]);
  });

  test('whose work does not end cleanly is given up all the same, with a word', async () => {
    const rig = new KeeperRig();
    await rig.gain(0);
    const [work] = rig.opened;
    if (work !== undefined) work.close = () => Promise.reject(away);
    await rig.lose(0);
    expect(rig.logger.lines).toMatchObject([{ message: 'the work of a shard could not be ended cleanly' }]);
  });

  test('and was never ours, changes nothing', async () => {
    const rig = new KeeperRig();
    await rig.gain(0);
    await rig.lose(1);
    expect(rig.opened.map(({ closed }) => closed)).toEqual([0]);
  });
});

test('a membership that is lost for good is told', async () => {
  const rig = new KeeperRig();
  await rig.gain(0);
  rig.ownership.listener?.onFailure(away);
  expect(await rig.keeper.failed).toBe(away);
});

test('two keepers of one group share its shards, and one that leaves gives all to the other', async () => {
  const ownership = new MemoryOwnership();
  const [left, right] = [new KeeperRig(), new KeeperRig()];
  const first = left.keeperOf(ownership);
  const second = right.keeperOf(ownership);
  await first.start();
  expect(left.shards).toEqual([0, 1, 2, 3]);
  await second.start();
  await waitUntil(() => right.opened.length === 2, { what: 'two shards', everyMs: 2 });
  expect(left.opened.filter(({ closed }) => closed === 0)).toHaveLength(2);
  await first.close();
  await waitUntil(() => right.opened.length === 4, { what: 'all shards', everyMs: 2 });
  expect(left.opened.every(({ closed }) => closed === 1)).toBe(true);
  expect(right.shards.toSorted()).toEqual([0, 1, 2, 3]);
});
