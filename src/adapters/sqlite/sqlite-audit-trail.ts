import type { DatabaseSync } from 'node:sqlite';
import { AuditCheck, type AuditHead, chained, emptyTrail } from '../../core/audit/audit-chain.ts';
import type { AuditEntry, NewAuditEntry } from '../../core/audit/audit-entry.ts';
import type { AuditPage, AuditTrail, AuditVerdict } from '../../ports/audit-trail.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AdministrationFile } from './administration-file.ts';

const verifiedAtOnce = 1_000;

/** The audit trail in a file of SQLite. */
export class SqliteAuditTrail implements AuditTrail {
  readonly #file: AdministrationFile;
  readonly #clock: Clock;

  constructor(file: AdministrationFile, deps: { readonly clock: Clock }) {
    this.#file = file;
    this.#clock = deps.clock;
  }

  async append(entries: readonly NewAuditEntry[]): Promise<readonly AuditEntry[]> {
    return this.#file.write((database) => {
      const appended = chained(headOf(database), entries, this.#clock.now());
      const insert = database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
      for (const { number, timeMs, actor, from, action, subject, tenant, facts, previous, hash } of appended)
        insert.run(number, timeMs, actor, from, action, subject, tenant, JSON.stringify(facts), previous, hash);
      return appended;
    });
  }

  async page(after: number, limit: number): Promise<AuditPage> {
    return this.#file.read((database) => {
      const rows = database
        .prepare(
          `SELECT number, time_ms AS timeMs, actor, address AS "from", action, subject, tenant, facts, previous, hash
           FROM audit WHERE number > ? ORDER BY number LIMIT ?`,
        )
        .all(after, limit + 1) as unknown as readonly AuditRow[];
      const entries = rows.slice(0, limit).map(entryOf);
      return { entries, next: rows.length > limit ? (entries.at(-1)?.number ?? null) : null };
    });
  }

  async verify(): Promise<AuditVerdict> {
    const check = new AuditCheck();
    for (let after: number | null = 0; after !== null; ) {
      const page: AuditPage = await this.page(after, verifiedAtOnce);
      const number = check.follow(page.entries);
      if (number !== null) return { kind: 'broken', number };
      after = page.next;
    }
    return { kind: 'whole', entries: check.head.number, hash: check.head.hash };
  }
}

function headOf(database: DatabaseSync): AuditHead {
  const row = database.prepare('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1').get();
  return (row as AuditHead | undefined) ?? emptyTrail;
}

interface AuditRow extends Omit<AuditEntry, 'facts'> {
  readonly facts: string;
}

function entryOf({ facts, ...row }: AuditRow): AuditEntry {
  return { ...row, facts: JSON.parse(facts) as AuditEntry['facts'] };
}
