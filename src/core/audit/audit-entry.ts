/** What somebody did, to be kept for ever. It never holds a key, a password or a URL with one. */
export interface NewAuditEntry {
  /** Who: `node` for what a process did by itself, otherwise whose key it was. */
  readonly actor: string;
  /** The address it came from; null: from within. */
  readonly from: string | null;
  /** What, such as `key.made`. */
  readonly action: string;
  /** To what: an id or a name. */
  readonly subject: string;
  /** Whose; null: it concerns the whole installation. */
  readonly tenant: string | null;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditEntry extends NewAuditEntry {
  /** 1, 2, 3… without a gap. */
  readonly number: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
  /** The hash of the entry before; zeros before the first. */
  readonly previous: string;
  /** SHA-256, hex, over everything else in the entry, in canonical JSON. */
  readonly hash: string;
}

/** What an entry of an empty trail has before it. */
export const noPreviousHash = '0'.repeat(64);
