import type { ReadList, ReadModel, ReadQuery, ReadRow } from '../../ports/read-model.ts';

interface PlacedRow {
  readonly place: number;
  readonly row: ReadRow;
}

/** A read model that lives as long as its process, shared by all who hold it: for tests of what stands on one. */
export class MemoryReadModel implements ReadModel {
  readonly #rows = new Map<string, PlacedRow>();
  #lastPlace = 0;

  async put(rows: readonly ReadRow[]): Promise<void> {
    for (const row of rows) {
      const kept = this.#rows.get(row.id);
      if (kept !== undefined && kept.row.version >= row.version) continue;
      const keepsPlace = kept !== undefined && (kept.row.text !== null || row.text === null);
      if (!keepsPlace) this.#lastPlace += 1;
      this.#rows.set(row.id, { place: keepsPlace ? kept.place : this.#lastPlace, row });
    }
  }

  async find(tenant: string, ids: readonly string[]): Promise<readonly (string | null)[]> {
    return ids.map((id) => {
      const row = this.#rows.get(id)?.row;
      return row?.tenant === tenant ? row.text : null;
    });
  }

  async list(tenant: string, query: ReadQuery): Promise<ReadList> {
    const found = [...this.#rows.values()]
      .filter(({ place, row }) => row.tenant === tenant && place > query.after && matches(row, query))
      .sort((left, right) => left.place - right.place);
    const page = found.slice(0, query.limit);
    return {
      texts: page.map(({ row }) => row.text).filter((text) => text !== null),
      next: found.length > query.limit ? (page.at(-1)?.place ?? null) : null,
    };
  }
}

function matches(row: ReadRow, { chain, hash, subscriber, status }: ReadQuery): boolean {
  return (
    row.text !== null &&
    (chain === null || chain === row.chain) &&
    (hash === null || hash === row.hash) &&
    (subscriber === null || subscriber === row.subscriber) &&
    (status === null || status === row.status)
  );
}
