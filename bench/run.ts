/**
 * npm run bench [-- NAME…] [--quick] [--page]: measures, writes a raw file a bench to bench/results/ and
 * makes the page there anew. --quick only tries whether everything works and keeps nothing;
 * --page makes the page from the raw files that are there.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type as systemType } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { resultsPage } from './report/page.ts';
import { writeRawFile, type RawFile } from './report/raw-file.ts';
import { brokenChecks, type Bench, type BenchSize } from './rig/bench.ts';
import { chooseCores } from './rig/cores.ts';
import { runBench } from './rig/run-bench.ts';

const resultsFolder = fileURLToPath(new URL('./results', import.meta.url));
/** Nothing here runs longer: a bench that hangs is ended with all its processes. */
const longestRunMs = 15 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, page: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
setTimeout(() => {
  console.error(`the benches take longer than ${longestRunMs / 60_000} minutes and are ended`);
  process.exit(1);
}, longestRunMs).unref();

// Whatever a bench writes lies in here, also what is left of one that was broken off.
const directory = mkdtempSync(join(tmpdir(), 'txtrail-bench-'));
process.env['TMPDIR'] = directory;
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
// Told to end, it leaves by `exit`, at which every process that it started is ended.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const size: BenchSize = values.quick ? 'quick' : 'full';
const chosen = values.page ? [] : benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const broken: string[] = [];
for (const bench of chosen) broken.push(...(await measure(bench)));
if (size === 'full') {
  writeFileSync(join(resultsFolder, 'README.md'), resultsPage(resultsFolder, benches));
  console.log('the page: bench/results/README.md');
}
for (const problem of broken) console.error(`BROKEN ${problem}`);
process.exitCode = broken.length === 0 ? 0 : 1;

/** @returns what must hold and does not */
async function measure(bench: Bench<unknown>): Promise<readonly string[]> {
  const missing = bench.missing?.() ?? null;
  if (missing !== null) {
    console.log(`\n--- ${bench.name} SKIPPED: there is no ${missing}`);
    return [];
  }
  const facts = machineFacts();
  const startedAt = new Date();
  console.log(`\n--- ${bench.name}`);
  const outcome = await runBench(bench, { size, say: (line) => console.log(line) });
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 100) / 10;
  const raw: RawFile = { bench: bench.name, size, startedAt: startedAt.toISOString(), seconds, ...facts, ...outcome };
  const broken = brokenChecks(outcome.checks);
  console.log(`${outcome.checks.length} checks, ${broken.length} broken; ${seconds} s`);
  // Figures of a run that lost or repeated something would be of no use to anybody.
  if (size === 'quick' || broken.length > 0) console.log(JSON.stringify(outcome.figures, null, 1));
  else console.log(`the raw file: bench/results/${writeRawFile(resultsFolder, raw)}`);
  return broken;
}

function machineFacts(): Pick<RawFile, 'command' | 'machine' | 'system' | 'cores' | 'node' | 'commit' | 'loadAverage'> {
  const processors = cpus();
  const changed =
    output('git', ['status', '--porcelain', '--', '.', ':!bench/results']) === '' ? '' : ' (with uncommitted changes)';
  return {
    command: `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    machine: `${processors.length} cores (${processors[0]?.model.trim() ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${systemType()} ${release()}`,
    cores: chooseCores().description,
    node: process.version,
    commit: `${output('git', ['rev-parse', '--short=10', 'HEAD']) || 'unknown'}${changed}`,
    loadAverage: loadavg()[0] ?? 0,
  };
}

function output(command: string, given: readonly string[]): string {
  const answer = spawnSync(command, given, { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim() : '';
}
