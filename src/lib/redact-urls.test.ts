import { expect, test } from 'vitest';
import { redactUrls } from './redact-urls.ts';

test.each([
  ['at https://user:pass@host:1/path?key=1', 'at https://host:1/…'],
  ['https://host', 'https://host'],
  ['https://a.example/KEY,wss://b.example/KEY', 'https://a.example/…,wss://b.example/…'],
  ['a list: ["https://a.example","wss://user@b.example"]', 'a list: ["https://a.example","wss://b.example/…"]'],
  ["postgres://txtrail:pa,s'sword@host/txtrail", 'postgres://host/…'],
  ["cannot open 'postgres://txtrail:p'w@host/txtrail'", "cannot open 'postgres://host/…'"],
  ['https://a.example, and write to me@b.example', 'https://a.example, and write to me@b.example'],
])('%s', (given, shown) => {
  expect(redactUrls(given)).toBe(shown);
});
