import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTrailSuite } from '../../../test/conformance/audit-trail.ts';
import { tenantStoreSuite } from '../../../test/conformance/tenant-store.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import type { Clock } from '../../ports/clock.ts';
import { administrationFile, type Administration, openAdministration } from './open-administration.ts';

async function twice(clock: Clock = manualClock()) {
  const directory = await mkdtemp(join(tmpdir(), 'administration-'));
  const opened: readonly Administration[] = [
    await openAdministration({ directory }, { clock }),
    await openAdministration({ directory }, { clock }),
  ];
  const dispose = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
    await rm(directory, { recursive: true });
  };
  const [first, second] = opened as readonly [Administration, Administration];
  return { first, second, dispose };
}

auditTrailSuite('SQLite', async ({ clock }) => {
  const { first, second, dispose } = await twice(clock);
  return { audit: first.audit, otherNode: second.audit, dispose };
});

tenantStoreSuite('SQLite', async () => {
  const { first, second, dispose } = await twice();
  return { tenants: first.tenants, otherNode: second.tenants, dispose };
});

describe('the file', () => {
  const entry = { actor: 'node', from: null, action: 'key.made', subject: 'k', tenant: null, facts: {} };
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'administration-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  function open(): Promise<Administration> {
    return openAdministration({ directory }, { clock: manualClock() });
  }

  function change(...statements: readonly string[]): void {
    const database = new DatabaseSync(join(directory, administrationFile));
    try {
      for (const statement of statements) database.exec(statement);
    } finally {
      database.close();
    }
  }

  test('keeps what was written over a restart', async () => {
    const before = await open();
    await before.audit.append([entry]);
    await before.tenants.settle('secret', 'one');
    await before.close();
    const after = await open();
    expect(await after.audit.verify()).toMatchObject({ kind: 'whole', entries: 1 });
    expect(await after.tenants.settle('secret', 'two')).toBe('one');
    await after.close();
  });

  test('S25: entries are not changed by the way, and who forces it is found', async () => {
    const administration = await open();
    await administration.audit.append([entry, entry, entry]);
    expect(() => change("UPDATE audit SET actor = 'x'")).toThrow('only appended to');
    expect(() => change('DELETE FROM audit')).toThrow('only appended to');
    change('DROP TRIGGER audit_unchanged', "UPDATE audit SET actor = 'somebody else' WHERE number = 2");
    expect(await administration.audit.verify()).toEqual({ kind: 'broken', number: 2 });
    await administration.close();
  });

  test('one that is damaged, of a newer version or somebody else’s is refused and left as it is', async () => {
    await writeFile(
      join(directory, administrationFile),
      'this is no database, and longer than a header of one. '.repeat(4),
    );
    await expect(open()).rejects.toMatchObject({
      code: 'administration_unusable',
      message: expect.stringContaining(administrationFile),
    });
    await rm(join(directory, administrationFile));
    change('PRAGMA user_version = 9');
    await expect(open()).rejects.toMatchObject({ code: 'administration_unusable' });
    const absent = openAdministration({ directory: join(directory, 'none') }, { clock: manualClock() });
    await expect(absent).rejects.toMatchObject({ code: 'administration_unusable' });
  });
});
