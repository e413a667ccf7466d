import type { TrackRequest } from '@txtrail/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { rigConfig } from '../../test/harness/stages-rig.ts';
import { createSystemRandom } from '../adapters/node/system-random.ts';
import { EvmRawDecoder } from '../adapters/evm/evm-raw-decoder.ts';
import { MemoryDisk } from '../adapters/memory/memory-disk.ts';
import { type RunningTracker, startTracker } from './tracker.ts';

const hourMs = 3_600_000;
const hash = `0x${'ab'.repeat(32)}`;
const open: RunningTracker[] = [];

afterEach(async () => {
  // One whose disk failed says so again when it is closed.
  await Promise.allSettled(open.splice(0).map((tracker) => tracker.close()));
});

/** One process on a disk: a chain is configured, and no provider answers for it. */
async function started(disk: MemoryDisk, clock = manualClock()) {
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
