import type {
  ChangeRequest,
  ErrorCode,
  FieldError,
  Refresh,
  TrackRequest,
  Transaction,
  TransactionStatus,
} from '@txtrail/protocol';
import type { Awaitable } from '../lib/awaitable.ts';
import type { CountedBlock, ReorgNote } from '../core/chain/reorg-notes.ts';

/** What the gateway asks of the tracker. Every call names its tenant; nothing crosses tenants. */
export interface TrackerService {
  /** Answers once durable, and for `raw` after the first outcome of the broadcast or two seconds. */
  track(tenant: string, request: TrackRequest): Promise<TrackOutcome>;
  /** One outcome an entry, in order; durable together. */
  trackBatch(tenant: string, requests: readonly TrackRequest[]): Promise<readonly TrackOutcome[]>;
  change(tenant: string, id: string, request: ChangeRequest): Promise<ChangeOutcome>;
  /** False where nothing by that id is tracked for the tenant. */
  untrack(tenant: string, id: string): Promise<boolean>;
  transaction(tenant: string, id: string): Awaitable<Transaction | null>;
  /** Asks the chain's providers now. What they say was applied when it resolves. */
  refresh(tenant: string, id: string): Promise<RefreshOutcome>;
  transactions(tenant: string, query: TransactionQuery): Awaitable<TransactionPage>;
  /** Every chain that is followed. */
  chains(): readonly ChainReport[];
}

export interface Refusal {
  readonly outcome: 'refused';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export type TrackOutcome = { readonly outcome: 'created' | 'existing'; readonly transaction: Transaction } | Refusal;

export type ChangeOutcome = { readonly outcome: 'changed'; readonly transaction: Transaction } | Refusal;

export type RefreshOutcome =
  | { readonly outcome: 'refreshed'; readonly transaction: Transaction; readonly refresh: Refresh }
  | Refusal;

export interface TransactionQuery {
  /** CAIP-2 or preset name. */
  readonly chain?: string | undefined;
  readonly hash?: string | undefined;
  readonly subscriber?: string | undefined;
  readonly status?: TransactionStatus | undefined;
  /** Only those after this place; a place is opaque to the caller and rises along the list. */
  readonly after: number;
  readonly limit: number;
}

export interface TransactionPage {
  readonly transactions: readonly Transaction[];
  /** The place to go on from; null at the end. */
  readonly next: number | null;
}

export interface ChainReport {
  readonly chain: string;
  readonly name: string | null;
  readonly chainId: number | null;
  readonly head: { readonly number: number; readonly hash: string; readonly timestampMs: number } | null;
  readonly safe: { readonly number: number; readonly hash: string } | null;
  readonly finalized: { readonly number: number; readonly hash: string } | null;
  readonly finalitySource: 'tag' | 'depth';
  /** Blocks between the best head any provider shows and ours; null: no provider leads, so nobody can tell. */
  readonly lag: number | null;
  readonly providers: readonly ProviderReport[];
  /** Newest first. */
  readonly recentBlocks: readonly CountedBlock[];
  /** Newest first. */
  readonly recentReorgs: readonly ReorgNote[];
}

export interface ProviderReport {
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  /** `leading`: its head is the one we follow. `refused`: it serves another chain. */
  readonly state: 'starting' | 'leading' | 'standby' | 'lagging' | 'failing' | 'refused';
  readonly reason: string | null;
  readonly head: number | null;
  /** Blocks behind the best head any provider shows. */
  readonly lag: number | null;
}
