// npm run bench [-- NAME…] [--quick] [--page]: measures beside limits and peers, see bench/run.ts.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureCompiler } from './services/compiler.mjs';
import { repositoryRoot, runMain, setUp } from './setup.mjs';

await runMain(async () => {
  const { node, environment } = await setUp();
  const compiler = await ensureCompiler();
  if (compiler === null) return 1;
  const child = spawn(node, [join('bench', 'run.ts'), ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    env: { ...environment, TXTRAIL_CC: compiler },
    stdio: 'inherit',
  });
  // A terminal sends its interrupt to the child as well; it ends its own processes.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
});
