import { defaultRetention, type RetentionOptions } from '../notify/retention.ts';
import { defaultSnapshotEveryBytes, defaultSnapshotEveryMs } from '../recover/snapshotter.ts';

/** How much of what a tracker keeps where: what a smaller or larger machine would want otherwise. */
export interface TrackerLimits {
  /** A segment of the log is closed before it would grow beyond this; undefined: the log's own default. */
  readonly segmentBytes?: number | undefined;
  /** The state is written down after so much growth of the log, or so much time. */
  readonly snapshotEveryBytes: number;
  readonly snapshotEveryMs: number;
  /** The newest events kept in memory. */
  readonly tailEvents: number;
  readonly retention: RetentionOptions;
}

export const defaultTrackerLimits: TrackerLimits = {
  snapshotEveryBytes: defaultSnapshotEveryBytes,
  snapshotEveryMs: defaultSnapshotEveryMs,
  // Some minutes of a busy day, about 50 MB.
  tailEvents: 20_000,
  retention: defaultRetention,
};
