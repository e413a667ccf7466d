import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTrailSuite } from '../../../test/conformance/audit-trail.ts';
import { tenantStoreSuite } from '../../../test/conformance/tenant-store.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import type { Clock } from '../../ports/clock.ts';
import { AdministrationFile } from './administration-file.ts';
import { administrationFile, type Administration, openAdministration } from './open-administration.ts';
import { rowChecksum } from './row-checksum.ts';

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
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'administration-'));
    path = join(directory, administrationFile);
  });
  afterEach(() => rm(directory, { recursive: true }));

  function open(): Promise<Administration> {
    return openAdministration({ directory }, { clock: manualClock() });
  }

  function change(...statements: readonly string[]): void {
    const database = new DatabaseSync(path);
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

  test.each([
    ['no database', 'this is no database, and longer than a header of one. '.repeat(4)],
    ['zeros', Buffer.alloc(4_096)],
  ])('one that is damaged (%s) is refused with its name and what to do, and left as it is', async (_name, content) => {
    await writeFile(path, content);
    await expect(open()).rejects.toMatchObject({
      code: 'administration_unusable',
      message: expect.stringMatching(/administration\.db cannot be used: .+\. Put back a copy of it\./),
    });
    expect(await readFile(path)).toEqual(Buffer.from(content));
  });

  test.each([
    [0, 'Put back a copy of it. Without one, move it away'],
    [1, 'Put back a copy of it. Without one, move it away'],
    [9, 'Start the version that made it'],
  ])('one of version %i is refused, with what to do', async (version, advice) => {
    change('CREATE TABLE tenant_keys (id TEXT PRIMARY KEY, digest TEXT)', `PRAGMA user_version = ${version}`);
    await expect(open()).rejects.toMatchObject({
      code: 'administration_unusable',
      message: `${path} cannot be used: its version is ${version}, and ours is 2. ${advice}${version === 9 ? ', or put back a copy.' : ': new keys are then made, and cursors and tokens given so far end.'}`,
    });
  });

  test('one whose tables are not those that were made is refused: what is missing was lost', async () => {
    await (await open()).close();
    change('DROP TABLE settings');
    await expect(open()).rejects.toThrow('its tables are not as they were made');
  });

  test('what was written is in the file itself at once: a process that was killed leaves nothing beside it', async () => {
    const administration = await open();
    await administration.tenants.settle('secret', 'one');
    expect(await readdir(directory)).toEqual([administrationFile]);
    const copied = await mkdtemp(join(tmpdir(), 'administration-'));
    await copyFile(path, join(copied, administrationFile));
    const copy = await openAdministration({ directory: copied }, { clock: manualClock() });
    expect(await copy.tenants.setting('secret')).toBe('one');
    await Promise.all([copy.close(), administration.close()]);
    await rm(copied, { recursive: true });
  });

  test('one that cannot be opened is refused, and no copy is asked for', async () => {
    await mkdir(path);
    await expect(open()).rejects.toMatchObject({
      code: 'administration_unusable',
      message: `${path} cannot be used: unable to open database file. Mend that, and start again.`,
    });
  });

  test('cannot be made where there is no folder', async () => {
    const absent = openAdministration({ directory: join(directory, 'none') }, { clock: manualClock() });
    await expect(absent).rejects.toMatchObject({ code: 'administration_unusable' });
  });

  test('a full disk is the folder’s fault, whatever met it', async () => {
    const database = new DatabaseSync(':memory:');
    database.exec('PRAGMA max_page_count = 2; CREATE TABLE full (content TEXT)');
    const file = new AdministrationFile(database, path);
    const fill = () => file.write((opened) => opened.prepare('INSERT INTO full VALUES (?)').run('x'.repeat(9_000)));
    expect(fill).toThrow(expect.objectContaining({ code: 'data_dir_unusable' }));
    expect(fill).toThrow(`${directory} (--data) cannot be used: the disk is full`);
    file.close();
  });
});

describe('a bit that flipped', () => {
  const tenant = { id: 'default', name: 'Named', createdMs: 1_700_000_000_000, configuration: { confirmations: 3 } };
  const key = { id: 'key_admin', tenant: null, digest: 'ab'.repeat(32), createdMs: 1_700_000_000_001 };
  const secret = Buffer.alloc(32, 7).toString('base64');
  let directory: string;
  let path: string;
  let whole: Buffer;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'administration-'));
    path = join(directory, administrationFile);
    const { tenants, close } = await open();
    await tenants.putTenant(tenant);
    await tenants.addKey({ ...key, id: 'key_default', tenant: 'default' });
    await tenants.addKey(key);
    await tenants.settle('cursor_secret', secret);
    await close();
    whole = await readFile(path);
  });
  afterEach(() => rm(directory, { recursive: true }));

  function open(): Promise<Administration> {
    return openAdministration({ directory }, { clock: manualClock() });
  }

  async function flip(bit: number): Promise<Buffer> {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await writeFile(path, damaged);
    return damaged;
  }

  /** Every place of the text in the file, in the table and in its index. */
  function placesOf(text: string): readonly number[] {
    const places: number[] = [];
    for (let at = whole.indexOf(text); at !== -1; at = whole.indexOf(text, at + 1)) places.push(at);
    return places;
  }

  test.each([
    ['the name of a setting', 'cursor_secret', /settings/],
    ['a setting', secret, /the row "cursor_secret" of its table settings/],
    ['the id of a key', key.id, /tenant_keys/],
    ['the digest of a key', key.digest, /the row "key_(admin|default)" of its table tenant_keys/],
    ['the name of a tenant', tenant.name, /the row "default" of its table tenants/],
    ['a configuration', JSON.stringify(tenant.configuration), /the row "default" of its table tenants/],
    ['a checksum', rowChecksum('settings', { name: 'cursor_secret', value: secret }), /of its table settings/],
  ])('in %s is found at the start and said, and nothing is made anew over it (F36, I22)', async (_name, text, said) => {
    const places = placesOf(text);
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) {
      for (let offset = 0; offset < Buffer.byteLength(text); offset += 1) {
        const damaged = await flip((place + offset) * 8 + (offset % 8));
        const refused = await open().catch((error: unknown) => error);
        expect(refused, `byte ${place + offset}`).toMatchObject({
          code: 'administration_unusable',
          message: expect.stringMatching(said),
        });
        expect(String(refused)).toContain('Put back a copy');
        expect(String(refused)).not.toContain(secret);
        expect(damaged.equals(await readFile(path)), `byte ${place + offset}`).toBe(true);
      }
    }
  });

  test('anywhere else is found too, or lies where nothing stands on it (F36)', async () => {
    let found = 0;
    for (let bit = 5; bit < whole.length * 8; bit += 613) {
      await flip(bit);
      const opened = await open().catch((error: unknown) => error);
      if (opened instanceof Error) {
        expect(opened, `bit ${bit}`).toMatchObject({ code: 'administration_unusable' });
        found += 1;
        continue;
      }
      const { tenants, close } = opened as Administration;
      expect(await tenants.tenants(), `bit ${bit}`).toEqual([tenant]);
      expect(await tenants.keys(), `bit ${bit}`).toEqual([key, { ...key, id: 'key_default', tenant: 'default' }]);
      expect(await tenants.setting('cursor_secret'), `bit ${bit}`).toBe(secret);
      await close();
    }
    expect(found).toBeGreaterThan(5);
  });

  test('while the file is open is found by whoever reads the row', async () => {
    const { tenants, close } = await open();
    const change = new DatabaseSync(path);
    change.exec("UPDATE settings SET value = 'other'; UPDATE tenants SET name = 'other'");
    change.exec("UPDATE tenant_keys SET digest = 'other' WHERE id = 'key_admin'");
    change.close();
    const unusable = { code: 'administration_unusable' };
    await expect(tenants.setting('cursor_secret')).rejects.toMatchObject(unusable);
    await expect(tenants.settle('cursor_secret', 'new')).rejects.toMatchObject(unusable);
    await expect(tenants.keys()).rejects.toMatchObject(unusable);
    await expect(tenants.tenant('default')).rejects.toMatchObject(unusable);
    await expect(tenants.putTenant(tenant)).rejects.toMatchObject(unusable);
    await close();
  });
});
