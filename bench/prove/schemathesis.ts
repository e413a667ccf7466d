import { parseArgs } from 'node:util';
import { ensureSchemathesis } from '../../scripts/services/schemathesis.mjs';
import { startFuzzTarget } from '../../test/harness/fuzz-target.ts';
import { runSchemathesis } from '../../test/harness/schemathesis-run.ts';

// The full size of the run over the served API description; the test suite runs a small one.
const { values } = parseArgs({ options: { examples: { type: 'string' }, seed: { type: 'string' } } });
const examples = Number(values.examples ?? 200);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);

console.log(
  `schemathesis: ${examples} examples, seed ${seed} (again: node bench/prove/schemathesis.ts --examples ${examples} --seed ${seed})`,
);
const command = await ensureSchemathesis();
if (command === null) {
  process.exitCode = 1;
} else {
  const target = await startFuzzTarget();
  const report = await runSchemathesis({ command, examples, seed, say: (line) => console.log(line) }, target);
  const faults = target.faults();
  const exitCode = await target.stop();
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(
    `${report.operations} calls, ${report.generated} requests; schemathesis ${report.exitCode}, tracker ${exitCode}, ${faults.length} faults`,
  );
  process.exitCode = report.exitCode === 0 && exitCode === 0 && faults.length === 0 && report.generated > 0 ? 0 : 1;
}
