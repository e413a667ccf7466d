// npm test: everything that is checked, with what it needs set up first. The last line is always
// "N passed, N failed, N skipped".

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDashboard } from './build-dashboard.mjs';
import { run, runMain, setUp } from './setup.mjs';
import { ensureChromium } from './services/chromium.mjs';
import { ensureCompiler } from './services/compiler.mjs';
import { ensureGeth } from './services/geth.mjs';
import { ensureSchemathesis } from './services/schemathesis.mjs';
import { addTallies, emptyTally, readVitestReport } from './test-report.mjs';

/** Each is one item of the count: passed or failed. */
const checks = [
  { name: 'types (tsc)', command: 'tsc', arguments: ['--noEmit'] },
  {
    name: 'types of the live page (svelte-check)',
    command: join('dashboard', 'node_modules', '.bin', 'svelte-check'),
    arguments: ['--workspace', 'dashboard', '--tsconfig', './tsconfig.json', '--fail-on-warnings'],
  },
  { name: 'lint and format (biome)', command: 'biome', arguments: ['check', '--error-on-warnings', '.'] },
  { name: 'unused files, exports and dependencies (knip)', command: 'knip', arguments: ['--no-progress'] },
];

/** What the tests find in the environment: the place of each real part, none where it cannot be had. */
const services = {
  TXTRAIL_GETH: ensureGeth,
  TXTRAIL_CHROMIUM: ensureChromium,
  TXTRAIL_CC: ensureCompiler,
  TXTRAIL_SCHEMATHESIS: ensureSchemathesis,
};

await runMain(async () => {
  const given = process.argv.slice(2);
  const unitOnly = given.includes('--unit');
  const filters = given.filter((argument) => argument !== '--unit');
  const { environment } = await setUp();
  const tested = unitOnly ? environment : await withServices(environment);
  let tally = emptyTally();
  if (filters.length === 0) tally = await runChecks(environment);
  tally = addTallies(tally, await runVitest(tested, unitOnly ? ['--project', 'unit', ...filters] : filters));
  return report(tally);
});

async function withServices(environment) {
  await ensureDashboard(environment);
  const found = { ...environment };
  for (const [name, ensure] of Object.entries(services)) {
    const place = await ensure();
    if (place === null) delete found[name];
    else found[name] = place;
  }
  return found;
}

async function runChecks(environment) {
  const tally = emptyTally();
  for (const check of checks) {
    console.log(`\n--- ${check.name}`);
    const code = await run(check.command, check.arguments, { env: environment }).catch((error) => {
      console.error(error.message);
      return 1;
    });
    if (code === 0) tally.passed += 1;
    else tally.failed.push(check.name);
  }
  return tally;
}

async function runVitest(environment, vitestArguments) {
  console.log('\n--- tests (vitest)');
  const folder = mkdtempSync(join(tmpdir(), 'txtrail-test-'));
  const reportFile = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  try {
    const code = await run('vitest', ['run', ...reporters, ...vitestArguments], { env: environment });
    return readVitestReport(reportFile, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(tally) {
  for (const name of tally.skipped) console.error(`*** SKIPPED: ${name}`);
  for (const name of tally.failed) console.error(`*** FAILED: ${name}`);
  console.log(`\n${tally.passed} passed, ${tally.failed.length} failed, ${tally.skipped.length} skipped`);
  return tally.failed.length > 0 ? 1 : 0;
}
