import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';
import { redactUrls } from './redact-urls.ts';

test.each([
  ['prot', ['port', 'host'], 'port'],
  ['Confirmation', ['confirmations', 'thresholds'], 'confirmations'],
  ['zebra', ['port', 'host'], null],
  ['x'.repeat(1000), ['port'], null],
  ['port', [], null],
])('the name near %s', (given, known, nearest) => {
  expect(nearestName(given, known)).toBe(nearest);
});

test.each([
  ['https://user:secret@host.example/v2/KEY?token=1', 'https://host.example/…'],
  ['wss://host.example:8546', 'wss://host.example:8546'],
  [
    'connect ECONNREFUSED https://a.example/KEY and ws://b.example/KEY, twice',
    'connect ECONNREFUSED https://a.example/… and ws://b.example/…, twice',
  ],
  ['https://user:p@ss@host.example/', 'https://host.example/…'],
  ['postgres://user:se/cret@host.example/db', 'postgres://…'],
  ['http://[::1]:8545/KEY', 'http://[::1]:8545/…'],
  ['no address', 'no address'],
])('of %s only scheme and host are shown (I26, S19)', (given, shown) => {
  expect(redactUrls(given)).toBe(shown);
});
