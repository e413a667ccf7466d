import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { renderEvent } from '../../core/delivery/render-event.ts';
import type { EventRecord } from '../../core/records/event-record.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { HistoryPage, ReadEvent } from '../../ports/event-reader.ts';
import type { HistoryArchive, HistoryEntry } from '../../ports/history-store.ts';
import type { Position } from '../../ports/record-log.ts';
import { openHistoryFile, orUnusable } from './history-file.ts';
import { inOneTransaction } from './in-one-transaction.ts';

export const historyFile = 'history.db';

/** Rows that one call deletes: SQLite works in the process's own thread, and nobody is to wait for long. */
const rowsADeletion = 2_000;

/**
 * Opens the history in the data directory, making its file where it is not there.
 *
 * @throws TxTrailError `history_unusable`: it is no such file, a newer version made it, or it cannot
 *   be read or written; nothing is made anew over it
 */
export async function openHistory(options: { readonly directory: string }): Promise<SqliteHistory> {
  const path = join(options.directory, historyFile);
  const database = await openHistoryFile(path);
  return orUnusable(path, () => new SqliteHistory(path, database));
}

/** The history of one process in a file of SQLite, beside its log. */
export class SqliteHistory implements HistoryArchive {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #through: Position;

  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#statements = statementsOf(database);
    const [row] = database.prepare('SELECT through FROM progress').all();
    if (row === undefined) throw new Error('it is damaged, it does not say how far it goes');
    this.#through = (row as { readonly through: number }).through;
  }

  get through(): Position {
    return this.#through;
  }

  async archive(entries: readonly HistoryEntry[], through: Position): Promise<void> {
    orUnusable(this.#path, () => inOneTransaction(this.#database, () => this.#insert(entries, through)));
    this.#through = through;
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const rows = orUnusable(this.#path, () =>
      this.#statements.read.all(transactionId, tenant, after, limit + 1),
    ) as unknown as readonly EventRow[];
    const events = rows.slice(0, limit).map((row) => this.#eventOf(row));
    return { events, next: rows.length > limit ? (events.at(-1)?.place ?? null) : null };
  }

  async retainHistory(nowMs: number, keepMs: number): Promise<boolean> {
    const beforeMs = nowMs - keepMs;
    return orUnusable(this.#path, () => {
      const oldest = this.#statements.oldest.get() as { readonly numberedMs: number } | undefined;
      if (oldest === undefined || oldest.numberedMs >= beforeMs) return false;
      return this.#statements.drop.run(rowsADeletion, beforeMs).changes === rowsADeletion;
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #insert(entries: readonly HistoryEntry[], through: Position): void {
    for (const { place, seq, numberedMs, record } of entries) {
      const text = JSON.stringify(record);
      const { transactionId, tenant } = record;
      this.#statements.insert.run(place, transactionId, tenant, seq, numberedMs, text, checksumOf(seq, text));
    }
    this.#statements.advance.run(through);
  }

  #eventOf({ place, seq, record: text, checksum }: EventRow): ReadEvent {
    if (checksumOf(seq, text) !== checksum) {
      const path = this.#path;
      const message = `The event at ${place} in ${path} is not what was written: the disk changed it. Put back a copy of the file.`;
      throw new TxTrailError('history_unusable', message, { facts: { path, place } });
    }
    const record = JSON.parse(text) as EventRecord;
    const { type, timeMs, evidence } = record;
    return { place, type, timeMs, json: renderEvent(record, seq), evidence };
  }
}

interface EventRow {
  readonly place: number;
  readonly seq: number;
  readonly record: string;
  readonly checksum: number;
}

/** SQLite keeps no checksums of its own, and a flipped bit must not become what somebody reads (F36). */
function checksumOf(seq: number, record: string): number {
  return crc32(record, seq);
}

interface Statements {
  readonly insert: StatementSync;
  readonly advance: StatementSync;
  readonly read: StatementSync;
  readonly oldest: StatementSync;
  readonly drop: StatementSync;
}

function statementsOf(database: DatabaseSync): Statements {
  return {
    insert: database.prepare(
      `INSERT INTO events (place, transaction_id, tenant, seq, numbered_ms, record, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    advance: database.prepare('UPDATE progress SET through = ?'),
    read: database.prepare(
      `SELECT place, seq, record, checksum FROM events
       WHERE transaction_id = ? AND tenant = ? AND place > ? ORDER BY place LIMIT ?`,
    ),
    // Times rise with places, so what is too old stands at the front.
    oldest: database.prepare('SELECT numbered_ms AS numberedMs FROM events ORDER BY place LIMIT 1'),
    drop: database.prepare(
      `DELETE FROM events WHERE numbered_ms < ?2
       AND place <= (SELECT max(place) FROM (SELECT place FROM events ORDER BY place LIMIT ?1))`,
    ),
  };
}
