import { expect, test } from 'vitest';
import { counted, groupDigits, gweiText, labelOf, shortHash } from './text-forms.ts';

test('groups digits, and counts in words', () => {
  expect(groupDigits(1_234_567)).toBe('1,234,567');
  expect([counted(1, 'block'), counted(0, 'block'), counted(2, 'branch', 'branches')]).toEqual([
    '1 block',
    '0 blocks',
    '2 branches',
  ]);
});

test('shortens a hash by its middle, and nothing that is short', () => {
  expect(shortHash(`0x${'a'.repeat(60)}beef`)).toBe('0xaaaaaa…beef');
  expect(shortHash('0x1234')).toBe('0x1234');
});

test.each([
  ['0', '0 gwei'],
  ['1000000000', '1 gwei'],
  ['1925000000', '1.925 gwei'],
  ['2030468750', '2.03 gwei'],
  ['123456789000000000', '123,456,789 gwei'],
  ['-1', '-1'],
])('%s wei is %s', (wei, text) => {
  expect(gweiText(wei)).toBe(text);
});

test('a label is text of one line, and nothing else', () => {
  expect(labelOf({ label: ' Payout\nto  Margaret ' })).toBe('Payout to Margaret');
  expect(labelOf({ name: '<b>x</b>' })).toBe('<b>x</b>');
  expect(labelOf({ label: 7, name: '' })).toBeNull();
  expect([labelOf(null), labelOf('text'), labelOf([1])]).toEqual([null, null, null]);
  expect(labelOf({ label: 'x'.repeat(500) })).toHaveLength(120);
});
