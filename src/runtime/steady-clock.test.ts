import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SteadyClock } from './steady-clock.ts';

function clocks() {
  const machine = { wallMs: 1_000_000, monotonicMs: 50 };
  return { machine, steady: new SteadyClock({ now: () => machine.wallMs, monotonic: () => machine.monotonicMs }) };
}

test('I21: whatever the wall does, it never falls, never stands still while time passes, and never lags behind the wall', () => {
  const step = fc.record({ passMs: fc.nat({ max: 10_000 }), jumpMs: fc.integer({ min: -3_600_000, max: 3_600_000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { machine, steady } = clocks();
      let before = steady.now();
      for (const { passMs, jumpMs } of steps) {
        machine.monotonicMs += passMs;
        machine.wallMs += passMs + jumpMs;
        const now = steady.now();
        expect(now).toBeGreaterThanOrEqual(before + passMs);
        expect(now).toBeGreaterThanOrEqual(machine.wallMs);
        before = now;
      }
    }),
  );
});

test('it follows the wall exactly while that goes on, and meets it again after a jump back', () => {
  const { machine, steady } = clocks();
  expect(steady.now()).toBe(1_000_000);
  machine.wallMs += 500;
  machine.monotonicMs += 480;
  expect(steady.now()).toBe(1_000_500);
  machine.wallMs -= 100_000;
  machine.monotonicMs += 1_000;
  expect(steady.now()).toBe(1_001_500);
  machine.wallMs += 200_000;
  machine.monotonicMs += 1_000;
  expect(steady.now()).toBe(1_100_500);
  expect(steady.monotonic()).toBe(machine.monotonicMs);
});

test('a process goes on from the time of the one before it', () => {
  const { machine, steady } = clocks();
  steady.notBefore(1_500_000);
  machine.monotonicMs += 70;
  machine.wallMs += 70;
  expect(steady.now()).toBe(1_500_070);
  steady.notBefore(900_000);
  expect(steady.now()).toBe(1_500_070);
});
