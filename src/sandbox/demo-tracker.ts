import type { Problem, TrackRequest, Transaction } from '@txtrail/protocol';

/** What the demo asks of the tracker, over its public API: a part of the client of `@txtrail/client`. */
export interface DemoTracker {
  track(request: TrackRequest): Promise<Pick<Transaction, 'id'>>;
  trackBatch(
    requests: readonly TrackRequest[],
  ): Promise<readonly ({ readonly transaction: Pick<Transaction, 'id'> } | { readonly error: Problem })[]>;
  untrack(id: string): Promise<void>;
}
