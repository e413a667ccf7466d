import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { SeedResult } from './run-seed.ts';

/** A seed's result as a process tells it, with the time it took. */
export interface TimedResult extends SeedResult {
  /** Time of a core that it took, milliseconds: what others do on the machine does not count. */
  readonly coreMs: number;
}

export interface RunSeedsOptions {
  readonly from: number;
  readonly to: number;
  /** Processes at a time. Default: one a core. */
  readonly workers?: number;
  /** For the node that runs them. */
  readonly nodeArguments?: readonly string[];
  readonly onResult?: (result: TimedResult) => void;
}

const forManyRuns = [
  // Runs make much that is soon forgotten; a larger nursery spares a tenth of the time.
  '--max-semi-space-size=64',
  // What a run leaves is garbage when it ends, and there is room for the next one: collecting it seldom spares 3 %.
  '--initial-old-space-size=512',
  // What runs once a seed, as a start does, would be let go of and compiled anew each time: another 3 %.
  '--no-flush-bytecode',
];

const command = fileURLToPath(new URL('simulate.ts', import.meta.url));

/** Runs every seed from `from` to `to`, both included, in processes of their own; the results by seed. */
export async function runSeeds(options: RunSeedsOptions): Promise<readonly TimedResult[]> {
  const workers = options.workers ?? availableParallelism();
  const results: TimedResult[] = [];
  await Promise.all(
    Array.from({ length: workers }, (_, index) =>
      runPart(`${index}/${workers}`, options, (result) => {
        results.push(result);
        options.onResult?.(result);
      }),
    ),
  );
  return results.sort((left, right) => left.seed - right.seed);
}

function runPart(part: string, options: RunSeedsOptions, onResult: (result: TimedResult) => void): Promise<void> {
  const { from, to, nodeArguments = [] } = options;
  const seeds = ['--seeds', `${from}-${to}`, '--part', part, '--json'];
  const child = spawn(process.execPath, [...forManyRuns, ...nodeArguments, command, ...seeds], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => onResult(JSON.parse(line) as TimedResult));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      // 1 says that a seed failed, which its result says too.
      if (code === 0 || code === 1) resolve();
      else reject(new Error(`part ${part} of the seeds ${from}-${to} ended with ${code ?? signal}`));
    });
  });
}
