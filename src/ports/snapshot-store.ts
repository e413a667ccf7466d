import type { Position } from './record-log.ts';

/** A named part of a snapshot; what the text means is its owner's business. */
export interface SnapshotSection {
  readonly name: string;
  readonly text: string;
}

/** The state after every record below `position` was applied: replaying goes on at `position`. */
export interface Snapshot {
  readonly position: Position;
  /** In the order they were saved. Damage that appears only now throws `snapshot_corrupt`. */
  readonly sections: AsyncIterable<SnapshotSection>;
}

export interface SavedSnapshot {
  readonly bytes: number;
  /** The log may be trimmed below this: the snapshot before, kept as a spare, needs all from here on. */
  readonly trimBefore: Position;
}

/**
 * Snapshots that shorten a replay. The log stays the truth: a snapshot may only stand on what was
 * durable when it was taken, and losing every one costs time, as long as the log was not trimmed.
 */
export interface SnapshotStore {
  /**
   * Writes a snapshot aside and puts it in place when it is whole and durable; keeps the one
   * before, removes older ones. `position` is not below that of the newest.
   * @throws TxTrailError `snapshot_failed` (retryable): the ones there stay as they were.
   */
  save(
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<SavedSnapshot>;

  /**
   * The newest whole snapshot; null where there is none, or where none is whole but the log still
   * begins at 0. Falls back to an older one only if the log (whose oldest position is given, null
   * for no log) still reaches back to it.
   * @throws TxTrailError `snapshot_corrupt` where nothing whole is left that the log goes on from;
   *   `snapshot_version_unknown` where a newer program wrote it.
   */
  loadLatest(oldestLogPosition: Position | null): Promise<Snapshot | null>;
}
