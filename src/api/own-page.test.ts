import { describe, expect, test } from 'vitest';
import { isOwnPage } from './own-page.ts';

const ownHost = { host: 'localhost:8080' };
const here = '127.0.0.1';

describe('a page of this process on this machine', () => {
  test.each([
    ['localhost', { host: 'localhost:8080' }],
    ['without a port', { host: '127.0.0.1' }],
    ['IPv6', { host: '[::1]:8080' }],
    ['upper case', { host: 'LOCALHOST:8080' }],
    ['a browser that fetches for the page', { ...ownHost, 'sec-fetch-site': 'same-origin' }],
    ['an address typed in', { ...ownHost, 'sec-fetch-site': 'none' }],
    ['its own origin named', { ...ownHost, origin: 'http://localhost:8080' }],
  ])('%s', (_name, headers) => {
    expect(isOwnPage(headers, here)).toBe(true);
  });

  test.each([['::1'], ['::ffff:127.0.0.1'], ['127.0.0.53']])('from %s', (peer) => {
    expect(isOwnPage(ownHost, peer)).toBe(true);
  });
});

describe('anybody else', () => {
  test.each([
    ['a name that was pointed here (DNS rebinding)', { host: 'evil.example:8080' }],
    ['a name that only begins like ours', { host: 'localhost.evil.example' }],
    ['a user in front of our name', { host: 'evil.example@localhost' }],
    ['no name at all', {}],
    ['a page of another site', { ...ownHost, 'sec-fetch-site': 'cross-site' }],
    ['a page of another port', { ...ownHost, 'sec-fetch-site': 'same-site' }],
    ['another origin', { ...ownHost, origin: 'https://evil.example' }],
    ['another port of this machine', { ...ownHost, origin: 'http://localhost:3000' }],
    ['a page without an origin of its own', { ...ownHost, origin: 'null' }],
  ])('%s', (_name, headers) => {
    expect(isOwnPage(headers, here)).toBe(false);
  });

  test.each([['192.168.1.7'], ['::ffff:10.0.0.1'], ['fe80::1'], ['1270.0.0.1']])('from %s', (peer) => {
    expect(isOwnPage(ownHost, peer)).toBe(false);
  });
});
