import { hash } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical-json.ts';
import { type AuditEntry, type NewAuditEntry, noPreviousHash } from './audit-entry.ts';

/** The end of a trail, on which the next entry stands. */
export interface AuditHead {
  readonly number: number;
  readonly hash: string;
}

export const emptyTrail: AuditHead = { number: 0, hash: noPreviousHash };

/** Entries as they stand behind a head: each one's hash is over the one before, so none can be changed or left out later. */
export function chained(head: AuditHead, entries: readonly NewAuditEntry[], timeMs: number): readonly AuditEntry[] {
  let last = head;
  return entries.map(({ actor, from, action, subject, tenant, facts }) => {
    const content = { actor, from, action, subject, tenant, facts };
    const entry = { ...content, number: last.number + 1, timeMs, previous: last.hash };
    last = { number: entry.number, hash: hashOf(entry) };
    return { ...entry, hash: last.hash };
  });
}

/** Follows a trail from its beginning and finds the first entry that is not what it was. */
export class AuditCheck {
  #head = emptyTrail;

  get head(): AuditHead {
    return this.#head;
  }

  /** Takes the next entries; gives the number of the first broken one, or null. */
  follow(entries: readonly AuditEntry[]): number | null {
    for (const { hash: given, ...entry } of entries) {
      const isNext = entry.number === this.#head.number + 1 && entry.previous === this.#head.hash;
      if (!isNext || given !== hashOf(entry)) return this.#head.number + 1;
      this.#head = { number: entry.number, hash: given };
    }
    return null;
  }
}

function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return hash('sha256', canonicalJson(entry), 'hex');
}
