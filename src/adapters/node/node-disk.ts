import { constants, close, fdatasync, fstat, ftruncate, open, read, write } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assert } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Disk, DiskFile, DiskLock } from '../../ports/disk.ts';
import { makeDirectory, syncDirectory, unusableDirectory } from './data-directory.ts';
import { isLockFile, takeDirectoryLock } from './directory-lock.ts';

export interface NodeDiskOptions {
  /** The data directory; made, with its parents, when it is locked or first written to. */
  readonly directory: string;
}

/** The data directory on the machine's file system. Only its owner may read what is written. */
export class NodeDisk implements Disk {
  readonly #directory: string;
  #made: Promise<void> | null = null;
  #directoryFailure: unknown = null;

  constructor(options: NodeDiskOptions) {
    this.#directory = resolve(options.directory);
  }

  async list(): Promise<readonly string[]> {
    await this.#make();
    const entries = await readdir(this.#directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !isLockFile(entry.name))
      .map((entry) => entry.name)
      .sort();
  }

  async open(name: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    await this.#make();
    const flags = constants.O_RDWR | (options.create === true ? constants.O_CREAT : 0);
    return new NodeDiskFile(await openFile(this.#path(name), flags));
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name));
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#path(from), this.#path(to));
  }

  /** A failure is remembered: the kernel reports it once, and a second call would succeed without having synced. */
  async syncDirectory(): Promise<void> {
    await this.#make();
    if (this.#directoryFailure !== null) throw this.#directoryFailure;
    try {
      await syncDirectory(this.#directory);
    } catch (cause) {
      this.#directoryFailure = cause;
      throw cause;
    }
  }

  /** @throws TxTrailError `data_dir_unusable` as well, where the directory cannot be made or written to. */
  async lock(): Promise<DiskLock> {
    await this.#make();
    try {
      return await takeDirectoryLock(this.#directory);
    } catch (cause) {
      throw cause instanceof TxTrailError ? cause : unusableDirectory(this.#directory, cause);
    }
  }

  #make(): Promise<void> {
    this.#made ??= makeDirectory(this.#directory);
    return this.#made;
  }

  #path(name: string): string {
    assert(/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name), `not a plain file name: ${name}`);
    return join(this.#directory, name);
  }
}

/** On a bare descriptor: the callback calls cost half of what the promise ones do, and each group pays them twice. */
class NodeDiskFile implements DiskFile {
  readonly #descriptor: number;
  #closed = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  size(): Promise<number> {
    return new Promise((settle, fail) => {
      fstat(this.#descriptor, (error, stats) => (error === null ? settle(stats.size) : fail(error)));
    });
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      const count = await readOnce(this.#descriptor, bytes, done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) done += await writeOnce(this.#descriptor, bytes, done, offset + done);
  }

  dataSync(): Promise<void> {
    return settled((callback) => fdatasync(this.#descriptor, callback));
  }

  truncate(length: number): Promise<void> {
    return settled((callback) => ftruncate(this.#descriptor, length, callback));
  }

  async close(): Promise<void> {
    // A second close could hit another file that was given the same number.
    if (this.#closed) return;
    this.#closed = true;
    await settled((callback) => close(this.#descriptor, callback));
  }
}

function openFile(path: string, flags: number): Promise<number> {
  return new Promise((settle, fail) => {
    open(path, flags, 0o600, (error, descriptor) => (error === null ? settle(descriptor) : fail(error)));
  });
}

function readOnce(descriptor: number, bytes: Uint8Array, at: number, offset: number): Promise<number> {
  return new Promise((settle, fail) => {
    read(descriptor, bytes, at, bytes.length - at, offset, (error, count) => (error ? fail(error) : settle(count)));
  });
}

function writeOnce(descriptor: number, bytes: Uint8Array, at: number, offset: number): Promise<number> {
  return new Promise((settle, fail) => {
    write(descriptor, bytes, at, bytes.length - at, offset, (error, count) => (error ? fail(error) : settle(count)));
  });
}

function settled(call: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((settle, fail) => {
    call((error) => (error ? fail(error) : settle()));
  });
}
