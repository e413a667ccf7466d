import { describe, expect, test } from 'vitest';
import { ageText, agoText, clockText, dateTimeText, durationText } from './format-time.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('durationText', () => {
  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [13, '13 ms'],
    [999.6, '1000 ms'],
    [second, '1.0 s'],
    [1749, '1.7 s'],
    [42 * second, '42 s'],
    [minute, '1 min'],
    [3 * minute + 10 * second, '3 min 10 s'],
    [2 * hour + 5 * minute + 59 * second, '2 h 5 min'],
    [4 * day, '4 d'],
    [4 * day + 23 * hour, '4 d 23 h'],
  ])('%d ms is %s', (span, text) => {
    expect(durationText(span)).toBe(text);
  });
});

describe('ageText', () => {
  test.each([
    [-3000, 'now'],
    [0, 'now'],
    [999, 'now'],
    [second, '1 s'],
    [59_999, '59 s'],
    [minute, '1 min'],
    [hour, '1 h'],
    [47 * hour, '1 d'],
  ])('%d ms is %s', (age, text) => {
    expect(ageText(age)).toBe(text);
  });

  test('says ago, but not of now', () => {
    expect(agoText(12 * second)).toBe('12 s ago');
    expect(agoText(20)).toBe('now');
  });
});

describe('absolute times', () => {
  const iso = '2026-02-03T04:05:06.007Z';

  test('by UTC, and saying so', () => {
    expect(clockText(iso, 'utc')).toBe('04:05:06.007 UTC');
    expect(dateTimeText(iso, 'utc')).toBe('2026-02-03 04:05:06 UTC');
  });

  test("by the machine's own clock", () => {
    const at = new Date(iso);
    const hours = String(at.getHours()).padStart(2, '0');
    const minutes = String(at.getMinutes()).padStart(2, '0');
    expect(clockText(iso, 'local')).toBe(`${hours}:${minutes}:06.007`);
    expect(dateTimeText(iso, 'local')).toMatch(new RegExp(`^2026-02-0[234] ${hours}:${minutes}:06$`));
  });
});
