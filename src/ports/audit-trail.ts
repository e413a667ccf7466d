import type { AuditEntry, NewAuditEntry } from '../core/audit/audit-entry.ts';

/**
 * Who did what, when and from where: appended to and never changed. Each entry's hash is over the
 * one before, so that whoever notes the newest can tell later whether anything up to it was touched.
 * `test/conformance/audit-trail.ts` holds every adapter to it.
 */
export interface AuditTrail {
  /** Durable when it resolves; entries of one call stand one after the other. */
  append(entries: readonly NewAuditEntry[]): Promise<readonly AuditEntry[]>;
  /** Oldest first; `next` is the number to go on after, null at the end. */
  page(after: number, limit: number): Promise<AuditPage>;
  /** Reads it all. */
  verify(): Promise<AuditVerdict>;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next: number | null;
}

export type AuditVerdict =
  | { readonly kind: 'whole'; readonly entries: number; readonly hash: string }
  /** The first entry that is not what it was, or not there. */
  | { readonly kind: 'broken'; readonly number: number };
