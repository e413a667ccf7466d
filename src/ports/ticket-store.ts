/**
 * Short-lived tickets that open one door once, on any node. A ticket may be lost: its holder asks for
 * another. `test/conformance/ticket-store.ts` holds every adapter to it. Both calls throw TxTrailError
 * `store_unavailable` (retryable) where the service cannot be reached in time.
 */
export interface TicketStore {
  /** @param text what the ticket stands for; given back to who redeems it within `ttlMs` */
  issue(ticket: string, text: string, ttlMs: number): Promise<void>;
  /** null: there is no such ticket, its time is over, or it was redeemed. Of many callers at once one gets the text. */
  redeem(ticket: string): Promise<string | null>;
}
