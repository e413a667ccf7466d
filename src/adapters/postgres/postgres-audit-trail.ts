import { AuditCheck, type AuditHead, chained, emptyTrail } from '../../core/audit/audit-chain.ts';
import type { AuditEntry, NewAuditEntry } from '../../core/audit/audit-entry.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { AuditPage, AuditTrail, AuditVerdict } from '../../ports/audit-trail.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PostgresConnections, TransactOptions } from './postgres-connections.ts';
import type { Statement } from './statement.ts';

const repeatable = { isRepeatable: true };
/** Only so does a number that is taken say that another node took it, be it for an entry with the same words. */
const once = { isRepeatable: false };
const verifiedAtOnce = 1_000;
/** Another node that appends at the same time makes one try again; so many in a row do not happen. */
const mostAttempts = 50;
const uniqueViolation = '23505';

/** The audit trail in PostgreSQL: any node appends, and the numbers' primary key lets in one at a time. */
export class PostgresAuditTrail implements AuditTrail {
  readonly #connections: PostgresConnections;
  readonly #clock: Clock;

  constructor(deps: { readonly connections: PostgresConnections; readonly clock: Clock }) {
    this.#connections = deps.connections;
    this.#clock = deps.clock;
  }

  async append(entries: readonly NewAuditEntry[]): Promise<readonly AuditEntry[]> {
    if (entries.length === 0) return [];
    for (let attempt = 1; ; attempt += 1) {
      const appended = chained(await this.#head(), entries, this.#clock.now());
      const isIn = await this.#insert(appended, once).catch((error: unknown) => {
        if (isConflict(error) && attempt < mostAttempts) return false;
        return mayBeIn(error) ? this.#insertAgain(appended) : Promise.reject(error);
      });
      if (isIn) return appended;
    }
  }

  async page(after: number, limit: number): Promise<AuditPage> {
    const [result] = await this.#connections.asWorker([selectPage(after, limit + 1)], repeatable);
    const entries = ((result?.rows ?? []) as readonly AuditRow[]).map(entryOf);
    const page = entries.slice(0, limit);
    return { entries: page, next: entries.length > limit ? (page.at(-1)?.number ?? null) : null };
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

  async #head(): Promise<AuditHead> {
    const [result] = await this.#connections.asWorker([selectHead], repeatable);
    return ((result?.rows ?? []) as readonly AuditHead[])[0] ?? emptyTrail;
  }

  async #insert(entries: readonly AuditEntry[], options: TransactOptions): Promise<true> {
    await this.#connections.asWorker([insertEntries(entries)], options);
    return true;
  }

  /** After an answer that was lost: where the numbers are taken, it may be by the first attempt. */
  #insertAgain(entries: readonly AuditEntry[]): Promise<boolean> {
    return this.#insert(entries, repeatable).catch((error: unknown) =>
      isConflict(error) ? this.#stands(entries) : Promise.reject(error),
    );
  }

  /** Whether the numbers are taken by these very entries: the answer to an earlier attempt was lost. */
  async #stands(entries: readonly AuditEntry[]): Promise<boolean> {
    const last = entries.at(-1);
    if (last === undefined) return true;
    const { entries: found } = await this.page(last.number - 1, 1);
    return found[0]?.hash === last.hash;
  }
}

interface AuditRow extends Omit<AuditEntry, 'facts'> {
  readonly facts: string;
}

function entryOf({ facts, ...row }: AuditRow): AuditEntry {
  return { ...row, facts: JSON.parse(facts) as AuditEntry['facts'] };
}

function isConflict(error: unknown): boolean {
  return error instanceof TxTrailError && error.facts['state'] === uniqueViolation;
}

function mayBeIn(error: unknown): boolean {
  return error instanceof TxTrailError && error.retryable;
}

const selectHead: Statement = {
  name: 'audit_head',
  text: 'SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1',
  values: [],
};

function selectPage(after: number, limit: number): Statement {
  return {
    name: 'audit_page',
    text: `
      SELECT number, time_ms AS "timeMs", actor, address AS "from", action, subject, tenant, facts, previous, hash
      FROM audit WHERE number > $1 ORDER BY number LIMIT $2`,
    values: [after, limit],
  };
}

function insertEntries(entries: readonly AuditEntry[]): Statement {
  return {
    name: 'audit_append',
    text: `
      INSERT INTO audit (number, time_ms, actor, address, action, subject, tenant, facts, previous, hash)
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[])`,
    values: [
      entries.map(({ number }) => number),
      entries.map(({ timeMs }) => timeMs),
      entries.map(({ actor }) => actor),
      entries.map(({ from }) => from),
      entries.map(({ action }) => action),
      entries.map(({ subject }) => subject),
      entries.map(({ tenant }) => tenant),
      entries.map(({ facts }) => JSON.stringify(facts)),
      entries.map(({ previous }) => previous),
      entries.map(({ hash }) => hash),
    ],
  };
}
