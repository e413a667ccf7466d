import { describe, expect, test } from 'vitest';
import { diskSuite } from '../../../test/conformance/disk.ts';
import { everythingSurvives, nothingUnsyncedSurvives, tornAfter } from './disk-fault.ts';
import { MemoryDisk } from './memory-disk.ts';

diskSuite('memory', async () => ({ disk: new MemoryDisk(), dispose: async () => undefined }));

/** A file with synced content and one unsynced write behind it. */
async function diskWithTail(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const file = await disk.open('a', { create: true });
  await disk.syncDirectory();
  await file.write(0, Buffer.from('safe'));
  await file.dataSync();
  await file.write(4, Buffer.from('unsynced'));
  return disk;
}

function contents(disk: MemoryDisk): string {
  return Buffer.from(disk.contents('a')).toString();
}

describe('crashes of the memory disk', () => {
  test('unsynced writes go, stay, or are torn, as the crash decides (F32, F33)', async () => {
    for (const [survival, expected] of [
      [nothingUnsyncedSurvives, 'safe'],
      [everythingSurvives, 'safeunsynced'],
      [tornAfter(3), 'safeuns'],
      [
        { ...everythingSurvives, blockBytes: 4, keepsBlock: (_: unknown, block: number) => block === 1 },
        'safe\0\0\0\0nced',
      ],
    ] as const) {
      const disk = await diskWithTail();
      expect(contents(disk)).toBe('safeunsynced');
      disk.restart(survival);
      expect(contents(disk)).toBe(expected);
    }
  });

  test('creations, renames and removals need a directory sync', async () => {
    const disk = await diskWithTail();
    await disk.open('b', { create: true });
    await disk.rename('a', 'c');
    disk.restart(nothingUnsyncedSurvives);
    expect(await disk.list()).toEqual(['a']);
    await disk.rename('a', 'c');
    await disk.syncDirectory();
    await disk.remove('c');
    disk.restart(nothingUnsyncedSurvives);
    expect(await disk.list()).toEqual(['c']);
    await disk.remove('c');
    disk.restart(everythingSurvives);
    expect(await disk.list()).toEqual([]);
  });

  test('an unsynced truncation may be undone', async () => {
    const disk = await diskWithTail();
    await (await disk.open('a')).truncate(1);
    disk.restart(nothingUnsyncedSurvives);
    expect(contents(disk)).toBe('safe');
  });

  test('after a crash old handles and the lock are dead, and new ones work', async () => {
    const disk = await diskWithTail();
    const old = await disk.open('a');
    await disk.lock();
    disk.crash();
    await expect(old.read(0, 1)).rejects.toMatchObject({ code: 'disk_crashed' });
    await expect(disk.list()).rejects.toMatchObject({ code: 'disk_crashed' });
    disk.restart(everythingSurvives);
    await expect(old.write(0, Buffer.from('x'))).rejects.toMatchObject({ code: 'disk_crashed' });
    await expect(old.dataSync()).rejects.toMatchObject({ code: 'disk_crashed' });
    await (await disk.lock()).release();
    expect(contents(disk)).toBe('safeunsynced');
  });

  test('a killed process loses nothing, until the power goes', async () => {
    const disk = await diskWithTail();
    const old = await disk.open('a');
    disk.restartProcess();
    await expect(old.size()).rejects.toMatchObject({ code: 'disk_crashed' });
    expect(contents(disk)).toBe('safeunsynced');
    disk.restart(nothingUnsyncedSurvives);
    expect(contents(disk)).toBe('safe');
  });

  test('a failed sync loses what it should have written, though it still reads back, and a second sync does not save it (F35)', async () => {
    const disk = await diskWithTail();
    const file = await disk.open('a');
    disk.decideFault = ({ kind }) => (kind === 'data_sync' ? { kind: 'fail', code: 'EIO' } : null);
    await expect(file.dataSync()).rejects.toMatchObject({ code: 'EIO' });
    disk.decideFault = () => null;
    expect(contents(disk)).toBe('safeunsynced');
    await file.dataSync();
    disk.restart(everythingSurvives);
    expect(contents(disk)).toBe('safe');
  });

  test('a lying sync makes nothing durable (F34)', async () => {
    const disk = await diskWithTail();
    disk.decideFault = () => ({ kind: 'lie' });
    await (await disk.open('a')).dataSync();
    disk.restart(nothingUnsyncedSurvives);
    expect(contents(disk)).toBe('safe');
  });

  test('the power may go before an operation or in the middle of it', async () => {
    for (const [when, expected] of [
      ['before', 'safe'],
      ['during', 'more'],
    ] as const) {
      const disk = await diskWithTail();
      const file = await disk.open('a');
      await file.truncate(4);
      await file.dataSync();
      disk.decideFault = ({ kind }) => (kind === 'write' ? { kind: 'crash', when } : null);
      await expect(file.write(0, Buffer.from('more'))).rejects.toMatchObject({ code: 'disk_crashed' });
      expect(disk.hasCrashed).toBe(true);
      disk.restart(everythingSurvives);
      expect(contents(disk)).toBe(expected);
    }
  });

  test('a full disk, a short write and rotten bits (F33, F36, F37)', async () => {
    const disk = new MemoryDisk({ capacityBytes: 6 });
    const file = await disk.open('a', { create: true });
    await file.write(0, Buffer.from('abcdef'));
    await expect(file.write(4, Buffer.from('xyz'))).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.write(3, Buffer.from('xyz'));
    disk.decideFault = ({ kind }) => (kind === 'write' ? { kind: 'short_write', bytes: 1, code: 'ENOSPC' } : null);
    await expect(file.write(0, Buffer.from('123'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(contents(disk)).toBe('1bcxyz');
    disk.flipBit('a', 1, 0);
    expect(contents(disk)).toBe('1ccxyz');
  });

  test('operations are numbered in the order of their calls and may be delayed', async () => {
    const disk = new MemoryDisk();
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const file = await disk.open('a', { create: true });
    disk.decideFault = ({ index, kind, name, bytes }) => {
      seen.push(`${index} ${kind} ${name} ${bytes}`);
      return kind === 'write' ? { kind: 'delay', until: promise } : null;
    };
    const writing = file.write(0, Buffer.from('abc'));
    await file.dataSync();
    expect(contents(disk)).toBe('');
    resolve();
    await writing;
    expect(contents(disk)).toBe('abc');
    expect(seen).toEqual(['1 write a 3', '2 data_sync a 0']);
    expect(disk.operations).toBe(3);
  });
});
