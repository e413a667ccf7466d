import type { TrackRequest } from '@txtrail/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { rigConfig } from '../../test/harness/stages-rig.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { createSystemRandom } from '../adapters/node/system-random.ts';
import { EvmRawDecoder } from '../adapters/evm/evm-raw-decoder.ts';
import { MemoryDisk } from '../adapters/memory/memory-disk.ts';
import { MemoryHistory } from '../adapters/memory/memory-history.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import { type RunningTracker, startTracker } from './tracker.ts';

const hourMs = 3_600_000;
const hash = `0x${'ab'.repeat(32)}`;
const open: RunningTracker[] = [];

afterEach(async () => {
  // One whose disk failed says so again when it is closed.
  await Promise.allSettled(open.splice(0).map((tracker) => tracker.close()));
});

/** One process on a disk: a chain is configured, and no provider answers for it. */
async function started(disk: MemoryDisk, clock = manualClock(), archive: HistoryArchive | null = null) {
  const scheduler = new ManualScheduler();
  const logger = recordingLogger();
  const tracker = await startTracker(
    { ...rigConfig, chains: rigConfig.chains },
    {
      disk,
      lock: await disk.lock(),
      clock,
      scheduler,
      random: createSystemRandom(),
      logger,
      metrics: recordingMetrics(),
      decoder: new EvmRawDecoder(),
      providersOf: () => [],
      archive,
    },
  );
  open.push(tracker);
  const track = async (request: Partial<TrackRequest> = {}): Promise<string> => {
    const outcome = await tracker.service.track('default', { chain: 'ethereum', hash, ...request });
    if (outcome.outcome === 'refused') throw new Error(outcome.detail);
    return outcome.transaction.id;
  };
  return { tracker, clock, scheduler, logger, track };
}

async function close(tracker: RunningTracker, disk: MemoryDisk): Promise<void> {
  open.splice(open.indexOf(tracker), 1);
  await tracker.close();
  disk.restartProcess();
}

describe('a restart', () => {
  test('after a clean end begins from the snapshot, with nothing but its own records to replay', async () => {
    const disk = new MemoryDisk();
    const first = await started(disk);
    const id = await first.track({ metadata: 'kept' });
    await close(first.tracker, disk);
    const second = await started(disk);
    expect((await second.tracker.service.transaction('default', id))?.metadata).toBe('kept');
    const recovered = second.logger.lines.find(({ message }) => message === 'state recovered');
    expect(recovered?.facts).toMatchObject({ tracked: 1 });
    expect(recovered?.facts['snapshot']).toBeGreaterThan(0);
    expect(recovered?.facts['records']).toBeLessThanOrEqual(3);
  });

  test('I21: with a wall clock that is an hour behind: what was planned falls due when it was planned', async () => {
    const disk = new MemoryDisk();
    const first = await started(disk);
    const expiresAt = new Date(first.clock.nowMs + 5_000).toISOString();
    const id = await first.track({ expiresAt });
    disk.restartProcess();
    const second = await started(disk, manualClock(first.clock.nowMs - hourMs));
    await second.scheduler.pass(4_000, second.clock);
    expect((await second.tracker.service.transaction('default', id))?.status).toBe('unknown');
    await second.scheduler.pass(1_100, second.clock);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await second.tracker.service.transaction('default', id)).toMatchObject({
      status: 'expired',
      isTerminal: true,
    });
  });

  test('F36: a log that was trimmed, and no snapshot: a diagnosis, and nothing was changed', async () => {
    const disk = new MemoryDisk();
    const first = await started(disk);
    await first.track();
    await close(first.tracker, disk);
    // What a trim leaves: the log begins at a later segment.
    const [segment = ''] = (await disk.list()).filter((name) => !name.startsWith('snapshot'));
    for (const name of await disk.list()) if (name.startsWith('snapshot')) await disk.remove(name);
    await disk.rename(
      segment,
      segment.replace(/\d+/, (digits) => '5000'.padStart(digits.length, '0')),
    );
    const before = await disk.list();
    await expect(started(disk)).rejects.toMatchObject({ code: 'snapshot_corrupt' });
    expect(await disk.list()).toEqual(before);
  });
});

test('F35: a disk that fails ends it: requests are told, it says why, and closing lets go of the log', async () => {
  const disk = new MemoryDisk();
  const { tracker, track } = await started(disk);
  await track();
  disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'fail', code: 'EIO' } : null);
  await expect(track({ subscriber: 'second' })).rejects.toMatchObject({ code: 'log_failed' });
  expect((await tracker.failed).message).toContain('EIO');
  await expect(tracker.close()).rejects.toMatchObject({ code: 'log_failed' });
  disk.decideFault = () => null;
  disk.restartProcess();
  const again = await started(disk);
  await expect(again.track()).resolves.toMatch(/^tx_/);
});

describe('the history', () => {
  /** The types of a transaction's events, and how many of them the archive has. */
  async function historyOf(
    { tracker }: Awaited<ReturnType<typeof started>>,
    archive: HistoryArchive,
    id: string,
  ): Promise<readonly [types: readonly string[], archived: number]> {
    const { events } = await tracker.events.history('default', id, 0, 10);
    const archived = await archive.history('default', id, 0, 10);
    return [events.map(({ type }) => type), archived.events.length];
  }

  test('has the events of a transaction while readers can have them, after that, and until its own time is over', async () => {
    const archive = new MemoryHistory();
    const disk = new MemoryDisk();
    const first = await started(disk, manualClock(), archive);
    const expiresAt = new Date(first.clock.nowMs + 5_000).toISOString();
    const id = await first.track({ expiresAt });
    await first.scheduler.pass(6_000, first.clock);
    await waitUntil(async () => (await historyOf(first, archive, id))[0].length === 1, {
      what: 'expired',
      everyMs: 2,
    });
    expect(await historyOf(first, archive, id)).toEqual([['transaction.expired'], 0]);

    first.clock.nowMs += 73 * hourMs;
    await first.scheduler.pass(61_000, first.clock);
    await waitUntil(() => archive.through > 0, { what: 'the archive', everyMs: 2 });
    expect(await historyOf(first, archive, id)).toEqual([['transaction.expired'], 1]);
    // A clean end writes a snapshot, which gives up what the archive has.
    await close(first.tracker, disk);
    const second = await started(disk, first.clock, archive);
    const scope = { tenant: 'default', subscriber: 'default' };
    expect(await second.tracker.events.bounds(scope)).toEqual({ oldest: 1, latest: 1 });
    expect(await historyOf(second, archive, id)).toEqual([['transaction.expired'], 1]);

    second.clock.nowMs += 91 * 24 * hourMs;
    await second.scheduler.pass(61_000, second.clock);
    await waitUntil(async () => (await historyOf(second, archive, id))[1] === 0, { what: 'its end', everyMs: 2 });
    expect(await historyOf(second, archive, id)).toEqual([[], 0]);
  });

  test('of another log is refused: it would pass over the events of this one', async () => {
    const archive = new MemoryHistory();
    await archive.archive([], 1_000_000);
    await expect(started(new MemoryDisk(), manualClock(), archive)).rejects.toMatchObject({
      code: 'history_unusable',
      message: expect.stringContaining('move history.db away'),
    });
  });

  test('that breaks by a mistake of ours ends the process, and says by what', async () => {
    const archive = new MemoryHistory();
    archive.retainHistory = () => Promise.reject(new TypeError('broken'));
    const { tracker } = await started(new MemoryDisk(), manualClock(), archive);
    expect((await tracker.failed).message).toBe('broken');
  });
});
