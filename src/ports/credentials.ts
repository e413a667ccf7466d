/** Who may call. Keys are kept only as digests; comparing takes the same time whatever the key. */
export interface Credentials {
  /** The tenant whose key this is; null: nobody's. */
  tenantOf(key: string): string | null;
  isAdmin(key: string): boolean;
  /** Signs cursors, and (by a key derived from it) tokens; 32 bytes, kept with the data. */
  readonly cursorSecret: Uint8Array;
}

/** Keys made at a start, in plain words: to be shown once and at once, since only their digests are kept. null: given, or made before. */
export interface NewKeys {
  readonly apiKey: string | null;
  readonly adminKey: string | null;
}
