import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSystemClock } from './system-clock.ts';
import { createSystemRandom } from './system-random.ts';
import { createTimerScheduler } from './timer-scheduler.ts';

const dayMs = 86_400_000;

describe('timer scheduler', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('calls back once the delay is over, also one that is longer than a timer can be', () => {
    const calls: string[] = [];
    const scheduler = createTimerScheduler();
    scheduler.after(100, () => calls.push('short'));
    scheduler.after(60 * dayMs, () => calls.push('long'));
    scheduler.after(-5, () => calls.push('past'));
    vi.advanceTimersByTime(99);
    expect(calls).toEqual(['past']);
    vi.advanceTimersByTime(1);
    expect(calls).toEqual(['past', 'short']);
    vi.advanceTimersByTime(60 * dayMs - 101);
    expect(calls).toEqual(['past', 'short']);
    vi.advanceTimersByTime(1);
    expect(calls).toEqual(['past', 'short', 'long']);
  });

  test('a cancelled timer is silent, also in the middle of a long wait', () => {
    const scheduler = createTimerScheduler({ keepsProcessAlive: false });
    const task = vi.fn();
    const timer = scheduler.after(60 * dayMs, task);
    vi.advanceTimersByTime(40 * dayMs);
    timer.cancel();
    vi.advanceTimersByTime(60 * dayMs);
    expect(task).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('sleep ends with its delay, or rejects with the reason of the abort', async () => {
    const scheduler = createTimerScheduler();
    const slept = scheduler.sleep(50);
    vi.advanceTimersByTime(50);
    await slept;
    const controller = new AbortController();
    const aborted = scheduler.sleep(50, controller.signal);
    controller.abort(new Error('stop'));
    await expect(aborted).rejects.toThrow('stop');
    await expect(scheduler.sleep(50, controller.signal)).rejects.toThrow('stop');
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('the system clock and random give what their port says', () => {
  const clock = createSystemClock();
  const first = clock.monotonic();
  expect(clock.now()).toBeGreaterThan(1_700_000_000_000);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(first);
  const random = createSystemRandom();
  expect(random.bytes(32)).toHaveLength(32);
  expect(random.bytes(32)).not.toEqual(random.bytes(32));
  const fractions = Array.from({ length: 1000 }, () => random.fraction());
  expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
});
