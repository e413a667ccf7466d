// npm test: everything that is checked, with what it needs set up first. The last line is always
// "N passed, N failed, N skipped".

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDashboard } from './build-dashboard.mjs';
import { repositoryRoot, run, runMain, setUp, SetupError } from './setup.mjs';
import { startServices, stopServices } from './services/all-services.mjs';
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

/** What the tests find in the environment: the place of each program, none where it cannot be had. */
const programs = {
  TXTRAIL_GETH: ensureGeth,
  TXTRAIL_CHROMIUM: ensureChromium,
  TXTRAIL_CC: ensureCompiler,
  TXTRAIL_SCHEMATHESIS: ensureSchemathesis,
};

/** Tests of Kafka, Redis and PostgreSQL, and of whole processes over them. */
const servicesTest = /\.(?:kafka|redis|postgres|e2e)\.test\.ts$/;

/** An interrupted run still stops the services that it started. */
const interruption = new AbortController();

await runMain(async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interruption.abort());
  const given = process.argv.slice(2);
  const unitOnly = given.includes('--unit');
  const filters = given.filter((argument) => argument !== '--unit');
  const { environment } = await setUp();
  let tally = emptyTally();
  if (filters.length === 0) tally = await runChecks(environment);
  if (unitOnly) return report(addTallies(tally, await runVitest(environment, ['--project', 'unit', ...filters])));
  const withPrograms = await findPrograms(environment);
  if (!wantServices(filters)) return report(addTallies(tally, await runVitest(withPrograms, filters)));
  return report(addTallies(tally, await withServices(withPrograms, (found) => runVitest(found, filters))));
});

async function findPrograms(environment) {
  await ensureDashboard(environment);
  const found = { ...environment };
  for (const [name, ensure] of Object.entries(programs)) {
    const place = await ensure();
    if (place === null) delete found[name];
    else found[name] = place;
  }
  return found;
}

/** Starts Kafka, Redis and PostgreSQL where they do not run, and stops those it started. */
async function withServices(environment, task) {
  console.log('\n--- services (Kafka, Redis, PostgreSQL)');
  const { environment: addresses, startedHere } = await startServices();
  try {
    return await task({ ...environment, ...addresses });
  } finally {
    await stopServices(startedHere);
  }
}

/** They take a while, which a run without any test of theirs does not need. */
function wantServices(filters) {
  if (filters.length === 0) return true;
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  return files.some((file) => servicesTest.test(file) && filters.some((filter) => file.includes(filter)));
}

async function runChecks(environment) {
  const tally = emptyTally();
  for (const check of checks) {
    console.log(`\n--- ${check.name}`);
    const code = await run(check.command, check.arguments, { env: environment, signal: interruption.signal }).catch(
      (error) => {
        console.error(error.message);
        return 1;
      },
    );
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
    const code = await run('vitest', ['run', ...reporters, ...vitestArguments], {
      env: environment,
      signal: interruption.signal,
    });
    return readVitestReport(reportFile, code);
  } catch (error) {
    throw interruption.signal.aborted ? new SetupError('The run was interrupted.') : error;
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
