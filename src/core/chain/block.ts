/** Plain shapes of what a chain shows, free of JSON-RPC. Hashes and addresses are lower-case hex with `0x`. */

export type Hash = string;
export type Address = string;
/** CAIP-2, such as `eip155:1`. */
export type ChainId = string;

export interface BlockRef {
  readonly number: number;
  readonly hash: Hash;
}

export interface BlockHeader extends BlockRef {
  readonly parentHash: Hash;
  /** Unix milliseconds, the block's own claim. */
  readonly timestampMs: number;
}

/** Who sent a transaction and what it asks for: all that replacement by sender and nonce needs. */
export interface CallDetails {
  readonly from: Address;
  readonly nonce: number;
  /** null: a contract creation. */
  readonly to: Address | null;
  /** First 16 bytes of SHA-256 over recipient, value and data: equal digests mean "the same call". 32 hex digits, no prefix. */
  readonly callDigest: string;
  /** True when it is sent to the sender itself with value 0: the shape of a cancellation. */
  readonly selfCancel: boolean;
}

export interface BlockTransaction extends CallDetails {
  readonly hash: Hash;
  readonly index: number;
}

/** A block whose body is complete: `transactions` are all of them, in order. */
export interface Block extends BlockHeader {
  readonly transactions: readonly BlockTransaction[];
}
