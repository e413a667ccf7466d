/**
 * The few file operations that durability rests on. The simulator's disk tears, lies and fails
 * behind this interface, so nothing else may touch files of the data directory.
 */
export interface Disk {
  /** File names (not paths) in the data directory, sorted. */
  list(): Promise<readonly string[]>;
  /** Opens for reading and writing at offsets, creating it where `create` is true. */
  open(name: string, options?: { readonly create?: boolean }): Promise<DiskFile>;
  remove(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes creations, removals and renames in the directory durable. */
  syncDirectory(): Promise<void>;
  /** Takes the directory's lock. Throws TxTrailError `data_dir_locked` when another live process holds it. */
  lock(): Promise<DiskLock>;
}

export interface DiskFile {
  size(): Promise<number>;
  /** Bytes read, fewer than asked only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** fdatasync: returns when what was written is durable. A failure must never be retried. */
  dataSync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface DiskLock {
  release(): Promise<void>;
}
