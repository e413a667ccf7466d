import type { Transaction } from './transaction.ts';

/** What came of asking a chain's providers for one transaction. */
export interface Refresh {
  /** Names of the providers that were asked, in the order of the configuration. */
  readonly asked: readonly string[];
  /** Those of them that answered in time. That one does not show it is an answer. */
  readonly answered: readonly string[];
  /**
   * `included`: one shows it in a block of the chain that is followed, or in one that is final.
   * `pending`: one shows it, in no such block. `absent`: none of those that answered shows it, which
   * is no proof that it is gone. `unknown`: none answered. Values may be added.
   */
  readonly outcome: string;
  /** What each provider said, or why it was not asked, in words. */
  readonly reasons: readonly RefreshReason[];
}

export interface RefreshReason {
  readonly provider: string;
  readonly reason: string;
}

/** The answer of `POST /v1/transactions/{id}/refresh`: the transaction as it stands after that. */
export interface RefreshedTransaction extends Transaction {
  readonly refresh: Refresh;
}
