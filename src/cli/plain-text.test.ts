import { expect, test } from 'vitest';
import { jsonLine, plainText } from './plain-text.ts';

test('what a terminal obeys becomes visible, and nothing else changes', () => {
  expect(plainText('a\u001b[31m\u009b\u202eb\u2028é…😀')).toBe('a\\u{1b}[31m\\u{9b}\\u{202e}b\\u{2028}é…😀');
});

test('JSON for a terminal is the same value in harmless bytes; for a pipe it is the bytes themselves', () => {
  const value = { name: 'x\u009b1m\u202e\u{e0001}é', more: '\u001b' };
  const safe = jsonLine(value, true);
  expect(safe).toBe('{"name":"x\\u009b1m\\u202e\\udb40\\udc01é","more":"\\u001b"}\n');
  expect(JSON.parse(safe)).toEqual(value);
  expect(jsonLine(value, false)).toBe(`${JSON.stringify(value)}\n`);
});
