import type { Address, ChainId, Hash } from '../chain/block.ts';
import type { Origin } from './origin.ts';

/** `senders/<lane>`: a partition tells the lane of (chain, sender) which hashes are tracked at a nonce. */
export interface SenderRecord {
  readonly kind: 'tracked' | 'untracked';
  /** Families are kept apart by tenant: what one tracks may not show in what another reads. */
  readonly tenant: string;
  readonly chain: ChainId;
  readonly sender: Address;
  readonly nonce: number;
  readonly hash: Hash;
  readonly origin: Origin;
}
