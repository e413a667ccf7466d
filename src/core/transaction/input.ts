import type { FailureData, ReorgData } from '@txtrail/protocol';
import type { BlockRef, CallDetails } from '../chain/block.ts';
import type { Receipt, Rival } from './tracked.ts';

/** Everything that can happen to a tracked transaction. */
export type TransactionInput =
  /** A provider showed it in its pool. */
  | { readonly kind: 'seen'; readonly details: CallDetails; readonly provider: string }
  /** A provider took our broadcast of it, or had it already. */
  | { readonly kind: 'accepted'; readonly providers: readonly string[] }
  /** Every provider refused our broadcast for good, and none shows it. */
  | { readonly kind: 'refused'; readonly failure: FailureData }
  /** A canonical block holds it. */
  | ({ readonly kind: 'mined' } & MinedInput)
  /** Its block left the canonical chain. */
  | { readonly kind: 'unmined'; readonly reorg: ReorgData; readonly provider: string }
  /** A canonical block holds another transaction of its sender and nonce. */
  | { readonly kind: 'outbid'; readonly rival: Rival }
  /** The rival's block left the canonical chain. */
  | { readonly kind: 'unoutbid'; readonly reorg: ReorgData; readonly provider: string }
  /** Its receipt in this block. */
  | { readonly kind: 'receipt'; readonly blockHash: string; readonly receipt: Receipt }
  /** The head, the safe or the finalized block moved, a wait ended or what is asked for changed: say what is due. */
  | { readonly kind: 'advance' }
  /** Its `expiresAt` has passed. */
  | { readonly kind: 'expire' };

export type TransactionInputKind = TransactionInput['kind'];

export interface MinedInput {
  readonly block: BlockRef;
  readonly index: number;
  readonly timestampMs: number;
  readonly details: CallDetails;
  readonly provider: string;
  readonly lookedBack: boolean;
}

export type InputOf<Kind extends TransactionInputKind> = Extract<TransactionInput, { readonly kind: Kind }>;
