import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { runSeeds, type TimedResult } from '../../test/simulation/run-seeds.ts';
import { sometimes } from '../../test/simulation/sometimes.ts';

// npm run prove -- simulate [COUNT]: the seeds 1 to COUNT (default 10,000) of the simulator, and some of them
// again in other processes. Fails where a promise is broken, a state is never reached or a trace differs.

const count = Number(process.argv[2] ?? 10_000);
/** So many of them run a second time, one after another in one process. */
const again = Math.min(100, count);

const beganMs = performance.now();
let done = 0;
const results = await runSeeds({ from: 1, to: count, onResult: tell });
const tookMs = performance.now() - beganMs;
const repeated = await runSeeds({ from: 1, to: again, workers: 1, nodeArguments: ['--single-threaded'] });

const failed = results.filter(({ problems }) => problems.length > 0);
const reached = countStates(results);
const missing = sometimes.filter((state) => !reached.has(state));
const differing = repeated.filter((result, index) => result.traceHash !== results[index]?.traceHash);

report();
process.exitCode = failed.length + missing.length + differing.length === 0 && results.length === count ? 0 : 1;

/** Failures at once, and now and then how far it is. */
function tell({ seed, problems }: TimedResult): void {
  done += 1;
  for (const problem of problems) console.log(`seed ${seed}: PROBLEM ${problem}`);
  if (problems.length > 0) console.log(`npm run simulate -- --seed ${seed}`);
  if (done % 500 === 0) console.log(`${done} of ${count} seeds after ${minutes(performance.now() - beganMs)} minutes`);
}

function countStates(all: readonly TimedResult[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const state of all.flatMap((result) => result.reached)) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

function report(): void {
  const simulatedMs = results.reduce((total, result) => total + result.simulatedMs, 0);
  const coreMs = results.reduce((total, result) => total + result.coreMs, 0);
  const sorted = results.map((result) => result.coreMs).sort((left, right) => left - right);
  const steps = results.reduce((total, result) => total + result.steps, 0);
  const cores = availableParallelism();
  console.log(`\n${results.length} seeds on ${cores} cores in ${minutes(tookMs)} minutes`);
  console.log(
    `simulated: ${(simulatedMs / 3_600_000).toFixed(0)} hours, ${Math.round(simulatedMs / coreMs)} times as fast as real time on one core`,
  );
  console.log(
    `a seed: ${(coreMs / results.length).toFixed(0)} ms of a core in the mean, ${sorted[Math.floor(sorted.length / 2)]} median, ${sorted.at(-1)} at most; limit 500`,
  );
  console.log(`steps: ${steps}, ${Math.round((steps / coreMs) * 1_000)} a second of a core`);
  console.log(
    `trace of all: ${createHash('sha256')
      .update(results.map(({ traceHash }) => traceHash).join('\n'))
      .digest('hex')}`,
  );
  console.log(
    `run again in one process without helper threads: ${repeated.length}, of which ${differing.length} differ`,
  );
  console.log('\nstates, and how many seeds reached each:');
  for (const [state, seeds] of [...reached].sort(([, left], [, right]) => right - left))
    console.log(`${String(seeds).padStart(6)}  ${state}`);
  for (const state of missing) console.log(`     0  ${state}: NEVER REACHED`);
  for (const { seed } of differing) console.log(`seed ${seed}: its trace differs from one process to the other`);
  console.log(
    `\n${failed.length} of ${results.length} seeds broke a promise${failed.length === 0 ? '' : `: ${failed.map(({ seed }) => seed).join(', ')}`}`,
  );
}

function minutes(ms: number): string {
  return (ms / 60_000).toFixed(1);
}
