import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { all, record } from '../../../test/conformance/record-log.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import type { LogRecord, NewRecord, Position, RecordLog } from '../../ports/record-log.ts';
import { survivalByChance } from '../memory/disk-fault.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { openSegmentLog } from './open-segment-log.ts';
import { seededRandom } from '../../lib/seeded-random.ts';

interface Acknowledged extends NewRecord {
  readonly position: Position;
}

/** What the world knows of a log over several lives of its process. */
interface Ledger {
  readonly acknowledged: Acknowledged[];
  /** Every payload that was ever handed to the log, acknowledged or not. */
  readonly appended: Set<string>;
  lastRead: readonly LogRecord[];
}

const options = { segmentBytes: 700, groupBytes: 400, readBytes: 128 };

function open(disk: MemoryDisk): Promise<RecordLog> {
  const deps = { disk, clock: manualClock(), logger: recordingLogger(), metrics: recordingMetrics() };
  return openSegmentLog(options, deps);
}

/** Appends the calls, several at once, until the disk stops. */
async function appendUntilCrash(log: RecordLog, life: number, calls: readonly number[], ledger: Ledger): Promise<void> {
  const appends = calls.map(async (count, call) => {
    const records = Array.from({ length: count }, (_, index) => {
      return record('events/1', `${life}.${call}.${index} ${'z'.repeat((call * 37 + index * 91) % 260)}`);
    });
    for (const { payload } of records) ledger.appended.add(payload);
    const positions = await log.append(records);
    for (const [index, one] of records.entries()) {
      ledger.acknowledged.push({ ...one, position: positions[index] as Position });
    }
  });
  await Promise.allSettled(appends);
}

/** I01, I15: what was acknowledged is there, whole, in order, where it was; nothing else but what was appended. */
async function checkAgainst(ledger: Ledger, log: RecordLog): Promise<void> {
  const records = await all(log.read(log.start));
  const byPosition = new Map(records.map((one) => [one.position, one]));
  for (const { position, stream, payload } of ledger.acknowledged) {
    expect(byPosition.get(position)).toMatchObject({ stream, payload });
  }
  const asked = ledger.acknowledged.map(({ position }) => position);
  expect((await log.readAt(asked)).map(({ payload }) => payload)).toEqual(
    ledger.acknowledged.map((one) => one.payload),
  );
  expect(records.every(({ payload }) => ledger.appended.has(payload))).toBe(true);
  expect(new Set(records.map(({ payload }) => payload)).size).toBe(records.length);
  expect(records.map(({ position }) => position)).toEqual(
    records.map(({ position }) => position).toSorted((a, b) => a - b),
  );
  // Once read, a record stays: effects were derived from it, acknowledged or not.
  expect(records.slice(0, ledger.lastRead.length)).toEqual(ledger.lastRead);
  ledger.lastRead = records;
}

const life = fc.record({
  calls: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
  crashAfter: fc.integer({ min: 0, max: 60 }),
  when: fc.constantFrom('before' as const, 'during' as const),
  blockBytes: fc.constantFrom(1, 16, 512),
  killsOnly: fc.boolean(),
  seed: fc.integer(),
});

describe('crash points of the segment log', () => {
  test('whatever a power cut leaves of what was not synced, nothing acknowledged is lost (F32, F33, I15)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), async (lives) => {
        const disk = new MemoryDisk();
        const ledger: Ledger = { acknowledged: [], appended: new Set(), lastRead: [] };
        for (const [index, { calls, crashAfter, when, blockBytes, killsOnly, seed }] of lives.entries()) {
          const crashAt = disk.operations + crashAfter;
          disk.decideFault = (operation) => (operation.index === crashAt ? { kind: 'crash', when } : null);
          const log = await open(disk).catch((error: unknown) => {
            // Crashed on the way: nothing may be taken for damage.
            expect(error).toMatchObject({ code: expect.stringMatching(/^(disk_crashed|log_failed)$/) });
            return null;
          });
          if (log !== null) await appendUntilCrash(log, index, calls, ledger);
          disk.decideFault = () => null;
          // Half of the time only the process dies, and the power goes a life later.
          if (killsOnly) disk.restartProcess();
          else disk.restart(survivalByChance(seededRandom(seed), blockBytes));
          const reopened = await open(disk);
          await checkAgainst(ledger, reopened);
          if (seed % 2 === 0) await reopened.close();
          disk.restart(survivalByChance(seededRandom(seed + 1), blockBytes));
        }
        const last = await open(disk);
        await checkAgainst(ledger, last);
        await last.close();
      }),
      { numRuns: 150 },
    );
  });

  test('every operation of one run is a crash point that loses nothing (F32)', async () => {
    const calls = [3, 1, 2, 4, 1, 3];
    for (let crashAt = 0; ; crashAt += 1) {
      const disk = new MemoryDisk();
      const ledger: Ledger = { acknowledged: [], appended: new Set(), lastRead: [] };
      disk.decideFault = ({ index }) => (index === crashAt ? { kind: 'crash', when: 'during' } : null);
      const log = await open(disk).catch(() => null);
      for (const [call, count] of calls.entries()) {
        if (log !== null) await appendUntilCrash(log, call, [count], ledger);
      }
      await log?.close();
      const wasReached = disk.hasCrashed;
      disk.decideFault = () => null;
      disk.restart(survivalByChance(seededRandom(crashAt), 64));
      const reopened = await open(disk);
      await checkAgainst(ledger, reopened);
      await reopened.close();
      if (wasReached) continue;
      expect(crashAt).toBeGreaterThanOrEqual(20);
      expect(ledger.acknowledged).toHaveLength(14);
      return;
    }
  });

  test('a disk whose sync lies loses acknowledged records, and the test would see it (F34)', async () => {
    const disk = new MemoryDisk();
    const ledger: Ledger = { acknowledged: [], appended: new Set(), lastRead: [] };
    const log = await open(disk);
    disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'lie' } : null);
    await appendUntilCrash(log, 0, [2, 2], ledger);
    disk.decideFault = () => null;
    disk.restart({ keepsBlock: () => false, keepsDirectoryChange: () => true, blockBytes: 512 });
    const reopened = await open(disk);
    await expect(checkAgainst(ledger, reopened)).rejects.toThrow();
    await reopened.close();
  });
});
