/** What an operator set for a tenant; empty: everything as the installation has it. */
export type TenantConfiguration = Readonly<Record<string, unknown>>;

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly createdMs: number;
  readonly configuration: TenantConfiguration;
}

/** A key as it is kept: nobody can make the key of it. */
export interface KeyRecord {
  readonly id: string;
  /** null: the administrator's. */
  readonly tenant: string | null;
  /** SHA-256 of the key, hex. */
  readonly digest: string;
  readonly createdMs: number;
}

/**
 * Tenants, the digests of keys, and what all nodes of an installation share.
 * `test/conformance/tenant-store.ts` holds every adapter to it. Writes are durable when they resolve.
 */
export interface TenantStore {
  tenant(id: string): Promise<TenantRecord | null>;
  /** In the order of their ids. */
  tenants(): Promise<readonly TenantRecord[]>;
  /** Makes the tenant or changes it; `createdMs` stays what it was. */
  putTenant(record: TenantRecord): Promise<void>;

  /** In the order of their ids. */
  keys(): Promise<readonly KeyRecord[]>;
  /** False: a key with this id is there, and stays. */
  addKey(record: KeyRecord): Promise<boolean>;
  /** False: there was none. */
  removeKey(id: string): Promise<boolean>;

  /** null: nothing was settled under the name yet. */
  setting(name: string): Promise<string | null>;
  /** Gives the value that counts on every node: the first that was ever given under the name. */
  settle(name: string, value: string): Promise<string>;
}
