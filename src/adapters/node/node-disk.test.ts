import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskSuite } from '../../../test/conformance/disk.ts';
import { all, record, recordLogSuite } from '../../../test/conformance/record-log.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import type { Disk } from '../../ports/disk.ts';
import { openSegmentLog } from '../segment-log/open-segment-log.ts';
import { NodeDisk } from './node-disk.ts';

async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'txtrail-disk-'));
}

diskSuite('node', async () => {
  const directory = await temporaryDirectory();
  return { disk: new NodeDisk({ directory }), dispose: () => rm(directory, { recursive: true }) };
});

/** Lets writes wait, or syncs fail, on their way to a real disk. */
function gated(disk: Disk, gate: { write: Promise<void> | null; fails: boolean }): Disk {
  const open: Disk['open'] = async (name, options) => {
    const file = await disk.open(name, options);
    return {
      size: () => file.size(),
      read: (offset, length) => file.read(offset, length),
      write: async (offset, bytes) => {
        await gate.write;
        await file.write(offset, bytes);
      },
      dataSync: () => (gate.fails ? Promise.reject(new Error('EIO')) : file.dataSync()),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  };
  return {
    list: () => disk.list(),
    open,
    remove: (name) => disk.remove(name),
    rename: (from, to) => disk.rename(from, to),
    syncDirectory: () => disk.syncDirectory(),
    lock: () => disk.lock(),
  };
}

recordLogSuite('segment log on a node disk', async ({ clock, waitingBytesLimit }) => {
  const directory = await temporaryDirectory();
  const gate = { write: null as Promise<void> | null, fails: false };
  const deps = {
    disk: gated(new NodeDisk({ directory }), gate),
    clock,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
  };
  const log = await openSegmentLog({ waitingBytesLimit, segmentBytes: 4096 }, deps);
  return {
    log,
    breakStorage: () => {
      gate.fails = true;
    },
    holdWrites: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate.write = promise;
      return resolve;
    },
    dispose: async () => {
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
});

describe('node disk', () => {
  let directory: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    directory = join(await temporaryDirectory(), 'deep', 'data');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(join(directory, '..', '..'), { recursive: true });
  });

  /** A process that takes the lock as soon as it may and says what came of it; then it stays. */
  async function lockingChild(): Promise<{ readonly child: ChildProcess; readonly go: () => Promise<string> }> {
    const child = fork(fileURLToPath(import.meta.resolve('../../../test/harness/lock-holder.ts')), [directory], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    children.push(child);
    expect((await once(child, 'message'))[0]).toBe('ready');
    const go = async (): Promise<string> => {
      const answer = once(child, 'message');
      child.send('go');
      return String((await answer)[0]);
    };
    return { child, go };
  }

  test('makes its directory for its owner only', async () => {
    const disk = new NodeDisk({ directory });
    const file = await disk.open('secret', { create: true });
    await file.close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'secret'))).mode & 0o777).toBe(0o600);
  });

  test('takes plain names only', async () => {
    const disk = new NodeDisk({ directory });
    for (const name of ['../up', 'a/b', '.hidden', '']) {
      await expect(disk.open(name, { create: true })).rejects.toThrow('plain file name');
    }
  });

  test('a second process is refused, with the pid of the first and the directory', async () => {
    const first = await lockingChild();
    expect(await first.go()).toBe('locked');
    const refused = new NodeDisk({ directory }).lock();
    await expect(refused).rejects.toMatchObject({
      code: 'data_dir_locked',
      facts: { pid: first.child.pid, directory },
    });
    await expect(refused).rejects.toThrow(`${directory} is in use by process ${first.child.pid}`);
    expect(await (await lockingChild()).go()).toBe('data_dir_locked');
  });

  test('the lock of a killed process is free at once, and only one of many gets it (F43)', async () => {
    const first = await lockingChild();
    expect(await first.go()).toBe('locked');
    const rivals = await Promise.all([lockingChild(), lockingChild(), lockingChild()]);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const outcomes = await Promise.all(rivals.map(({ go }) => go()));
    expect(outcomes.toSorted()).toEqual(['data_dir_locked', 'data_dir_locked', 'locked']);
  });

  test('what is left of a dead holder, even with the pid of a living process, does not lock', async () => {
    const disk = new NodeDisk({ directory });
    await (await disk.lock()).release();
    await writeFile(join(directory, 'lock-holder'), `${process.ppid}\n`);
    const lock = await disk.lock();
    expect(await readFile(join(directory, 'lock-holder'), 'utf8')).toBe(`${process.pid}\n`);
    await lock.release();
    expect(await readdir(directory)).toEqual(['lock']);
  });

  test('a log on a real disk opens again with everything, after a clean end and without one', async () => {
    const open = () => {
      const deps = {
        disk: new NodeDisk({ directory }),
        clock: manualClock(),
        logger: recordingLogger(),
        metrics: recordingMetrics(),
      };
      return openSegmentLog({ segmentBytes: 10_000 }, deps);
    };
    const log = await open();
    const payloads = Array.from({ length: 200 }, (_, index) => `{"n":${index},"pad":"${'x'.repeat(200)}"}`);
    await Promise.all(payloads.map((payload) => log.append([record('registrations/5', payload)])));
    await log.close();
    const again = await open();
    expect((await all(again.read(0))).map(({ payload }) => payload)).toEqual(payloads);
    await again.close();
  });
});
