import { parseArgs } from 'node:util';
import { runKills } from '../kill/kill-run.ts';

// The full size of the kill run; the test suite runs a small one. A seed repeats the choices of a run.
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 100);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

console.log(`kill: ${kills} kills, seed ${seed} (again: node bench/prove/kill.ts --kills ${kills} --seed ${seed})`);
const report = await runKills({ kills, seed, say: (line) => console.log(line) });
for (const problem of report.problems) console.log(`PROBLEM ${problem}`);
console.log(
  `${report.strikes} kills, ${report.registered} registrations, ${report.events} events in ${report.deliveries} deliveries, ${report.cutOff} requests cut off and repeated, ${report.problems.length} problems`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
