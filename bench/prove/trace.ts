import { parseArgs } from 'node:util';
import { findKafka, findPostgres } from '../../test/harness/services.ts';
import { type InputTrace, recordTrace } from '../../test/trace/input-trace.ts';
import { memoryWay } from '../../test/trace/memory-way.ts';
import { playTrace, type TraceReport } from '../../test/trace/play-trace.ts';
import { ServiceWay } from '../../test/trace/service-way.ts';

// npm run prove -- trace [--seeds COUNT] [--real COUNT]: what came in at the simulated trackers of the seeds
// 1 to COUNT (default 144, a day of ten minutes each) goes through the embedded stages and through the
// distributed units and lanes, which must tell the same. The first few (default 6, an hour) go through the real
// services too: npm run services starts them.
const { values } = parseArgs({ options: { seeds: { type: 'string' }, real: { type: 'string' } } });
const seeds = Number(values.seeds ?? 144);
const real = Math.min(seeds, Number(values.real ?? 6));

const beganMs = performance.now();
const brokers = findKafka();
const hasServices = brokers !== null && findPostgres() !== null;
const reports: TraceReport[] = [];
let problems = 0;

for (let seed = 1; seed <= seeds; seed += 1) {
  const trace = await recordTrace(seed);
  await play('memory', trace, () => playTrace(trace, (clock) => memoryWay(trace, clock)));
  if (seed > real || brokers === null || !hasServices) continue;
  await play('Kafka and PostgreSQL', trace, () => playTrace(trace, (clock) => ServiceWay.open(brokers, trace, clock)));
}
if (!hasServices && real > 0) {
  problems += 1;
  console.log('PROBLEM there are no services: npm run services');
}
summarise();
process.exitCode = problems === 0 ? 0 : 1;

async function play(over: string, { seed, config }: InputTrace, run: () => Promise<TraceReport>): Promise<void> {
  const startedMs = performance.now();
  try {
    const report = await run();
    reports.push(report);
    problems += report.differences.length;
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.log(
      `seed ${seed} over ${over}: ${config.chains.length} chains, ${report.steps} inputs, ${report.starts} starts, ${report.transactions} transactions, ${eventsOf(report)} events, ${report.differences.length} differences, ${seconds} s`,
    );
    for (const difference of report.differences) console.log(`PROBLEM ${difference}`);
  } catch (error) {
    problems += 1;
    console.log(`PROBLEM seed ${seed} over ${over}:`, error);
  }
}

function eventsOf({ types }: TraceReport): number {
  return [...types.values()].reduce((sum, count) => sum + count, 0);
}

function summarise(): void {
  const counts = new Map<string, number>();
  for (const [type, count] of reports.flatMap(({ types }) => [...types])) {
    counts.set(type, (counts.get(type) ?? 0) + count);
  }
  const total = (of: (report: TraceReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0);
  console.log('\nevents that both ways told:');
  for (const [type, count] of [...counts].sort(([, left], [, right]) => right - left)) {
    console.log(`${String(count).padStart(7)}  ${type}`);
  }
  console.log(
    `\n${reports.length} runs, ${total(({ steps }) => steps)} inputs, ${total(({ starts }) => starts)} starts, ${total(({ transactions }) => transactions)} transactions, ${total(eventsOf)} events in ${((performance.now() - beganMs) / 60_000).toFixed(1)} minutes, ${problems} problems`,
  );
}
