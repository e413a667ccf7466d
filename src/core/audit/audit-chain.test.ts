import { expect, test } from 'vitest';
import { AuditCheck, chained, emptyTrail } from './audit-chain.ts';
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts';

const made: NewAuditEntry = {
  actor: 'node',
  from: null,
  action: 'key.made',
  subject: 'key_default',
  tenant: 'default',
  facts: { b: 1, a: 'ü' },
};

function brokenAt(entries: readonly AuditEntry[]): number | null {
  return new AuditCheck().follow(entries);
}

test('a trail that nobody touched is whole, in one piece or several', () => {
  const entries = chained(emptyTrail, [made, made, made], 5);
  expect(entries.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(entries[1]?.previous).toBe(entries[0]?.hash);
  expect(brokenAt(entries)).toBeNull();
  const check = new AuditCheck();
  for (const entry of entries) expect(check.follow([entry])).toBeNull();
  expect(check.head).toEqual({ number: 3, hash: entries[2]?.hash });
  const more = chained(check.head, [made], 6);
  expect(brokenAt([...entries, ...more])).toBeNull();
});

test('the order of facts makes no difference', () => {
  const turned = { ...made, facts: { a: 'ü', b: 1 } };
  expect(chained(emptyTrail, [turned], 5)[0]?.hash).toBe(chained(emptyTrail, [made], 5)[0]?.hash);
});

test('S25: any change, any entry left out, put in or moved, is found where it is', () => {
  const entries = chained(emptyTrail, [made, { ...made, subject: 'other' }, made, made], 5) as AuditEntry[];
  const [first, second, third, fourth] = entries as [AuditEntry, AuditEntry, AuditEntry, AuditEntry];
  const changes: Partial<AuditEntry>[] = [
    { actor: 'somebody' },
    { from: '192.0.2.1' },
    { action: 'key.removed' },
    { subject: 'another' },
    { tenant: null },
    { facts: { a: 'ü', b: 2 } },
    { timeMs: 6 },
    { number: 7 },
    { previous: first.previous },
    { hash: first.hash },
  ];
  for (const change of changes) expect(brokenAt([first, { ...second, ...change }, third, fourth])).toBe(2);
  expect(brokenAt([first, third, fourth])).toBe(2);
  expect(brokenAt([second, third, fourth])).toBe(1);
  expect(brokenAt([first, second, second, third])).toBe(3);
  expect(brokenAt([first, third, second, fourth])).toBe(2);
  const again = chained({ number: 1, hash: first.hash }, [{ ...made, subject: 'forged' }], 5);
  expect(brokenAt([first, ...again, third, fourth])).toBe(3);
});
