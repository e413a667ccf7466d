import { assert } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Disk, DiskFile, DiskLock } from '../../ports/disk.ts';
import type { CrashSurvival, DecideFault, DirectoryChange, DiskFault, DiskOperation } from './disk-fault.ts';
import { UnsyncedContent } from './unsynced-content.ts';

export interface MemoryDiskOptions {
  /** Asked at every operation; may also be set later through `decideFault`. */
  readonly decideFault?: DecideFault;
  /** Writes that would grow the files beyond this many bytes together fail with ENOSPC. Default: no bound. */
  readonly capacityBytes?: number;
}

/**
 * A disk that forgets what was not synced. A process sees its own writes at once; a crash leaves
 * what `dataSync` and `syncDirectory` made durable, and as much of the rest as the caller decides.
 * The caller also decides, operation by operation, what fails.
 */
export class MemoryDisk implements Disk {
  decideFault: DecideFault;
  /** May be changed at any time. */
  capacityBytes: number;
  #files = new Map<string, UnsyncedContent>();
  #durableFiles = new Map<string, UnsyncedContent>();
  #directoryChanges: { readonly change: DirectoryChange; readonly content: UnsyncedContent | null }[] = [];
  #operations = 0;
  #crashed = false;
  /** Counts the restarts: what was opened before one is dead after it. */
  #life = 0;
  #holder: object | null = null;

  constructor(options: MemoryDiskOptions = {}) {
    this.decideFault = options.decideFault ?? (() => null);
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Operations so far; each is a point to crash at. */
  get operations(): number {
    return this.#operations;
  }

  get hasCrashed(): boolean {
    return this.#crashed;
  }

  /** Stops everything: every call rejects with `disk_crashed` until `restart` or `restartProcess`. */
  crash(): void {
    this.#crashed = true;
  }

  /** Power is back, after a crash or cutting it now: files are what survived, locks are free, old handles dead. */
  restart(survival: CrashSurvival): void {
    for (const { change, content } of this.#directoryChanges) {
      if (survival.keepsDirectoryChange(change)) applyToDirectory(this.#durableFiles, change, content);
    }
    this.#directoryChanges = [];
    this.#files = new Map(this.#durableFiles);
    for (const content of new Set(this.#files.values())) content.crash(survival.keepsBlock, survival.blockBytes);
    this.restartProcess();
  }

  /** The process was killed but not the machine: all that was written is seen, and what was not synced still is not. */
  restartProcess(): void {
    this.#crashed = false;
    this.#life += 1;
    this.#holder = null;
  }

  /** The file's bytes as a process sees them. */
  contents(name: string): Uint8Array {
    const content = this.#content(name);
    return content.read(0, content.length);
  }

  /** Inverts one bit of what is stored, as a failing medium does. */
  flipBit(name: string, offset: number, bit = 0): void {
    this.#content(name).flipBit(offset, bit);
  }

  async list(): Promise<readonly string[]> {
    await this.begin('list', null, 0);
    return [...this.#files.keys()].sort();
  }

  async open(name: string, options: { readonly create?: boolean } = {}): Promise<DiskFile> {
    const creates = options.create === true && !this.#files.has(name);
    await this.begin(creates ? 'create' : 'open', name, 0, () => {
      if (creates) this.#changeDirectory({ kind: 'create', name }, new UnsyncedContent());
    });
    return new MemoryDiskFile(this, name, this.#content(name), this.#life);
  }

  async remove(name: string): Promise<void> {
    await this.begin('remove', name, 0, () => {
      this.#content(name);
      this.#changeDirectory({ kind: 'remove', name }, null);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.begin('rename', from, 0, () => {
      this.#changeDirectory({ kind: 'rename', from, to }, this.#content(from));
    });
  }

  async syncDirectory(): Promise<void> {
    const fault = await this.begin('sync_directory', null, 0);
    if (fault?.kind === 'lie') return;
    for (const { change, content } of this.#directoryChanges) applyToDirectory(this.#durableFiles, change, content);
    this.#directoryChanges = [];
  }

  async lock(): Promise<DiskLock> {
    await this.begin('lock', null, 0);
    if (this.#holder !== null) throw new TxTrailError('data_dir_locked', 'The memory disk is locked already.');
    const holder = {};
    this.#holder = holder;
    return {
      release: async () => {
        if (this.#holder === holder) this.#holder = null;
      },
    };
  }

  /**
   * Announces an operation and lives through what is decided for it. `effect` is what the operation
   * does to unsynced state: a crash `during` it leaves that to the survival. Gives the fault where
   * the caller itself must act it out.
   */
  async begin(
    kind: DiskOperation['kind'],
    name: string | null,
    bytes: number,
    effect: () => void = () => undefined,
    life = this.#life,
  ): Promise<DiskFault | null> {
    this.assertAlive(life);
    const fault = this.decideFault({ index: this.#operations++, kind, name, bytes });
    // Even a fast disk answers later, never within the call.
    await (fault?.kind === 'delay' ? fault.until : null);
    this.assertAlive(life);
    if (fault?.kind === 'crash') {
      if (fault.when === 'during') effect();
      this.crash();
      this.assertAlive(life);
    }
    if (fault?.kind === 'fail') throw diskError(fault.code, kind, name);
    if (fault?.kind !== 'short_write') effect();
    return fault;
  }

  /** @throws an ENOSPC error where the files may not grow by so much. */
  assertRoom(growthBytes: number, name: string): void {
    if (growthBytes <= 0 || this.capacityBytes === Number.POSITIVE_INFINITY) return;
    let used = 0;
    for (const content of this.#files.values()) used += content.length;
    if (used + growthBytes > this.capacityBytes) throw diskError('ENOSPC', 'write', name);
  }

  /** @throws TxTrailError `disk_crashed` for what was opened before the last crash. */
  assertAlive(life: number): void {
    if (this.#crashed || life !== this.#life) {
      throw new TxTrailError('disk_crashed', 'The memory disk has crashed since.');
    }
  }

  #content(name: string): UnsyncedContent {
    const content = this.#files.get(name);
    if (content === undefined) throw diskError('ENOENT', 'open', name);
    return content;
  }

  #changeDirectory(change: DirectoryChange, content: UnsyncedContent | null): void {
    applyToDirectory(this.#files, change, content);
    this.#directoryChanges.push({ change, content });
  }
}

class MemoryDiskFile implements DiskFile {
  readonly #disk: MemoryDisk;
  readonly #name: string;
  readonly #content: UnsyncedContent;
  readonly #life: number;
  #closed = false;

  constructor(disk: MemoryDisk, name: string, content: UnsyncedContent, life: number) {
    this.#disk = disk;
    this.#name = name;
    this.#content = content;
    this.#life = life;
  }

  async size(): Promise<number> {
    this.#assertOpen();
    this.#disk.assertAlive(this.#life);
    return this.#content.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.#begin('read', length);
    return this.#content.read(offset, length);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const fault = await this.#begin('write', bytes.length, () => {
      this.#disk.assertRoom(offset + bytes.length - this.#content.length, this.#name);
      this.#content.write(offset, bytes);
    });
    if (fault?.kind !== 'short_write') return;
    this.#content.write(offset, bytes.subarray(0, fault.bytes));
    throw diskError(fault.code, 'write', this.#name);
  }

  async dataSync(): Promise<void> {
    let fault: DiskFault | null;
    try {
      fault = await this.#begin('data_sync', 0);
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'disk_crashed') this.#content.forgetChanges();
      throw error;
    }
    if (fault?.kind !== 'lie') this.#content.sync();
  }

  async truncate(length: number): Promise<void> {
    await this.#begin('truncate', length, () => this.#content.truncate(length));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #begin(kind: DiskOperation['kind'], bytes: number, effect?: () => void): Promise<DiskFault | null> {
    this.#assertOpen();
    return this.#disk.begin(kind, this.#name, bytes, effect, this.#life);
  }

  #assertOpen(): void {
    assert(!this.#closed, `${this.#name} was closed`);
  }
}

function applyToDirectory(
  files: Map<string, UnsyncedContent>,
  change: DirectoryChange,
  content: UnsyncedContent | null,
): void {
  files.delete(change.kind === 'rename' ? change.from : change.name);
  if (content !== null) files.set(change.kind === 'rename' ? change.to : change.name, content);
}

function diskError(code: string, kind: DiskOperation['kind'], name: string | null): Error {
  return Object.assign(new Error(`${code}: ${kind} ${name ?? 'directory'}`), { code });
}
