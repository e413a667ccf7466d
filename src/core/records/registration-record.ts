import type { RequiredConfirmations } from '@txtrail/protocol';
import type { CallDetails, ChainId, Hash } from '../chain/block.ts';

/** A request to the core that came through `registrations/<partition>`. `requestId` names who waits for the outcome. */
export type RegistrationRecord =
  | (RegistrationKey & {
      readonly kind: 'track';
      readonly options: TrackOptions;
      /** Which options the caller spelt out: only these can conflict with a registration that stands. */
      readonly given: readonly (keyof TrackOptions)[];
      /** Known from `raw`, or (sender and nonce) from the caller. */
      readonly details: CallDetails | null;
      readonly claimed: { readonly from: string | null; readonly nonce: number | null };
      readonly raw: string | null;
    })
  | (RegistrationKey & {
      readonly kind: 'change';
      readonly changes: Partial<TrackOptions>;
    })
  | (RegistrationKey & { readonly kind: 'untrack' });

export interface RegistrationKey {
  readonly requestId: string | null;
  readonly tenant: string;
  readonly subscriber: string;
  /** `tx_…`; follows from tenant, chain, hash and subscriber. */
  readonly id: string;
  readonly chain: ChainId;
  readonly hash: Hash;
}

/** Effective values: defaults are already filled in. */
export interface TrackOptions {
  readonly confirmations: RequiredConfirmations;
  /** Ascending, below a numeric required count. */
  readonly thresholds: readonly number[];
  /** null: the default event types. */
  readonly types: readonly string[] | null;
  readonly private: boolean;
  /** Unix milliseconds. */
  readonly expiresAtMs: number | null;
  readonly metadata: unknown;
}
