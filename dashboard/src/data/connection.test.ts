import { expect, test } from 'vitest';
import { badgeOf, isOld } from './connection.ts';

const now = 1_000_000;
const live = { kind: 'live', isLoading: false } as const;

test('says live, and of what was told late how far behind it is', () => {
  expect(badgeOf(live, null, now)).toMatchObject({ word: 'Live', detail: null });
  expect(badgeOf(live, { delayMs: 400, atMs: now }, now).word).toBe('Live');
  expect(badgeOf(live, { delayMs: 8500, atMs: now - 100 }, now)).toMatchObject({
    word: '8.5 s behind',
    detail: 'catching up',
  });
});

test('what was late a while ago is so no more', () => {
  expect(badgeOf(live, { delayMs: 8500, atMs: now - 5000 }, now).word).toBe('Live');
});

test('says how old is what is still shown', () => {
  const lost = { kind: 'reconnecting', sinceMs: now - 12_000, reason: 'unreachable' } as const;
  expect(badgeOf(lost, null, now)).toMatchObject({ word: 'Reconnecting', detail: 'shown as of 12 s ago' });
  expect([isOld(lost), isOld(live), isOld({ kind: 'connecting' })]).toEqual([true, false, false]);
});

test('has a shape of its own for each, so that colour never stands alone', () => {
  const kinds = [{ kind: 'connecting' }, live, { kind: 'refused', reason: 'no' }] as const;
  expect(new Set(kinds.map((kind) => badgeOf(kind, null, now).icon)).size).toBe(3);
  expect(badgeOf({ kind: 'live', isLoading: true }, null, now).detail).toBe('reading the list');
});
