import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewAuditEntry } from '../../src/core/audit/audit-entry.ts';
import type { AuditTrail } from '../../src/ports/audit-trail.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';

export interface AuditTrailFixture {
  readonly audit: AuditTrail;
  /** The same trail, as another process reaches it. */
  readonly otherNode: AuditTrail;
  dispose(): Promise<void>;
}

function made(subject: string, given: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    actor: 'admin',
    from: '192.0.2.1',
    action: 'key.made',
    subject,
    tenant: 'default',
    facts: { z: 'ü 🚀 "\\', a: 1, n: null, b: true },
    ...given,
  };
}

/** What the port `AuditTrail` promises. */
export function auditTrailSuite(
  name: string,
  create: (deps: { readonly clock: ManualClock }) => Promise<AuditTrailFixture>,
): void {
  describe(`audit trail: ${name}`, () => {
    let clock: ManualClock;
    let fixture: AuditTrailFixture;
    let audit: AuditTrail;

    beforeEach(async () => {
      clock = manualClock();
      fixture = await create({ clock });
      audit = fixture.audit;
    });
    afterEach(() => fixture.dispose());

    test('an empty trail is whole', async () => {
      expect(await audit.page(0, 10)).toEqual({ entries: [], next: null });
      expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 0 });
      expect(await audit.append([])).toEqual([]);
    });

    test('S25: what was appended is read as it was, with number and time, and the chain goes through', async () => {
      const first = await audit.append([made('a'), made('b', { from: null, tenant: null, facts: {} })]);
      clock.nowMs += 5;
      const second = await fixture.otherNode.append([made('c')]);
      const { entries, next } = await audit.page(0, 10);
      expect(entries).toEqual([...first, ...second]);
      expect(next).toBeNull();
      expect(entries.map(({ number, timeMs, subject }) => [number, timeMs, subject])).toEqual([
        [1, 1_700_000_000_000, 'a'],
        [2, 1_700_000_000_000, 'b'],
        [3, 1_700_000_000_005, 'c'],
      ]);
      expect(entries[0]).toMatchObject(made('a'));
      expect(entries.map(({ previous }) => previous).slice(1)).toEqual(entries.map(({ hash }) => hash).slice(0, 2));
      expect(await fixture.otherNode.verify()).toEqual({ kind: 'whole', entries: 3, hash: entries[2]?.hash });
    });

    test('the same said by two at once is said twice', async () => {
      await Promise.all(
        Array.from({ length: 5 }, () => [audit, fixture.otherNode].map((node) => node.append([made('a')]))).flat(),
      );
      expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 10 });
    });

    test('page by page', async () => {
      await audit.append(Array.from({ length: 5 }, (_, n) => made(`${n}`)));
      const first = await audit.page(0, 2);
      expect([first.entries.map(({ number }) => number), first.next]).toEqual([[1, 2], 2]);
      const rest = await audit.page(2, 3);
      expect([rest.entries.map(({ number }) => number), rest.next]).toEqual([[3, 4, 5], null]);
      expect(await audit.page(5, 3)).toEqual({ entries: [], next: null });
    });

    test('many who append at once give one chain, and those of a call stay together', async () => {
      const calls = Array.from({ length: 12 }, (_, n) =>
        (n % 2 === 0 ? audit : fixture.otherNode).append([made(`${n}`), made(`${n}`), made(`${n}`)]),
      );
      const appended = await Promise.all(calls);
      for (const [first, second, third] of appended) {
        expect([second?.number, third?.number]).toEqual([(first?.number ?? 0) + 1, (first?.number ?? 0) + 2]);
      }
      expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 36 });
      const { entries } = await audit.page(0, 100);
      expect(new Set(entries.map(({ hash }) => hash)).size).toBe(36);
    });
  });
}
