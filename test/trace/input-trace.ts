import { openSegmentLog } from '../../src/adapters/segment-log/open-segment-log.ts';
import type { Config } from '../../src/config/config.ts';
import type { FactRecord } from '../../src/core/records/fact-record.ts';
import type { RegistrationRecord } from '../../src/core/records/registration-record.ts';
import type { StreamName } from '../../src/core/records/stream.ts';
import type { EventScope } from '../../src/ports/event-reader.ts';
import type { LogRecord } from '../../src/ports/record-log.ts';
import type { TrackerLimits } from '../../src/runtime/tracker-limits.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../harness/recording-ports.ts';
import { armedFor } from '../simulation/faults.ts';
import { type Remains, runPlan } from '../simulation/run-seed.ts';
import { planOf } from '../simulation/seed-plan.ts';

/** What reached the tracker from outside, each as it was written down. What it derived from it is not here. */
export type TraceInput =
  /** Time alone went on. */
  | { readonly kind: 'moment' }
  /** The process began, or began anew. */
  | { readonly kind: 'start' }
  | { readonly kind: 'block'; readonly chain: string; readonly payload: string }
  | { readonly kind: 'registration' | 'fact'; readonly hash: string; readonly payload: string };

export interface TraceStep {
  /** Unix milliseconds, by the log's own time: never less than the step's before. */
  readonly timeMs: number;
  readonly input: TraceInput;
}

/** Ten minutes of a tracker between simulated chains, providers and clients: all that came in, in its order. */
export interface InputTrace {
  readonly seed: number;
  readonly config: Config;
  readonly limits: TrackerLimits;
  /** The faults that were armed while it was recorded. */
  readonly faults: readonly string[];
  readonly steps: readonly TraceStep[];
  /** Whose events there are. */
  readonly scopes: readonly EventScope[];
}

/**
 * Runs a seed of the simulator and reads what came in from the log that it leaves on its disk. The
 * run has one segment, so that nothing of its log is given up.
 */
export async function recordTrace(seed: number): Promise<InputTrace> {
  const plan = planOf(seed);
  const { config, limits } = plan;
  const { remains } = await runPlan({ ...plan, limits: { ...limits, segmentBytes: undefined } });
  const steps: TraceStep[] = [];
  const scopes = new Map<string, EventScope>();
  for (const record of await recordsOf(remains)) {
    const input = inputOf(record);
    if (input === null) continue;
    steps.push({ timeMs: record.timeMs, input });
    if (input.kind !== 'registration') continue;
    const { tenant, subscriber } = JSON.parse(input.payload) as RegistrationRecord;
    scopes.set(JSON.stringify([tenant, subscriber]), { tenant, subscriber });
  }
  return { seed, config, limits, faults: [...armedFor(seed).keys()], steps, scopes: [...scopes.values()] };
}

async function recordsOf({ disk }: Remains): Promise<readonly LogRecord[]> {
  disk.decideFault = () => null;
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  disk.restartProcess();
  const log = await openSegmentLog(
    {},
    { disk, clock: manualClock(), logger: recordingLogger(), metrics: recordingMetrics() },
  );
  try {
    if (log.start !== 0) throw new Error(`the log of the run begins at ${log.start}`);
    const own = log.end;
    const records = await Array.fromAsync(log.read(0));
    // The last is the claim of whoever reads here.
    return records.filter(({ position }) => position < own).slice(0, -1);
  } finally {
    await log.close();
  }
}

function inputOf({ stream, payload }: LogRecord): TraceInput | null {
  const [log, shard] = partsOf(stream);
  switch (log) {
    case 'journal':
      return { kind: (JSON.parse(payload) as { readonly kind: string }).kind === 'claim' ? 'start' : 'moment' };
    case 'blocks':
      return { kind: 'block', chain: shard, payload };
    case 'registrations':
      return { kind: 'registration', hash: (JSON.parse(payload) as RegistrationRecord).hash, payload };
    case 'facts': {
      const { kind, hash } = JSON.parse(payload) as FactRecord;
      return kind === 'siblings' ? null : { kind: 'fact', hash, payload };
    }
    default:
      return null;
  }
}

function partsOf(stream: StreamName): readonly [string, string] {
  const slash = stream.indexOf('/');
  return [stream.slice(0, slash), stream.slice(slash + 1)];
}
