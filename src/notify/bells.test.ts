import { expect, test } from 'vitest';
import { Bells } from './bells.ts';

const alice = { tenant: 'one', subscriber: 'alice' };
const whole = { tenant: 'one', subscriber: null };

function listening(bells: Bells, scope: typeof alice | typeof whole): { rings: number; leave: () => void } {
  const heard = { rings: 0, leave: (): void => undefined };
  heard.leave = bells.watch(scope, () => {
    heard.rings += 1;
  });
  return heard;
}

test('many rings of one turn are heard once, by the subscriber and by the whole tenant', async () => {
  const bells = new Bells();
  const heard = [listening(bells, alice), listening(bells, whole)];
  for (let n = 0; n < 5; n += 1) bells.ring(alice);
  expect(heard.map(({ rings }) => rings)).toEqual([0, 0]);
  await Promise.resolve();
  expect(heard.map(({ rings }) => rings)).toEqual([1, 1]);
  bells.ring(alice);
  await Promise.resolve();
  expect(heard.map(({ rings }) => rings)).toEqual([2, 2]);
});

test('S01: other subscribers and tenants hear nothing', async () => {
  const bells = new Bells();
  const strangers = [
    { tenant: 'one', subscriber: 'bob' },
    { tenant: 'two', subscriber: 'alice' },
    { tenant: 'two', subscriber: null },
  ].map((scope) => listening(bells, scope as typeof alice));
  const ofTenant = listening(bells, whole);
  const ofAlice = listening(bells, alice);
  bells.ring(alice);
  bells.ring({ tenant: 'one', subscriber: null });
  await Promise.resolve();
  expect(strangers.map(({ rings }) => rings)).toEqual([0, 0, 0]);
  expect([ofTenant.rings, ofAlice.rings]).toEqual([1, 1]);
});

test('who left hears nothing more, leaving twice harms nobody, and the same function may listen twice', async () => {
  const bells = new Bells();
  const gone = listening(bells, alice);
  gone.leave();
  let rings = 0;
  const listener = (): void => {
    rings += 1;
  };
  const leave = bells.watch(alice, listener);
  bells.watch(alice, listener);
  gone.leave();
  bells.ring(alice);
  await Promise.resolve();
  expect([gone.rings, rings]).toEqual([0, 2]);
  leave();
  bells.ring(alice);
  await Promise.resolve();
  expect(rings).toBe(3);
});

test('a bell rung by a listener is heard in a later turn', async () => {
  const bells = new Bells();
  let rings = 0;
  bells.watch(alice, () => {
    rings += 1;
    if (rings < 3) bells.ring(alice);
  });
  bells.ring(alice);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  expect(rings).toBe(3);
});
