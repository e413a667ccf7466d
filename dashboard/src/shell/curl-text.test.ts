import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlText } from './curl-text.ts';

/** What a shell makes of a line, with `curl` put in place of a program that prints its arguments. */
function argumentsOf(line: string): readonly string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\n' "$word"; done; }; KEY=k; ${line}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
}

test('a read, with the key from the environment', () => {
  expect(argumentsOf(curlText('http://127.0.0.1:8080', '/v1/transactions/tx_1/history'))).toEqual([
    '-s',
    'http://127.0.0.1:8080/v1/transactions/tx_1/history',
    '-H',
    'authorization: Bearer k',
  ]);
});

test('a write, whatever stands in its body', () => {
  const body = { hash: "0x1'; rm -rf $HOME; '" };
  const words = argumentsOf(curlText('http://h', '/v1/transactions', body));
  expect(words.slice(-2)).toEqual(['-d', JSON.stringify(body)]);
});
