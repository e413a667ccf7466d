import { parseArgs } from 'node:util';
import { ensureDashboard } from '../../scripts/build-dashboard.mjs';
import { openBrowser } from './explain/browser.ts';
import { explain } from './explain/explain.ts';
import { Recording } from './explain/recording.ts';
import { runSeed, type SeedResult, showSeed } from './run-seed.ts';
import { runSeeds, type TimedResult } from './run-seeds.ts';

// npm run simulate: one seed, or many. `--json` gives a line of JSON a seed, for programs; `--explain`
// tells the story of one transaction of a seed and serves what the run left behind.

/** One thing that is wrong often shows in many places. */
const problemsShown = 20;

const usage = 'usage: npm run simulate -- --seed N [--explain [HASH|tx_ID] [--no-serve]] | --seeds FROM-TO [--json]';

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    part: { type: 'string', default: '0/1' },
    json: { type: 'boolean', default: false },
    explain: { type: 'boolean', default: false },
    'no-serve': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

process.exitCode = await main();

async function main(): Promise<number> {
  const range = rangeOf(values.seeds ?? values.seed);
  const [wish = null, ...rest] = positionals;
  const isClear = values.explain ? values.seed !== undefined && rest.length === 0 : wish === null;
  if (range === null || !isClear) {
    console.error(usage);
    return 2;
  }
  const [from, to] = range;
  if (values.explain) return explainSeed(from, wish);
  if (values.json) return runPart(from, to, values.part);
  const results =
    from === to ? [await timed(() => runSeed(from))] : await runSeeds({ from, to, onResult: showFailure });
  if (from === to) show(results[0] as TimedResult);
  else summarise(results);
  return results.some(failed) ? 1 : 0;
}

function rangeOf(text: string | undefined): readonly [number, number] | null {
  const [, from = '', to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text ?? '') ?? [];
  return from === '' || Number(to) < Number(from) ? null : [Number(from), Number(to)];
}

/** The seeds of one of several processes, each told as it ends. */
async function runPart(from: number, to: number, part: string): Promise<number> {
  const [index = 0, count = 1] = part.split('/').map(Number);
  let code = 0;
  for (let seed = from + index; seed <= to; seed += count) {
    const result = await timed(() => runSeed(seed));
    if (failed(result)) code = 1;
    console.log(JSON.stringify(result));
  }
  return code;
}

/** Exits as the run does that is explained, whatever becomes of the page. */
async function explainSeed(seed: number, wish: string | null): Promise<number> {
  const recording = new Recording();
  const { value: shown, coreMs } = await measured(() => showSeed(seed, recording));
  show({ ...shown.result, coreMs });
  const isTerminal = process.stdout.isTTY;
  const run = { ...shown, happenings: recording.happenings };
  const { lines, subject, server, pageUrl } = await explain(run, { wish, isColoured: isTerminal });
  for (const line of lines) console.log(line);
  if (pageUrl !== null && isTerminal && !values['no-serve']) await showPage(pageUrl);
  await server?.close();
  if (subject === null) return 2;
  return failed({ ...shown.result, coreMs }) ? 1 : 0;
}

/** Until it is interrupted. */
async function showPage(url: string): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
  });
  await Promise.race([ensureDashboard(process.env), interrupted]);
  console.log(`\nIts lifeline: ${url}\nCtrl-C ends this.`);
  openBrowser(url);
  await interrupted;
}

async function timed(run: () => Promise<SeedResult>): Promise<TimedResult> {
  const { value, coreMs } = await measured(run);
  return { ...value, coreMs };
}

async function measured<Value>(run: () => Promise<Value>): Promise<{ readonly value: Value; readonly coreMs: number }> {
  const before = process.cpuUsage();
  const value = await run();
  const { user, system } = process.cpuUsage(before);
  return { value, coreMs: Math.round((user + system) / 1_000) };
}

function failed({ problems }: TimedResult): boolean {
  return problems.length > 0;
}

function showFailure(result: TimedResult): void {
  if (failed(result)) show(result);
}

function show({ seed, traceHash, problems, reached, steps, simulatedMs, coreMs }: TimedResult): void {
  const pace = Math.round(simulatedMs / coreMs);
  console.log(
    `seed ${seed}: ${simulatedMs / 60_000} minutes in ${coreMs} ms of a core (${pace} times as fast), ${steps} steps`,
  );
  console.log(`trace ${traceHash}`);
  console.log(`reached: ${reached.join(', ') || 'nothing unusual'}`);
  for (const problem of problems.slice(0, problemsShown)) console.log(`PROBLEM ${problem}`);
  if (problems.length > problemsShown) console.log(`… and ${problems.length - problemsShown} more`);
  if (problems.length > 0) console.log(`npm run simulate -- --seed ${seed}`);
}

function summarise(results: readonly TimedResult[]): void {
  const bad = results.filter(failed);
  const coreMs = results.reduce((total, result) => total + result.coreMs, 0);
  const hours = results.reduce((total, result) => total + result.simulatedMs, 0) / 3_600_000;
  const perSeed = (coreMs / results.length).toFixed(0);
  console.log(
    `${results.length} seeds, ${hours.toFixed(1)} simulated hours, ${perSeed} ms of a core each, ${bad.length} failed`,
  );
  for (const { seed } of bad) console.log(`npm run simulate -- --seed ${seed}`);
}
