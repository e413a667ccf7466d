import { DistributedTracker } from './distributed-tracker.ts';
import { TrackerProcess } from './tracker-process.ts';

/** A tracker as people run it, whichever way it runs. */
export interface TrackerUnderTest {
  readonly url: string;
  readonly adminUrl: string;
  readonly apiKey: string;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** The vitest project `distributed-e2e` runs the same tests over five processes and the real services. */
export function trackerUnderTest(options: {
  readonly config: { readonly chains: readonly object[] };
}): TrackerUnderTest {
  const isDistributed = process.env['TESTED_MODE'] === 'distributed';
  return isDistributed ? new DistributedTracker(options) : new TrackerProcess(options);
}
