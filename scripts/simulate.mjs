// npm run simulate -- --seed N | --seeds FROM-TO: see test/simulation/simulate.ts.

import { join } from 'node:path';
import { run, runMain, setUp } from './setup.mjs';

await runMain(async () => {
  const { node, environment } = await setUp();
  return run(node, [join('test', 'simulation', 'simulate.ts'), ...process.argv.slice(2)], { env: environment });
});
