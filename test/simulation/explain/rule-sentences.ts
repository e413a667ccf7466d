import { readFileSync } from 'node:fs';

const page = new URL('../../../docs/internals/status-machine.md', import.meta.url);

/** What each rule of the status machine says, by its number, in the words of the page that lists them. */
export function ruleSentences(): ReadonlyMap<string, string> {
  const rows = readFileSync(page, 'utf8').matchAll(/^\| (R\d+) \| [^|]+ \| ([^|]+) \|/gm);
  return new Map([...rows].map(([, rule = '', when = '']) => [rule, when.trim().replaceAll('`', '')]));
}
