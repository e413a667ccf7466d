import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownRules, ruleSentence } from './rule-sentences.ts';

const page = readFileSync(new URL('../../../docs/internals/status-machine.md', import.meta.url), 'utf8');

test('every rule that the status machine numbers has its sentence, and no other', () => {
  const numbered = [...page.matchAll(/^\| (R\d+) \|/gm)].map(([, rule]) => rule);
  expect(numbered.length).toBeGreaterThan(10);
  expect([...knownRules].sort()).toEqual(numbered.sort());
});

test('an unknown rule is not made up', () => {
  expect(ruleSentence('R99')).toBeNull();
  expect(ruleSentence('toString')).toBeNull();
});
