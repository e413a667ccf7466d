/**
 * How fast the embedded mode's history takes events in, beside a bare insert of the same rows by the
 * same SQLite, in turns; how long the process's thread is held by a batch; and how long a
 * transaction's history takes to read from it.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { historyFile, openHistory, type SqliteHistory } from '../../src/adapters/sqlite/sqlite-history.ts';
import type { HistoryEntry } from '../../src/ports/history-store.ts';
import { eventRecord } from '../../test/harness/event-record.ts';

export interface HistoryLoad {
  readonly batch: number;
  readonly batches: number;
  /** Events of one transaction, spread over the batches. */
  readonly eventsEach: number;
  readonly reads: number;
}

export interface HistoryRequest {
  readonly directory: string;
  readonly load: HistoryLoad;
  readonly rounds: number;
}

export interface HistoryRound {
  /** Events a second. */
  readonly history: number;
  readonly bare: number;
  /** Microseconds that one batch held the thread. */
  readonly batchMedian: number;
  readonly batchMax: number;
  readonly readMedian: number;
  /** Bytes of the file an event. */
  readonly fileBytes: number;
  /** Events that were read of those asked for. */
  readonly read: number;
}

export interface HistoryReply {
  readonly kind: 'rounds';
  readonly rounds: readonly HistoryRound[];
  readonly recordBytes: number;
}

function transactionOf(index: number, { batch, batches, eventsEach }: HistoryLoad): string {
  const transactions = Math.ceil((batch * batches) / eventsEach);
  // As ids are: in no order.
  return `tx_${((index % transactions) * 2_654_435_761).toString(16).padStart(32, '0')}`;
}

function entriesOf(number: number, load: HistoryLoad): readonly HistoryEntry[] {
  return Array.from({ length: load.batch }, (_, offset) => {
    const index = number * load.batch + offset;
    const record = eventRecord({ subscriber: 'alice', transactionId: transactionOf(index, load), position: index });
    return { place: index * 1_500 + 1, seq: index + 1, numberedMs: index, record };
  });
}

async function takeIn(history: SqliteHistory, load: HistoryLoad) {
  const times: number[] = [];
  for (let number = 0; number < load.batches; number += 1) {
    const entries = entriesOf(number, load);
    const startedAt = performance.now();
    await history.archive(entries, (number + 1) * load.batch * 1_500);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function insertBare(path: string, load: HistoryLoad): number {
  const database = new DatabaseSync(path);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (place INTEGER PRIMARY KEY, record TEXT)',
  );
  const insert = database.prepare('INSERT INTO events VALUES (?, ?)');
  let spentMs = 0;
  for (let number = 0; number < load.batches; number += 1) {
    const rows = entriesOf(number, load).map(({ place, record }) => [place, JSON.stringify(record)] as const);
    const startedAt = performance.now();
    database.exec('BEGIN');
    for (const [place, record] of rows) insert.run(place, record);
    database.exec('COMMIT');
    spentMs += performance.now() - startedAt;
  }
  database.close();
  return spentMs;
}

async function readSome(history: SqliteHistory, load: HistoryLoad) {
  const times: number[] = [];
  let read = 0;
  for (let number = 0; number < load.reads; number += 1) {
    const startedAt = performance.now();
    const { events } = await history.history('default', transactionOf(number * 7_919, load), 0, 100);
    times.push(performance.now() - startedAt);
    read += events.length;
  }
  return { times, read };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

async function run({ directory, load, rounds }: HistoryRequest): Promise<HistoryReply> {
  const results: HistoryRound[] = [];
  const events = load.batch * load.batches;
  for (let round = 0; round < rounds; round += 1) {
    const folder = join(directory, `history-${round}`);
    await mkdir(folder);
    const history = await openHistory({ directory: folder });
    const times = await takeIn(history, load);
    const reads = await readSome(history, load);
    await history.close();
    const fileBytes = (await stat(join(folder, historyFile))).size / events;
    const bareMs = insertBare(join(folder, 'bare.db'), load);
    results.push({
      history: events / (times.reduce((sum, ms) => sum + ms, 0) / 1_000),
      bare: events / (bareMs / 1_000),
      batchMedian: median(times) * 1_000,
      batchMax: Math.max(...times) * 1_000,
      readMedian: median(reads.times) * 1_000,
      fileBytes,
      read: reads.read,
    });
  }
  return { kind: 'rounds', rounds: results, recordBytes: JSON.stringify(eventRecord({})).length };
}

process.on('message', (request: HistoryRequest) => {
  void run(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
