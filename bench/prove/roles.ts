import { parseArgs } from 'node:util';
import { runRoleFaults } from '../kill/role-run.ts';

// The full size of the run over the real services; the test suite runs one round of it.
const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seed: { type: 'string' }, node: { type: 'string' } },
});
const node = values.node === 'anvil' ? 'anvil' : 'geth';
const rounds = Number(values.rounds ?? 10);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

console.log(
  `roles: ${rounds} rounds over ${node}, seed ${seed} (again: node bench/prove/roles.ts --rounds ${rounds} --seed ${seed} --node ${node})`,
);
const report = await runRoleFaults({
  rounds,
  seed,
  node,
  load: { batch: 100, pauseMs: 20, callers: 3 },
  longestLifeMs: 12_000,
  say: (line) => console.log(line),
});
for (const problem of report.problems) console.log(`PROBLEM ${problem}`);
console.log(
  `${report.strikes} strikes, ${report.registered} registrations, ${report.events} events in ${report.deliveries} deliveries, ${report.eventsPerSecond.toFixed(0)} events/s, ${report.cutOff} requests cut off and repeated, ${report.problems.length} problems`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
