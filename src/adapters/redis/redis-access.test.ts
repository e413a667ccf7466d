import { expect, test } from 'vitest';
import { readRedisUrls } from './redis-access.ts';

test('addresses are what is connected to, and the first URL speaks for all', () => {
  expect(readRedisUrls(['rediss://user:p%40ss@one:7000', 'redis://127.0.0.1', 'redis://[::1]:7001'])).toEqual({
    addresses: ['one:7000', '127.0.0.1:6379', '::1:7001'],
    access: { username: 'user', password: 'p@ss', tls: true },
  });
});
