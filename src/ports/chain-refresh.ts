import type { Refresh } from '@txtrail/protocol';

/** Asks a chain's providers for one transaction now, whatever is planned. */
export interface ChainRefresh {
  /**
   * What they say goes the way of every fact, and was applied when this resolves (for those that
   * answered in time; later answers are taken as well). One question for a hash at a time: who asks
   * meanwhile gets the same answer. null: too many are being asked about, or the chain is not
   * followed.
   */
  refresh(chain: string, hash: string): Promise<Refresh | null>;
}
