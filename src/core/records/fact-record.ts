import type { Execution } from '@txtrail/protocol';
import type { BlockRef, CallDetails, ChainId, Hash } from '../chain/block.ts';
import type { Origin } from './origin.ts';

/** A provider showed the transaction: in its pool (`block` null) or in a block. */
export interface SightingFact {
  readonly kind: 'sighting';
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly provider: string;
  readonly details: CallDetails;
  readonly block: MinedPlace | null;
}

export interface MinedPlace extends BlockRef {
  readonly index: number;
  readonly timestampMs: number;
  /**
   * True when the watcher checked that the provider's canonical block of that number has this hash
   * and that it lies at or below the finalized block: the only way a block below the window counts.
   */
  readonly settled: boolean;
}

/** A receipt whose block hash, transaction hash and index were checked against the block asked about. */
export interface ReceiptFact {
  readonly kind: 'receipt';
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly blockHash: Hash;
  readonly provider: string;
  /** null: a receipt from before Byzantium, which has no status (EIP-658). */
  readonly execution: Execution | null;
  /** Decimal strings. */
  readonly gasUsed: string;
  readonly effectiveGasPrice: string | null;
}

/** These providers answered a lookup with null. Never evidence of absence; it only paces the next question. */
export interface AbsentFact {
  readonly kind: 'absent';
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly providers: readonly string[];
}

/** What became of a broadcast, after every provider asked had answered and a lookup by hash. */
export interface BroadcastFact {
  readonly kind: 'broadcast';
  readonly chain: ChainId;
  readonly hash: Hash;
  /**
   * `accepted`: a provider took it or had it. `rejected`: every provider refused for good and no
   * provider shows the hash. `unclear`: no verdict yet; it is sent again.
   */
  readonly outcome: 'accepted' | 'rejected' | 'unclear';
  /** The error class of a rejection, such as `nonce_used`, `funds`, `underpriced`; null otherwise. */
  readonly failureClass: string | null;
  readonly message: string;
  readonly providers: readonly string[];
}

/** From a sender lane: the other tracked hashes of the same sender and nonce, first registered first. */
export interface SiblingsFact {
  readonly kind: 'siblings';
  readonly tenant: string;
  readonly chain: ChainId;
  readonly hash: Hash;
  readonly siblings: readonly Hash[];
  readonly origin: Origin;
}

/** What reaches a status partition through `facts/<partition>`. */
export type FactRecord = SightingFact | ReceiptFact | AbsentFact | BroadcastFact | SiblingsFact;
