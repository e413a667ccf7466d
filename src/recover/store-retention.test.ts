import { describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { eventRecord } from '../../test/harness/event-record.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryMailbox } from '../adapters/memory/memory-mailbox.ts';
import { TxTrailError } from '../lib/error.ts';
import type { Mailbox, MailboxRetained } from '../ports/mailbox.ts';
import { retainStores } from './store-retention.ts';

const hourMs = 3_600_000;
const ages = { minAgeMs: 2 * hourMs, maxAgeMs: 24 * hourMs, historyAgeMs: 48 * hourMs };
const alice = { tenant: 'default', subscriber: 'alice' };
const nothing: MailboxRetained = { removed: 0, expired: [], more: false };

function rigOf(retain?: Mailbox['retain']) {
  const clock = manualClock();
  const scheduler = new ManualScheduler();
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const mailbox = new MemoryMailbox({ clock });
  const end = new AbortController();
  const expired = metrics.counter({ name: 'txtrail_expired', help: '' });
  const histories: (readonly [number, number])[] = [];
  const retainHistory: Mailbox['retainHistory'] = async (nowMs, keepMs) => {
    histories.push([nowMs, keepMs]);
    return mailbox.retainHistory(nowMs, keepMs);
  };
  let oldAnswers = 0;
  const dropOldAnswers = async (): Promise<boolean> => {
    oldAnswers = Math.max(0, oldAnswers - 1);
    return oldAnswers > 0;
  };
  const events = retain ?? ((youngMs, oldMs) => mailbox.retain(youngMs, oldMs));
  const stores = { mailbox: { retain: events, retainHistory }, dropOldAnswers };
  const run = () => retainStores(ages, { ...stores, clock, scheduler, logger, expired }, end.signal);
  const answers = {
    set: (count: number) => {
      oldAnswers = count;
    },
    left: () => oldAnswers,
  };
  const pass = (ms: number) => scheduler.pass(ms, clock);
  const rests = () => waitUntil(() => scheduler.nextDelayMs, { what: 'a pause', everyMs: 2 });
  return { clock, logger, metrics, mailbox, end, run, pass, rests, scheduler, histories, answers };
}

describe('retention', () => {
  test('lets go of what was read once it is old enough, and tells what was given up unread', async () => {
    const { mailbox, metrics, logger, end, run, pass, rests } = rigOf();
    const hold = await mailbox.take(0);
    const events = Array.from({ length: 5 }, (_, index) => eventRecord({ subscriber: 'alice', revision: index + 1 }));
    await mailbox.commit(hold, { through: 5, events, origins: new Map() });
    await mailbox.acknowledge(alice, 'app', 2);
    const running = run();
    await rests();
    expect(await mailbox.bounds(alice)).toEqual({ oldest: 0, latest: 5 });
    await pass(3 * hourMs);
    await rests();
    expect(await mailbox.bounds(alice)).toEqual({ oldest: 2, latest: 5 });
    expect(logger.lines).toEqual([]);
    await pass(24 * hourMs);
    await rests();
    expect(await mailbox.bounds(alice)).toEqual({ oldest: 5, latest: 5 });
    expect(metrics.values.get('txtrail_expired')).toBe(3);
    expect(logger.lines).toMatchObject([{ level: 'warn', facts: { ...alice, fromSeq: 3, throughSeq: 5 } }]);
    end.abort();
    await running;
  });

  test('goes on at once while there is more to do', async () => {
    let calls = 0;
    const { end, run, rests } = rigOf(async () => {
      calls += 1;
      return { ...nothing, more: calls % 10 !== 0 };
    });
    const running = run();
    await rests();
    expect(calls).toBe(10);
    end.abort();
    await running;
  });

  test('goes on at once while there is more history to give up', async () => {
    const { end, run, rests, mailbox, histories } = rigOf();
    mailbox.retainHistory = async () => histories.length < 5;
    const running = run();
    await rests();
    expect(histories).toHaveLength(5);
    end.abort();
    await running;
  });

  test('lets go of old answers, piece by piece, and of history that is older than it is kept', async () => {
    const { end, run, rests, histories, answers, clock } = rigOf();
    answers.set(5);
    const running = run();
    await rests();
    expect(answers.left()).toBe(0);
    expect(histories.at(-1)).toEqual([clock.nowMs, 48 * hourMs]);
    end.abort();
    await running;
  });

  test('tries again where the store is away, and says so', async () => {
    let calls = 0;
    const { end, run, rests, pass, logger } = rigOf(async () => {
      calls += 1;
      if (calls === 1) throw new TxTrailError('store_unavailable', 'away', { retryable: true });
      return nothing;
    });
    const running = run();
    await rests();
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    await pass(60_000);
    await rests();
    expect(calls).toBe(2);
    end.abort();
    await running;
  });

  test('of events that cannot be let go holds up neither answers nor history', async () => {
    const { end, run, rests, histories, answers } = rigOf(async () => {
      throw new TxTrailError('store_refused', 'no room in the history');
    });
    answers.set(1);
    const running = run();
    await rests();
    expect([answers.left(), histories.length]).toEqual([0, 1]);
    end.abort();
    await running;
  });

  test('is ended by what is a mistake of ours', async () => {
    const { run } = rigOf(() => Promise.reject(new TypeError('broken')));
    await expect(run()).rejects.toThrow('broken');
  });

  test('that was told to end before does nothing', async () => {
    let calls = 0;
    const { end, run } = rigOf(async () => {
      calls += 1;
      return nothing;
    });
    end.abort();
    await run();
    expect(calls).toBe(0);
  });
});
