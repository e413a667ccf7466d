import { expect, test } from 'vitest';
import { realRandom } from '../../../test/harness/gateway-fixture.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { MemoryTenantStore } from '../memory/memory-tenant-store.ts';
import { openStoredCredentials } from './stored-credentials.ts';

const none = { apiKey: null, adminKey: null };
const given = { apiKey: 'a'.repeat(32), adminKey: 'b'.repeat(32) };

function depsOf(tenants = new MemoryTenantStore()) {
  return { tenants, random: realRandom, clock: manualClock() };
}

test('the first node makes the keys and shows them once; every node then takes them, and signs alike', async () => {
  const deps = depsOf();
  const first = await openStoredCredentials(none, deps);
  const second = await openStoredCredentials(none, deps);
  const { apiKey, adminKey } = first.newKeys;
  expect([apiKey, adminKey]).toEqual([expect.stringMatching(/^txt_.{43}$/), expect.stringMatching(/^txa_.{43}$/)]);
  expect(second.newKeys).toEqual(none);
  for (const { credentials } of [first, second]) {
    expect(credentials.tenantOf(apiKey ?? '')).toBe('default');
    expect(credentials.isAdmin(adminKey ?? '')).toBe(true);
    expect(credentials.isAdmin(apiKey ?? '')).toBe(false);
    expect(credentials.tenantOf(adminKey ?? '')).toBeNull();
    expect(credentials.tenantOf('')).toBeNull();
    expect(credentials.cursorSecret).toEqual(first.credentials.cursorSecret);
    expect(credentials.cursorSecret).toHaveLength(32);
  }
  expect(await deps.tenants.tenant('default')).toMatchObject({ id: 'default', configuration: {} });
});

test('of nodes that start together one shows each key, and it is the one that counts', async () => {
  const deps = depsOf();
  const nodes = await Promise.all(Array.from({ length: 5 }, () => openStoredCredentials(none, deps)));
  const shown = nodes.flatMap(({ newKeys }) => (newKeys.apiKey === null ? [] : [newKeys.apiKey]));
  expect(shown).toHaveLength(1);
  for (const { credentials } of nodes) expect(credentials.tenantOf(shown[0] ?? '')).toBe('default');
});

test('S04: only digests are kept', async () => {
  const deps = depsOf();
  const { newKeys } = await openStoredCredentials(none, deps);
  const kept = JSON.stringify(await deps.tenants.keys());
  expect(kept).not.toContain(newKeys.apiKey);
  expect(kept).not.toContain(newKeys.adminKey);
});

test('a given key alone is valid while it is given, and is not written down', async () => {
  const deps = depsOf();
  const { newKeys } = await openStoredCredentials(none, deps);
  const { credentials, newKeys: again } = await openStoredCredentials(given, deps);
  expect(again).toEqual(none);
  expect([credentials.tenantOf(given.apiKey), credentials.tenantOf(newKeys.apiKey ?? '')]).toEqual(['default', null]);
  expect([credentials.isAdmin(given.adminKey), credentials.isAdmin(newKeys.adminKey ?? '')]).toEqual([true, false]);
  expect(await deps.tenants.keys()).toHaveLength(2);
  const later = await openStoredCredentials(none, deps);
  expect(later.credentials.tenantOf(newKeys.apiKey ?? '')).toBe('default');
});
