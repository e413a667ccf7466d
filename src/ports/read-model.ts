import type { TransactionStatus } from '@txtrail/protocol';

/** A tracked transaction as its owner last decided it, for the nodes that answer reads. */
export interface ReadRow {
  /** The tracked transaction's id. */
  readonly id: string;
  readonly tenant: string;
  /** CAIP-2. */
  readonly chain: string;
  readonly hash: string;
  readonly subscriber: string;
  readonly status: TransactionStatus;
  /** The owner's journal position of the change: an older one never replaces a newer one. */
  readonly version: number;
  /** The whole of it, as the owner's text; null: it is not tracked any more. */
  readonly text: string | null;
}

export interface ReadQuery {
  readonly chain: string | null;
  readonly hash: string | null;
  readonly subscriber: string | null;
  readonly status: TransactionStatus | null;
  /** Only those after this place; places rise along the list. */
  readonly after: number;
  readonly limit: number;
}

/**
 * What is tracked, for any node to read. Written by the status partitions' owners after they
 * decided, before anybody is answered; it follows from their journals, and can be written anew from
 * them. `test/conformance/read-model.ts` holds every adapter to it. Throws `store_unavailable` as the mailbox does.
 */
export interface ReadModel {
  /** One write for all; a row whose version is not above the one kept for its id is left. */
  put(rows: readonly ReadRow[]): Promise<void>;
  /** One answer an id, in the order asked; null: nothing by that id is tracked for the tenant. */
  find(tenant: string, ids: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * In the order in which they were first put since they are tracked; each has its place for as long
   * as it is. `next` is the place to go on from, null at the end.
   */
  list(tenant: string, query: ReadQuery): Promise<ReadList>;
}

export interface ReadList {
  readonly texts: readonly string[];
  readonly next: number | null;
}
