import { timingSafeEqual } from 'node:crypto';
import { digestOfKey, makeKey } from '../../lib/api-key.ts';
import { assert } from '../../lib/assert.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Credentials, NewKeys } from '../../ports/credentials.ts';
import type { KeyRecord, TenantStore } from '../../ports/tenant-store.ts';

export interface StoredCredentialsOptions {
  /** Given keys, valid on this node alone while they are given; null: the one made at the first start. */
  readonly apiKey: string | null;
  readonly adminKey: string | null;
}

export interface StoredCredentials {
  readonly credentials: Credentials;
  /** Keys made by this call, to be shown once: only their digests are kept. */
  readonly newKeys: NewKeys;
}

interface KeySlot {
  readonly id: string;
  readonly prefix: 'txt_' | 'txa_';
  readonly tenant: string | null;
}

/** The one tenant that an installation begins with. */
const defaultTenant = 'default';
const apiSlot: KeySlot = { id: 'key_default', prefix: 'txt_', tenant: defaultTenant };
const adminSlot: KeySlot = { id: 'key_admin', prefix: 'txa_', tenant: null };
const secretName = 'cursor_secret';

interface StoredCredentialsDeps {
  readonly tenants: TenantStore;
  readonly random: Random;
  readonly clock: Clock;
  /**
   * Keys that earlier calls drew, by id, for whoever calls again after one failed: that one may have
   * kept a key, and has shown it to nobody.
   */
  readonly drawn?: Map<string, string>;
}

/**
 * The keys that all nodes of an installation share, making what is missing: of nodes that start
 * together one makes a key and shows it. Where nothing is missing, nothing is written. A given key
 * is the only one that is valid while it is given, and is not written down; a made one is durable
 * before it is returned.
 *
 * @throws TxTrailError as the store does
 */
export async function openStoredCredentials(
  options: StoredCredentialsOptions,
  deps: StoredCredentialsDeps,
): Promise<StoredCredentials> {
  const { tenants, random, clock } = deps;
  if ((await tenants.tenant(defaultTenant)) === null) {
    const record = { id: defaultTenant, name: defaultTenant, createdMs: clock.now(), configuration: {} };
    await tenants.putTenant(record);
  }
  const secret =
    (await tenants.setting(secretName)) ??
    (await tenants.settle(secretName, Buffer.from(random.bytes(32)).toString('base64')));
  const kept = await tenants.keys();
  const api = await openSlot(apiSlot, options.apiKey, kept, deps);
  const admin = await openSlot(adminSlot, options.adminKey, kept, deps);
  return {
    credentials: {
      tenantOf: (key) => (timingSafeEqual(digestOfKey(key), api.digest) ? defaultTenant : null),
      isAdmin: (key) => timingSafeEqual(digestOfKey(key), admin.digest),
      cursorSecret: Buffer.from(secret, 'base64'),
    },
    newKeys: { apiKey: api.made, adminKey: admin.made },
  };
}

async function openSlot(
  { id, prefix, tenant }: KeySlot,
  given: string | null,
  keys: readonly KeyRecord[],
  deps: StoredCredentialsDeps,
): Promise<{ readonly digest: Buffer; readonly made: string | null }> {
  if (given !== null) return { digest: digestOfKey(given), made: null };
  const drawn = deps.drawn?.get(id) ?? null;
  const kept = digestIn(keys, id);
  if (kept !== null) return { digest: kept, made: drawn !== null && digestOfKey(drawn).equals(kept) ? drawn : null };
  const made = drawn ?? makeKey(prefix, deps.random);
  deps.drawn?.set(id, made);
  const digest = digestOfKey(made);
  const record = { id, tenant, digest: digest.toString('hex'), createdMs: deps.clock.now() };
  if (await deps.tenants.addKey(record)) return { digest, made };
  // Another node was quicker, and has shown its key.
  const other = digestIn(await deps.tenants.keys(), id);
  assert(other !== null, `the key ${id} was there and is gone`);
  return { digest: other, made: null };
}

function digestIn(keys: readonly KeyRecord[], id: string): Buffer | null {
  const key = keys.find((one) => one.id === id);
  return key === undefined ? null : Buffer.from(key.digest, 'hex');
}
