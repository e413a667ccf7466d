import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realRandom } from '../../../test/harness/gateway-fixture.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import type { Random } from '../../ports/clock.ts';
import type { TenantStore } from '../../ports/tenant-store.ts';
import { MemoryTenantStore } from '../memory/memory-tenant-store.ts';
import { openAdministration } from '../sqlite/open-administration.ts';
import { openStoredCredentials, type StoredCredentials } from './stored-credentials.ts';

interface StoreFixture {
  /** As a process finds it that starts anew. */
  reopen(): Promise<TenantStore>;
  dispose(): Promise<void>;
}

const none = { apiKey: null, adminKey: null };
const given = { apiKey: 'a'.repeat(32), adminKey: 'b'.repeat(32) };
const writes = new Set(['putTenant', 'addKey', 'removeKey', 'settle']);

describe.each([
  ['in memory', inMemory],
  ['in SQLite', inSqlite],
])('keys %s', (_name, create) => {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await create();
  });
  afterEach(() => fixture.dispose());

  async function open(options: typeof none | typeof given = none, random: Random = realRandom) {
    return openStoredCredentials(options, { tenants: await fixture.reopen(), random, clock: manualClock() });
  }

  test('the first start makes them and shows them once; every other then takes them, and signs alike', async () => {
    const first = await open();
    const second = await open();
    const { apiKey, adminKey } = first.newKeys;
    expect([apiKey, adminKey]).toEqual([expect.stringMatching(/^txt_.{43}$/), expect.stringMatching(/^txa_.{43}$/)]);
    expect(second.newKeys).toEqual(none);
    for (const { credentials } of [first, second]) {
      expect(credentials.tenantOf(apiKey ?? '')).toBe('default');
      expect(credentials.isAdmin(adminKey ?? '')).toBe(true);
      expect(credentials.cursorSecret).toEqual(first.credentials.cursorSecret);
      expect(credentials.cursorSecret).toHaveLength(32);
    }
    expect(await (await fixture.reopen()).tenant('default')).toMatchObject({ id: 'default', configuration: {} });
  });

  test('a wrong key, the other kind of key and an empty one are nobody’s', async () => {
    const { credentials, newKeys } = await open();
    for (const key of ['', 'wrong', newKeys.adminKey ?? '', `${newKeys.apiKey} `])
      expect(credentials.tenantOf(key)).toBeNull();
    for (const key of ['', 'wrong', newKeys.apiKey ?? '']) expect(credentials.isAdmin(key)).toBe(false);
  });

  test('of nodes that start together one shows each key, and it is the one that counts', async () => {
    const nodes = await Promise.all(Array.from({ length: 5 }, () => open()));
    const shown = nodes.flatMap(({ newKeys }) => (newKeys.apiKey === null ? [] : [newKeys.apiKey]));
    expect(shown).toHaveLength(1);
    for (const { credentials } of nodes) expect(credentials.tenantOf(shown[0] ?? '')).toBe('default');
  });

  test('S04: only digests are kept', async () => {
    const { newKeys } = await open();
    const kept = JSON.stringify(await (await fixture.reopen()).keys());
    expect(kept).not.toContain(newKeys.apiKey);
    expect(kept).not.toContain(newKeys.adminKey);
  });

  test('a given key alone is valid while it is given, and is not written down', async () => {
    const { newKeys } = await open();
    const { credentials, newKeys: again } = await open(given);
    expect(again).toEqual(none);
    expect([credentials.tenantOf(given.apiKey), credentials.tenantOf(newKeys.apiKey ?? '')]).toEqual(['default', null]);
    expect([credentials.isAdmin(given.adminKey), credentials.isAdmin(newKeys.adminKey ?? '')]).toEqual([true, false]);
    expect(await (await fixture.reopen()).keys()).toHaveLength(2);
    const { credentials: later } = await open();
    expect([later.tenantOf(newKeys.apiKey ?? ''), later.tenantOf(given.apiKey)]).toEqual(['default', null]);
  });

  test('with given keys from the beginning nothing is made but the secret, which stays', async () => {
    const first = await open(given);
    expect(first.newKeys).toEqual(none);
    expect(await (await fixture.reopen()).keys()).toEqual([]);
    expect((await open(given)).credentials.cursorSecret).toEqual(first.credentials.cursorSecret);
    expect((await open()).newKeys.apiKey).not.toBeNull();
  });

  test('where everything is there, a start writes nothing and draws nothing', async () => {
    await open();
    const called: string[] = [];
    const tenants = told(await fixture.reopen(), (name) => called.push(name));
    const random: Random = {
      bytes: () => expect.fail('draws randomness'),
      fraction: () => expect.fail('draws randomness'),
    };
    await openStoredCredentials(none, { tenants, random, clock: manualClock() });
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((name) => writes.has(name))).toEqual([]);
  });

  test('a crash at any call of the first start leaves a secret that stays, and keys that the next one takes or makes (F32)', async () => {
    let crashes = 0;
    for (let crashAt = 0; crashAt === crashes; crashAt += 1) {
      await fixture.dispose();
      fixture = await create();
      let calls = 0;
      const tenants = told(await fixture.reopen(), () => {
        if (calls === crashAt) {
          crashes += 1;
          throw new Error('crashed');
        }
        calls += 1;
      });
      const deps = { tenants, random: realRandom, clock: manualClock() };
      const first: StoredCredentials | null = await openStoredCredentials(none, deps).catch(() => null);
      const second = await open();
      const third = await open();
      expect(third.newKeys).toEqual(none);
      expect(third.credentials.cursorSecret).toEqual(second.credentials.cursorSecret);
      expect((await (await fixture.reopen()).keys()).map(({ id }) => id)).toEqual(['key_admin', 'key_default']);
      for (const shown of [first?.newKeys.apiKey, second.newKeys.apiKey])
        if (shown != null) expect(third.credentials.tenantOf(shown)).toBe('default');
    }
    expect(crashes).toBeGreaterThan(4);
  });

  test.each([0, 1])(
    'a key that was kept as call %i to add one lost its answer is shown by the next try',
    async (lost) => {
      const store = await fixture.reopen();
      let added = 0;
      const addKey: TenantStore['addKey'] = async (record) => {
        const isNew = await store.addKey(record);
        if (added++ === lost) throw new Error('the answer is lost');
        return isNew;
      };
      const tenants = new Proxy(store, {
        get: (target, name) => (name === 'addKey' ? addKey : (Reflect.get(target, name) as () => unknown).bind(target)),
      });
      const deps = { tenants, random: realRandom, clock: manualClock(), drawn: new Map<string, string>() };
      await expect(openStoredCredentials(none, deps)).rejects.toThrow('the answer is lost');
      const { credentials, newKeys } = await openStoredCredentials(none, deps);
      expect(credentials.tenantOf(newKeys.apiKey ?? '')).toBe('default');
      expect(credentials.isAdmin(newKeys.adminKey ?? '')).toBe(true);
      expect((await open()).newKeys).toEqual(none);
    },
  );
});

/** The store, whose calls are told before they are made. */
function told(store: TenantStore, onCall: (name: string) => void): TenantStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
      return async (...values: unknown[]) => {
        onCall(String(name));
        return method.apply(target, values);
      };
    },
  });
}

async function inMemory(): Promise<StoreFixture> {
  const tenants = new MemoryTenantStore();
  return { reopen: async () => tenants, dispose: async () => undefined };
}

async function inSqlite(): Promise<StoreFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'credentials-'));
  const opened: (() => Promise<void>)[] = [];
  return {
    reopen: async () => {
      const { tenants, close } = await openAdministration({ directory }, { clock: manualClock() });
      opened.push(close);
      return tenants;
    },
    dispose: async () => {
      for (const close of opened) await close();
      await rm(directory, { recursive: true });
    },
  };
}
