import { expect, test } from 'vitest';
import { duration, json, place, time, timeOrCursor, typeList } from './flag-types.ts';

const cursor = 'AQEAAAAAAAAAKt0hYUvIN3Sg-l_cZLgHcVg';

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['500ms', 500],
  ['', undefined],
  ['-1', undefined],
  ['1w', undefined],
  ['1.5h', undefined],
])('the duration %j', (given, timeMs) => {
  expect(duration.parse(given)).toBe(timeMs);
});

test.each([
  ['2026-01-31', { kind: 'at', timeMs: Date.UTC(2026, 0, 31) }],
  ['2026-01-31T12:00:00Z', { kind: 'at', timeMs: Date.UTC(2026, 0, 31, 12) }],
  ['2026-01-31T12:00:00.250+02:00', { kind: 'at', timeMs: Date.UTC(2026, 0, 31, 10, 0, 0, 250) }],
  ['2h', { kind: 'ago', agoMs: 7_200_000 }],
  ['2026-13-31', undefined],
  ['yesterday', undefined],
  [cursor, undefined],
])('the time %j', (given, read) => {
  expect(time.parse(given)).toEqual(read);
});

test('a cursor stands where a time or a place does', () => {
  expect(timeOrCursor.parse(cursor)).toEqual({ kind: 'cursor', cursor });
  expect(timeOrCursor.parse('2h')).toEqual({ kind: 'ago', agoMs: 7_200_000 });
  expect(timeOrCursor.parse('soon')).toBeUndefined();
  expect(['latest', 'ack', cursor, 'newest'].map(place.parse)).toEqual(['latest', 'ack', cursor, undefined]);
});

test('types go by their short names too', () => {
  expect(typeList.parse('included, chain.stalled,ping')).toEqual(['transaction.included', 'chain.stalled', 'ping']);
  expect(typeList.parse('included,,')).toBeUndefined();
});

test('JSON is read as such', () => {
  expect(['{"a":1}', 'null', '{a'].map(json.parse)).toEqual([{ a: 1 }, null, undefined]);
});
