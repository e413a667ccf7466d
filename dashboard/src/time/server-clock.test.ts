import { expect, test } from 'vitest';
import { ServerClock } from './server-clock.ts';

const machine = Date.parse('2026-01-01T12:00:00.000Z');

test('is the machine’s clock until a server says otherwise', () => {
  const clock = new ServerClock(() => machine);
  expect(clock.now()).toBe(machine);
  clock.note(null);
  clock.note('nonsense');
  expect(clock.now()).toBe(machine);
});

test('leaves alone what whole seconds cannot tell', () => {
  const clock = new ServerClock(() => machine);
  clock.note('Thu, 01 Jan 2026 12:00:01 GMT');
  expect(clock.now()).toBe(machine);
});

test('follows a server that is minutes away, and comes back', () => {
  const clock = new ServerClock(() => machine);
  clock.note('Thu, 01 Jan 2026 12:05:00 GMT');
  expect(clock.now()).toBe(machine + 300_500);
  clock.note('Thu, 01 Jan 2026 12:00:00 GMT');
  expect(clock.now()).toBe(machine);
});
