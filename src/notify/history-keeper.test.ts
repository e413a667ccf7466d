import { describe, expect, test } from 'vitest';
import { DeliveryRig } from '../../test/harness/delivery-rig.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { recordingLogger } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryHistory } from '../adapters/memory/memory-history.ts';
import { TxTrailError } from '../lib/error.ts';
import { HistoryKeeper } from './history-keeper.ts';

const hourMs = 3_600_000;
const ages = { minAgeMs: 2 * hourMs, historyAgeMs: 10 * hourMs };

async function rigOf() {
  const archive = new MemoryHistory();
  const rig = await DeliveryRig.start({ archive });
  const scheduler = new ManualScheduler();
  const logger = recordingLogger();
  const end = new AbortController();
  const keeper = new HistoryKeeper(ages, { ...rig, archive, scheduler, logger });
  const run = () => keeper.run(end.signal);
  const rests = () => waitUntil(() => scheduler.nextDelayMs, { what: 'a pause', everyMs: 1 });
  const pass = async (hours: number): Promise<void> => {
    rig.clock.nowMs += hours * hourMs;
    await scheduler.pass(60_000);
    await rests();
  };
  const places = async (transactionId: string): Promise<readonly number[]> =>
    (await archive.history('default', transactionId, 0, 2_000)).events.map(({ place }) => place);
  return { rig, archive, logger, end, run, rests, pass, places };
}

describe('the history', () => {
  test('takes in what is old enough, all subscribers, in the order of the log, once', async () => {
    const { rig, end, run, rests, pass, places, archive } = await rigOf();
    await rig.tell(300, { subscriber: 'alice', transactionId: 'tx_a' });
    await rig.tell(200, { subscriber: 'bob', transactionId: 'tx_b' });
    await rig.tell(1, { subscriber: 'alice', transactionId: 'tx_a' });
    rig.clock.nowMs += hourMs;
    await rig.tell(1, { subscriber: 'bob', transactionId: 'tx_a' });
    const running = run();
    await rests();
    expect(archive.through).toBe(0);
    await pass(1.5);
    const first = rig.lanes.feed('default').positions.toArray();
    expect(await places('tx_a')).toEqual([...first.slice(0, 300), first[500]]);
    expect(await places('tx_b')).toEqual(first.slice(300, 500));
    expect(rig.metrics.values.get('txtrail_history_archived_total')).toBe(501);
    const { events } = await archive.history('default', 'tx_b', 0, 2_000);
    expect(events.map(({ json }) => (JSON.parse(json) as { seq: number }).seq)).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    await pass(1);
    expect(await places('tx_a')).toHaveLength(302);
    end.abort();
    await running;
  });

  test('goes on where it was, and gives up what is older than it is kept', async () => {
    const { rig, end, run, pass, rests, places } = await rigOf();
    await rig.tell(2, { subscriber: 'alice', transactionId: 'tx_a' });
    const running = run();
    await rests();
    await pass(5);
    await rig.tell(1, { subscriber: 'alice', transactionId: 'tx_a' });
    await pass(4);
    expect(await places('tx_a')).toHaveLength(3);
    await pass(2);
    expect(await places('tx_a')).toHaveLength(1);
    end.abort();
    await running;
  });

  test('F37: that cannot be written says so, takes nothing out of the log, and is tried again', async () => {
    const { rig, archive, logger, end, run, pass, rests, places } = await rigOf();
    await rig.tell(2, { subscriber: 'alice', transactionId: 'tx_a' });
    const take = archive.archive.bind(archive);
    archive.archive = () => Promise.reject(new TxTrailError('history_unusable', 'no space'));
    const running = run();
    await rests();
    await pass(5);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('nothing leaves the log') }]);
    rig.lanes.retain(rig.clock.nowMs, { minAgeMs: hourMs, maxAgeMs: hourMs }, archive.through);
    expect(rig.reader.bounds({ tenant: 'default', subscriber: 'alice' }).oldest).toBe(0);
    archive.archive = take;
    await pass(1);
    expect(await places('tx_a')).toHaveLength(2);
    end.abort();
    await running;
  });

  test('that is told to end in the middle of much ends there, and the next goes on', async () => {
    const { rig, archive, end, run, places } = await rigOf();
    await rig.tell(1_000, { subscriber: 'alice', transactionId: 'tx_a' });
    rig.clock.nowMs += 5 * hourMs;
    const take = archive.archive.bind(archive);
    archive.archive = async (entries, through) => {
      end.abort();
      await take(entries, through);
    };
    await run();
    expect(await places('tx_a')).toHaveLength(100);
    archive.archive = take;
    const next = new AbortController();
    const scheduler = new ManualScheduler();
    const again = new HistoryKeeper(ages, { ...rig, archive, scheduler, logger: recordingLogger() });
    const running = again.run(next.signal);
    await waitUntil(() => scheduler.nextDelayMs, { what: 'a pause', everyMs: 1 });
    expect(await places('tx_a')).toHaveLength(1_000);
    next.abort();
    await running;
  });

  test('is ended by what is a mistake of ours', async () => {
    const { archive, run } = await rigOf();
    archive.retainHistory = () => Promise.reject(new TypeError('broken'));
    await expect(run()).rejects.toThrow('broken');
  });
});
