import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statusGroups } from '../model/status-words.ts';
import { readAddress, startAddress, writeAddress } from './view-address.ts';

test('what is written is read back', () => {
  const addresses = fc.record({
    chain: fc.constantFrom(null, 'eip155:31337', 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp'),
    transaction: fc.constantFrom(null, `tx_${'0af'.repeat(10)}`),
    group: fc.constantFrom(...statusGroups.map(({ id }) => id)),
    text: fc.string({ maxLength: 100, unit: 'grapheme' }).map((text) => text.replace(/[\ud800-\udfff]/g, '')),
    block: fc.constantFrom(null, `0x${'ab'.repeat(32)}`),
  });
  fc.assert(
    fc.property(addresses, (address) => {
      expect(readAddress(writeAddress(address))).toEqual(address);
    }),
  );
});

test('the start has no hash, and a chain stays readable', () => {
  expect(writeAddress(startAddress)).toBe('');
  expect(readAddress('')).toEqual(startAddress);
  expect(writeAddress({ ...startAddress, chain: 'eip155:1', group: 'off' })).toBe('#chain=eip155:1&show=off');
});

test('what makes no sense is left out', () => {
  expect(readAddress('#chain=<script>&tx=../../x&show=everything&block=0x12&key=secret')).toEqual(startAddress);
  expect(readAddress(`#q=${'x'.repeat(999)}`).text).toHaveLength(200);
});
