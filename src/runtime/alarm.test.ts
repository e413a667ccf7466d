import { expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import { Alarm } from './alarm.ts';
import { SteadyClock } from './steady-clock.ts';

const startMs = 1_700_000_000_000;

/** A core that waits for moments, woken by the journal as the log's clock tells it. */
function waiting(...dueMs: readonly number[]) {
  const wall = manualClock(startMs);
  let monotonicMs = 0;
  const clock = new SteadyClock({ now: () => wall.nowMs, monotonic: () => monotonicMs });
  const scheduler = new ManualScheduler();
  const due = new Set(dueMs);
  const rungAt: number[] = [];
  const state = { rejects: false, hold: Promise.resolve() };
  const writer: LogWriter = {
    write: async ([record]) => {
      expect(record?.stream).toBe('journal/0');
      await state.hold;
      if (state.rejects) throw new Error('the log failed');
      rungAt.push(clock.now() - startMs);
      for (const moment of due) if (moment <= clock.now()) due.delete(moment);
      return [1];
    },
  };
  const alarm = new Alarm({
    clock,
    scheduler,
    writer,
    nextDueMs: () => (due.size === 0 ? null : Math.min(...due)),
  });
  const pass = async (ms: number, wallMs = ms): Promise<void> => {
    for (let passed = 0; passed < ms; ) {
      const step = Math.min(ms - passed, Math.max(1, scheduler.nextDelayMs ?? ms));
      monotonicMs += step;
      wall.nowMs += (step / ms) * wallMs;
      passed += step;
      await scheduler.pass(step);
    }
  };
  return { alarm, due, rungAt, scheduler, wall, state, pass };
}

test('rings at the moment, not before, and once', async () => {
  const { alarm, rungAt, pass } = waiting(startMs + 1_000);
  alarm.set();
  alarm.set();
  await pass(999);
  expect(rungAt).toEqual([]);
  await pass(10_000);
  expect(rungAt).toEqual([1_000]);
});

test('a sooner moment comes first, a later one stays, none needs no timer', async () => {
  const { alarm, due, rungAt, scheduler, pass } = waiting();
  alarm.set();
  expect(scheduler.nextDelayMs).toBeNull();
  due.add(startMs + 5_000);
  alarm.set();
  due.add(startMs + 2_000);
  alarm.set();
  due.add(startMs + 9_000);
  alarm.set();
  await pass(20_000);
  expect(rungAt).toEqual([2_000, 5_000, 9_000]);
  expect(scheduler.nextDelayMs).toBeNull();
});

test('a moment that never passes, since the clock lags, does not make it spin', async () => {
  const { alarm, due, rungAt, pass } = waiting(startMs + 100);
  alarm.set();
  const again = due.delete.bind(due);
  due.delete = () => false;
  await pass(1_100);
  expect(rungAt.length).toBeGreaterThan(10);
  expect(rungAt.length).toBeLessThanOrEqual(201);
  due.delete = again;
  await pass(10);
  expect(due.size).toBe(0);
});

test('I21: the wall clock jumps an hour back: what was planned falls due when it was planned', async () => {
  const { alarm, due, rungAt, wall, pass } = waiting(startMs + 10_000);
  alarm.set();
  await pass(4_000);
  wall.nowMs -= 3_600_000;
  due.add(startMs + 8_000);
  alarm.set();
  await pass(20_000);
  expect(rungAt).toEqual([8_000, 10_000]);
});

test('I21: the wall clock jumps ahead, or the machine slept: what is overdue rings with the next thing that happens', async () => {
  const { alarm, rungAt, wall, pass } = waiting(startMs + 1_800_000);
  alarm.set();
  await pass(1_000);
  wall.nowMs += 7_200_000;
  expect(rungAt).toEqual([]);
  alarm.set();
  await pass(1);
  alarm.set();
  await pass(3_600_000);
  expect(rungAt).toEqual([7_201_001]);
});

test('while it is being written down it does not ring again, and a moment met meanwhile is not lost', async () => {
  const { alarm, due, rungAt, scheduler, state, pass } = waiting(startMs + 1_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  state.hold = promise;
  alarm.set();
  await pass(5_000);
  due.add(startMs + 2_000);
  alarm.set();
  alarm.set();
  expect([rungAt, scheduler.nextDelayMs]).toEqual([[], null]);
  resolve();
  await pass(1);
  expect(rungAt).toEqual([5_001]);
  due.add(startMs + 6_000);
  alarm.set();
  await pass(2_000);
  expect(rungAt).toEqual([5_001, 6_000]);
});

test('a moment in a year does not overflow the timers of the platform', () => {
  const { alarm, scheduler } = waiting(startMs + 365 * 86_400_000);
  alarm.set();
  expect(scheduler.nextDelayMs).toBe(3_600_000);
});

test('stopped, or with a log that failed, it is silent', async () => {
  const stopped = waiting(startMs + 100);
  stopped.alarm.set();
  stopped.alarm.stop();
  stopped.alarm.set();
  await stopped.pass(1_000);
  expect([stopped.rungAt, stopped.scheduler.nextDelayMs]).toEqual([[], null]);

  const failed = waiting(startMs + 100);
  failed.state.rejects = true;
  failed.alarm.set();
  await failed.pass(1_000);
  failed.alarm.set();
  expect([failed.rungAt, failed.scheduler.nextDelayMs]).toEqual([[], null]);
});
