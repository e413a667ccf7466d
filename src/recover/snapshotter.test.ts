import { describe, expect, test } from 'vitest';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { EmbeddedSnapshots } from '../adapters/embedded-snapshots/embedded-snapshots.ts';
import { MemoryDisk } from '../adapters/memory/memory-disk.ts';
import { openSegmentLog } from '../adapters/segment-log/open-segment-log.ts';
import type { Section } from '../ports/processor.ts';
import { Snapshotter } from './snapshotter.ts';

/** A snapshotter over the real log and store of a disk; its state is the number of records. */
async function started(everyBytes = 1_000) {
  const clock = manualClock();
  const disk = new MemoryDisk();
  const deps = { disk, logger: recordingLogger(), metrics: recordingMetrics() };
  const log = await openSegmentLog({ segmentBytes: 300 }, { ...deps, clock });
  const store = new EmbeddedSnapshots({}, deps);
  const state = { oldestEvent: null as number | null, retainFails: false, captures: 0, records: 0, padding: '' };
  const snapshotter = new Snapshotter({ everyBytes, everyMs: 60_000 }, 0, {
    clock,
    log,
    store,
    capture: async () => {
      state.captures += 1;
      return {
        position: log.end,
        timeMs: 0,
        sections: [{ name: 'records', text: String(state.records) + state.padding }],
      };
    },
    retain: () => {
      if (state.retainFails) throw new Error('retention broke');
      return state.oldestEvent;
    },
    ...deps,
  });
  const grow = async (bytes: number): Promise<void> => {
    for (let grown = 0; grown < bytes; grown += 100) {
      await log.append([{ stream: 'facts/1', payload: 'x'.repeat(70) }]);
      state.records += 1;
    }
  };
  const latest = async (): Promise<readonly Section[] | null> => {
    const snapshot = await store.loadLatest(log.start);
    return snapshot === null ? null : Array.fromAsync(snapshot.sections);
  };
  return { ...deps, clock, log, store, state, snapshotter, grow, latest };
}

describe('when', () => {
  test('a quiet log is written down after a while, where it has grown at all', async () => {
    const { snapshotter, state, grow, clock } = await started();
    await grow(100);
    snapshotter.check();
    expect(state.captures).toBe(0);
    clock.nowMs += 60_000;
    snapshotter.check();
    await snapshotter.save();
    expect(state.captures).toBe(1);
    clock.nowMs += 60_000;
    snapshotter.check();
    await Promise.resolve();
    expect(state.captures).toBe(1);
  });

  test('only when the log has grown so much since the last, and one at a time', async () => {
    const { snapshotter, state, grow } = await started();
    await grow(500);
    snapshotter.check();
    expect(state.captures).toBe(0);
    await grow(600);
    snapshotter.check();
    snapshotter.check();
    await Promise.all([snapshotter.save(), snapshotter.save()]);
    snapshotter.check();
    expect(state.captures).toBe(1);
    await grow(1_100);
    snapshotter.check();
    await snapshotter.save();
    expect(state.captures).toBe(2);
  });
});

describe('a large state', () => {
  test('is written down again only when as much was written to the log meanwhile', async () => {
    const { snapshotter, state, grow } = await started();
    state.padding = 'x'.repeat(5_000);
    await grow(1_100);
    snapshotter.check();
    await snapshotter.save();
    expect(state.captures).toBe(1);
    await grow(4_500);
    snapshotter.check();
    await Promise.resolve();
    expect(state.captures).toBe(1);
    await grow(1_000);
    snapshotter.check();
    await snapshotter.save();
    expect(state.captures).toBe(2);
  });
});

describe('a snapshot that fails (F35, F37)', () => {
  test('harms nothing, is told, and is tried again after the next growth', async () => {
    const { snapshotter, disk, log, logger, metrics, grow, latest, state } = await started();
    await grow(1_200);
    await snapshotter.save();
    await grow(1_200);
    disk.decideFault = ({ name }) => (name?.startsWith('snapshot') ? { kind: 'fail', code: 'ENOSPC' } : null);
    await snapshotter.save();
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('failed') }),
    );
    disk.decideFault = () => null;
    expect(await latest()).toEqual([{ name: 'records', text: '12' }]);
    // Not at once: a full disk is not hammered.
    snapshotter.check();
    expect(state.captures).toBe(2);
    await grow(1_200);
    snapshotter.check();
    await snapshotter.save();
    expect(await latest()).toEqual([{ name: 'records', text: '36' }]);
    expect(metrics.values.get('txtrail_snapshots_total')).toBe(3);
    await expect(log.append([{ stream: 'facts/1', payload: 'still writing' }])).resolves.toHaveLength(1);
  });

  test('what goes wrong before it is written is told too, and not thrown at whoever wrote a record', async () => {
    const { snapshotter, state, logger, grow, latest } = await started();
    await grow(1_200);
    state.retainFails = true;
    snapshotter.check();
    await snapshotter.save();
    expect(logger.lines.map(({ level }) => level)).toContain('warn');
    state.retainFails = false;
    await grow(1_200);
    await snapshotter.save();
    expect(await latest()).toEqual([{ name: 'records', text: '24' }]);
  });
});

describe('what is let go of the log', () => {
  test('nothing before there are two snapshots, and never what the spare one needs', async () => {
    const { snapshotter, log, grow, store } = await started();
    await grow(1_200);
    await snapshotter.save();
    expect(log.start).toBe(0);
    const spare = log.end;
    await grow(1_200);
    await snapshotter.save();
    expect(log.start).toBeGreaterThan(0);
    expect(log.start).toBeLessThanOrEqual(spare);
    expect((await store.loadLatest(log.start))?.position).toBeGreaterThan(spare);
  });

  test('nor what an event still needs', async () => {
    const { snapshotter, log, grow, state } = await started();
    await grow(600);
    state.oldestEvent = log.end;
    await grow(600);
    for (let round = 0; round < 3; round += 1) {
      await snapshotter.save();
      await grow(1_200);
    }
    expect(log.start).toBeGreaterThan(0);
    expect(log.start).toBeLessThanOrEqual(state.oldestEvent);
    await expect(log.readAt([state.oldestEvent])).resolves.toHaveLength(1);
    state.oldestEvent = null;
    const before = log.start;
    await snapshotter.save();
    expect(log.start).toBeGreaterThan(before);
  });
});
