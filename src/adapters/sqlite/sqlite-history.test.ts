import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyArchiveSuite, historyStoreSuite, leaveFor } from '../../../test/conformance/history-store.ts';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { historyFile, openHistory, type SqliteHistory } from './sqlite-history.ts';

historyStoreSuite('SQLite', async ({ clock }) => {
  const directory = await mkdtemp(join(tmpdir(), 'history-'));
  const history = await openHistory({ directory });
  const dispose = async (): Promise<void> => {
    await history.close();
    await rm(directory, { recursive: true });
  };
  return { history, leave: leaveFor(history, clock), dispose };
});

historyArchiveSuite('SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'history-'));
  let open = await openHistory({ directory });
  const reopen = async (): Promise<SqliteHistory> => {
    await open.close();
    open = await openHistory({ directory });
    return open;
  };
  const dispose = async (): Promise<void> => {
    await open.close();
    await rm(directory, { recursive: true });
  };
  return { archive: open, reopen, dispose };
});

describe('the file', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'history-'));
    path = join(directory, historyFile);
  });
  afterEach(() => rm(directory, { recursive: true }));

  function entry(place: number, given: Parameters<typeof eventRecord>[0] = {}) {
    return { place, seq: place, numberedMs: 1, record: eventRecord(given) };
  }

  test('a batch is taken whole or not at all', async () => {
    const history = await openHistory({ directory });
    await history.archive([entry(5)], 6);
    const twice = [entry(6), entry(7), entry(7)];
    await expect(history.archive(twice, 8)).rejects.toMatchObject({ code: 'history_unusable' });
    expect(history.through).toBe(6);
    expect((await history.history('default', 'tx_1', 0, 10)).events).toHaveLength(1);
    await history.archive(twice.slice(0, 2), 8);
    expect((await history.history('default', 'tx_1', 0, 10)).events).toHaveLength(3);
    await history.close();
  });

  test('a flipped bit of an event is told, never read (F36)', async () => {
    const history = await openHistory({ directory });
    await history.archive([entry(5), entry(6, { transactionId: 'tx_other' })], 7);
    await history.close();
    const bytes = await readFile(path);
    const at = bytes.indexOf('"confirmations":1');
    bytes.writeUInt8((bytes[at + '"confirmations":'.length] ?? 0) ^ 8, at + '"confirmations":'.length);
    await writeFile(path, bytes);
    const again = await openHistory({ directory });
    const damaged = [again.history('default', 'tx_1', 0, 10), again.history('default', 'tx_other', 0, 10)] as const;
    const results = await Promise.allSettled(damaged);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const rejected = results.find((one) => one.status === 'rejected');
    expect(rejected?.reason).toMatchObject({
      code: 'history_unusable',
      message: expect.stringMatching(/^The event at [56] in .*history\.db is not what was written/),
    });
    await again.close();
  });

  test('of anything else, or of a newer version, is refused and left as it was', async () => {
    await writeFile(path, 'no database at all, but long enough to be taken for the header of one'.repeat(20));
    const before = await readFile(path);
    await expect(openHistory({ directory })).rejects.toMatchObject({
      code: 'history_unusable',
      message: expect.stringContaining(path),
    });
    expect((await readFile(path)).equals(before)).toBe(true);
    await rm(path);
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    await expect(openHistory({ directory })).rejects.toThrow('its version is 2, and ours is 1');
  });
});
