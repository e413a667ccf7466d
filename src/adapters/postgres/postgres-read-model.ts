import type { ReadList, ReadModel, ReadQuery, ReadRow } from '../../ports/read-model.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import type { Statement } from './statement.ts';

const repeatable = { isRepeatable: true };

/** The read model in PostgreSQL: one row a tracked transaction, the owner's text and what lists are filtered by. */
export class PostgresReadModel implements ReadModel {
  readonly #connections: PostgresConnections;

  constructor(deps: { readonly connections: PostgresConnections }) {
    this.#connections = deps.connections;
  }

  async put(rows: readonly ReadRow[]): Promise<void> {
    if (rows.length > 0) await this.#connections.asWorker([putRows(newestOfEach(rows))], repeatable);
  }

  async find(tenant: string, ids: readonly string[]): Promise<readonly (string | null)[]> {
    if (ids.length === 0) return [];
    const [result] = await this.#connections.asTenant(tenant, [findTexts(tenant, ids)], repeatable);
    const rows = (result?.rows ?? []) as readonly { readonly id: string; readonly text: string | null }[];
    const texts = new Map(rows.map(({ id, text }) => [id, text]));
    return ids.map((id) => texts.get(id) ?? null);
  }

  async list(tenant: string, query: ReadQuery): Promise<ReadList> {
    const [result] = await this.#connections.asTenant(tenant, [listTexts(tenant, query)], repeatable);
    const rows = (result?.rows ?? []) as readonly { readonly text: string; readonly place: number }[];
    const page = rows.slice(0, query.limit);
    return {
      texts: page.map(({ text }) => text),
      next: rows.length > query.limit ? (page.at(-1)?.place ?? null) : null,
    };
  }
}

/** A statement may change a row only once. In the order of ids, so that an old owner and a new one never wait in a ring. */
function newestOfEach(rows: readonly ReadRow[]): readonly ReadRow[] {
  const newest = new Map<string, ReadRow>();
  for (const row of rows) {
    const other = newest.get(row.id);
    if (other === undefined || other.version < row.version) newest.set(row.id, row);
  }
  return [...newest.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** The sequence gives each row that is new to the list the next place. */
function putRows(rows: readonly ReadRow[]): Statement {
  return {
    name: 'put_tracked',
    text: `
      INSERT INTO tracked AS t (tenant, id, chain, hash, subscriber, status, version, text)
      SELECT g.tenant, g.id, g.chain, g.hash, g.subscriber, g.status, g.version, g.text
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])
        AS g (tenant, id, chain, hash, subscriber, status, version, text)
      ON CONFLICT (tenant, id) DO UPDATE SET
        status = excluded.status, version = excluded.version, text = excluded.text,
        place = CASE WHEN t.text IS NULL AND excluded.text IS NOT NULL THEN excluded.place ELSE t.place END
      WHERE t.version < excluded.version`,
    values: [
      rows.map(({ tenant }) => tenant),
      rows.map(({ id }) => id),
      rows.map(({ chain }) => chain),
      rows.map(({ hash }) => hash),
      rows.map(({ subscriber }) => subscriber),
      rows.map(({ status }) => status),
      rows.map(({ version }) => version),
      rows.map(({ text }) => text),
    ],
  };
}

function findTexts(tenant: string, ids: readonly string[]): Statement {
  const text = 'SELECT id, text FROM tracked WHERE tenant = $1 AND id = ANY($2::text[])';
  return { name: 'find_tracked', text, values: [tenant, ids] };
}

/** What the query leaves open is left out of the text, so that each form has a plan of its own. */
export function listTexts(tenant: string, { after, limit, ...given }: ReadQuery): Statement {
  const filters = (['chain', 'hash', 'subscriber', 'status'] as const).filter((name) => given[name] !== null);
  const conditions = filters.map((name, index) => `AND ${name} = $${index + 4}`).join(' ');
  return {
    name: ['list_tracked', ...filters].join('_'),
    text: `SELECT text, place FROM tracked WHERE tenant = $1 AND is_listed AND place > $2 ${conditions} ORDER BY place LIMIT $3`,
    values: [tenant, after, limit + 1, ...filters.map((name) => given[name])],
  };
}
