import type { KeepsBlock } from './unsynced-content.ts';

/** One call that reached the disk, numbered from 0 since the disk was made: a crash point. */
export interface DiskOperation {
  readonly index: number;
  readonly kind:
    | 'open'
    | 'create'
    | 'remove'
    | 'rename'
    | 'sync_directory'
    | 'read'
    | 'write'
    | 'data_sync'
    | 'truncate'
    | 'list'
    | 'lock';
  /** The file's name; the old one of a rename; null for the directory. */
  readonly name: string | null;
  /** Bytes of a read or write, the new length of a truncation, else 0. */
  readonly bytes: number;
}

export type DiskFault =
  /** The call rejects with this error code and has no effect; a failed data_sync also loses the unsynced writes. */
  | { readonly kind: 'fail'; readonly code: 'EIO' | 'ENOSPC' | 'EROFS' }
  /** A write stores its first bytes only, then rejects. */
  | { readonly kind: 'short_write'; readonly bytes: number; readonly code: 'EIO' | 'ENOSPC' }
  /** A sync says that it did, and did not. */
  | { readonly kind: 'lie' }
  /** The machine stops before the call, or with its effect still unsynced. Everything rejects until `restart`. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'during' }
  /** The call goes on when the promise resolves. */
  | { readonly kind: 'delay'; readonly until: Promise<void> };

/** Asked at every operation, in the order of their calls; null: no fault. */
export type DecideFault = (operation: DiskOperation) => DiskFault | null;

/** A creation, removal or rename that no syncDirectory has made durable yet. */
export type DirectoryChange =
  | { readonly kind: 'create' | 'remove'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** What a power cut leaves of what was not synced. Synced content always survives. */
export interface CrashSurvival {
  readonly keepsBlock: KeepsBlock;
  readonly keepsDirectoryChange: (change: DirectoryChange) => boolean;
  /** The unit that survives whole or not at all: 512 as on a disk, 1 to tear at any byte. */
  readonly blockBytes: number;
}

/** The power cut that is hardest on what was not synced. */
export const nothingUnsyncedSurvives: CrashSurvival = {
  keepsBlock: () => false,
  keepsDirectoryChange: () => false,
  blockBytes: 512,
};

/** The luckiest power cut: all had reached the disk already. */
export const everythingSurvives: CrashSurvival = {
  keepsBlock: () => true,
  keepsDirectoryChange: () => true,
  blockBytes: 512,
};

/** Each write is cut after its first `bytes` bytes. */
export function tornAfter(bytes: number): CrashSurvival {
  return {
    keepsBlock: (_change, block) => block < bytes,
    keepsDirectoryChange: () => true,
    blockBytes: 1,
  };
}

/** Each block and directory change survives by the toss of a coin: writes reach the disk in any order. */
export function survivalByChance(fraction: () => number, blockBytes: number): CrashSurvival {
  return {
    keepsBlock: () => fraction() < 0.5,
    keepsDirectoryChange: () => fraction() < 0.5,
    blockBytes,
  };
}
