import { AuditCheck, chained } from '../../core/audit/audit-chain.ts';
import type { AuditEntry, NewAuditEntry } from '../../core/audit/audit-entry.ts';
import type { AuditPage, AuditTrail, AuditVerdict } from '../../ports/audit-trail.ts';
import type { Clock } from '../../ports/clock.ts';

/** A trail that lives as long as the object: for tests and the simulator. */
export class MemoryAuditTrail implements AuditTrail {
  readonly #clock: Clock;
  readonly #check = new AuditCheck();
  readonly #entries: AuditEntry[] = [];

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  async append(entries: readonly NewAuditEntry[]): Promise<readonly AuditEntry[]> {
    const appended = chained(this.#check.head, entries, this.#clock.now());
    this.#check.follow(appended);
    this.#entries.push(...appended);
    return appended;
  }

  async page(after: number, limit: number): Promise<AuditPage> {
    const entries = this.#entries.slice(after, after + limit);
    return { entries, next: after + limit < this.#entries.length ? after + limit : null };
  }

  async verify(): Promise<AuditVerdict> {
    const check = new AuditCheck();
    const number = check.follow(this.#entries);
    return number === null
      ? { kind: 'whole', entries: check.head.number, hash: check.head.hash }
      : { kind: 'broken', number };
  }
}
