// npm run simulate -- --seed N [--explain [HASH|tx_ID]] | --seeds FROM-TO: see test/simulation/simulate.ts.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot, runMain, setUp } from './setup.mjs';

await runMain(async () => {
  const { node, environment } = await setUp();
  const child = spawn(node, [join('test', 'simulation', 'simulate.ts'), ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  // A terminal sends its interrupt to the child as well, which ends with the exit code of the run.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
});
