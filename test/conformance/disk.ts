import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Disk } from '../../src/ports/disk.ts';

export interface DiskFixture {
  /** Empty at first. */
  readonly disk: Disk;
  dispose(): Promise<void>;
}

/** What the port `Disk` promises while nothing fails; what survives a crash is each adapter's own test. */
export function diskSuite(name: string, create: () => Promise<DiskFixture>): void {
  describe(`disk: ${name}`, () => {
    let fixture: DiskFixture;
    let disk: Disk;

    beforeEach(async () => {
      fixture = await create();
      disk = fixture.disk;
    });
    afterEach(() => fixture.dispose());

    test('reads back what was written, also over gaps and the end', async () => {
      const file = await disk.open('a', { create: true });
      await file.write(0, bytes('hello'));
      await file.write(8, bytes('world'));
      await file.write(1, bytes('E'));
      expect(await file.size()).toBe(13);
      expect(text(await file.read(0, 13))).toBe('hEllo\0\0\0world');
      expect(text(await file.read(10, 100))).toBe('rld');
      expect(await file.read(13, 5)).toHaveLength(0);
      await file.dataSync();
      await file.close();
    });

    test('what was written may be changed by its owner afterwards', async () => {
      const file = await disk.open('a', { create: true });
      const written = bytes('before');
      await file.write(0, written);
      written.set(bytes('after!'));
      expect(text(await file.read(0, 6))).toBe('before');
      await file.close();
    });

    test('truncates shorter and, with zeros, longer', async () => {
      const file = await disk.open('a', { create: true });
      await file.write(0, bytes('hello'));
      await file.truncate(2);
      await file.truncate(4);
      expect(text(await file.read(0, 10))).toBe('he\0\0');
      expect(await file.size()).toBe(4);
      await file.close();
    });

    test('two handles see the same file', async () => {
      const writer = await disk.open('a', { create: true });
      const reader = await disk.open('a');
      await writer.write(0, bytes('shared'));
      expect(text(await reader.read(0, 6))).toBe('shared');
      await writer.close();
      await reader.close();
    });

    test('lists, renames over what is there, and removes', async () => {
      for (const name of ['c.seg', 'a.tmp', 'b.seg']) {
        const file = await disk.open(name, { create: true });
        await file.write(0, bytes(name));
        await file.close();
      }
      expect(await disk.list()).toEqual(['a.tmp', 'b.seg', 'c.seg']);
      await disk.rename('a.tmp', 'b.seg');
      await disk.remove('c.seg');
      await disk.syncDirectory();
      expect(await disk.list()).toEqual(['b.seg']);
      const file = await disk.open('b.seg');
      expect(text(await file.read(0, 10))).toBe('a.tmp');
      await file.close();
    });

    test('opening with create keeps what is there', async () => {
      const first = await disk.open('a', { create: true });
      await first.write(0, bytes('kept'));
      await first.close();
      const second = await disk.open('a', { create: true });
      expect(text(await second.read(0, 10))).toBe('kept');
      await second.close();
    });

    test('what is not there cannot be opened, renamed or removed', async () => {
      await expect(disk.open('none')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.rename('none', 'other')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.remove('none')).rejects.toMatchObject({ code: 'ENOENT' });
    });

    test('a removed file stays readable to who has it open', async () => {
      const file = await disk.open('a', { create: true });
      await file.write(0, bytes('still'));
      await disk.remove('a');
      expect(text(await file.read(0, 5))).toBe('still');
      await file.close();
    });

    test('one lock at a time; released, it is free; the lock is no file of the data', async () => {
      const lock = await disk.lock();
      await expect(disk.lock()).rejects.toMatchObject({ code: 'data_dir_locked' });
      await expect(disk.lock()).rejects.toMatchObject({ code: 'data_dir_locked' });
      expect(await disk.list()).toEqual([]);
      await lock.release();
      const again = await disk.lock();
      // A second release of the first lock must not open the door that another holds shut.
      await lock.release();
      await expect(disk.lock()).rejects.toMatchObject({ code: 'data_dir_locked' });
      await again.release();
    });
  });
}

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
