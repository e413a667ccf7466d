import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { benches } from '../../bench/benches.ts';
import { resultsPage } from '../../bench/report/page.ts';
import { newestRawFiles } from '../../bench/report/raw-file.ts';
import { brokenChecks } from '../../bench/rig/bench.ts';
import { runBench } from '../../bench/rig/run-bench.ts';

const results = fileURLToPath(new URL('../../bench/results/', import.meta.url));
const compiler = process.env['TXTRAIL_CC'] ?? 'cc';
const hasCompiler = spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0;

if (!hasCompiler) console.error(`*** SKIPPED: there is no C compiler "${compiler}" for the benches' load clients`);

const canRun = benches.filter((bench) => {
  const missing = bench.missing?.() ?? null;
  if (missing !== null) console.error(`*** SKIPPED: the bench ${bench.name}: there is no ${missing}`);
  return missing === null;
});

describe('the benches, in their small size', () => {
  test.skipIf(!hasCompiler).each(canRun.map((bench) => [bench.name, bench] as const))(
    '%s works, and what it checks holds',
    async (_name, bench) => {
      const { figures, checks } = await runBench(bench, { size: 'quick', say: () => undefined });
      expect(checks.length).toBeGreaterThan(0);
      expect(brokenChecks(checks)).toEqual([]);
      // What it measured can be shown, whatever it was.
      const section = bench.section(JSON.parse(JSON.stringify(figures)));
      expect(section).toMatch(/^## /);
      expect(section).not.toMatch(/undefined|NaN|\[object/);
    },
  );
});

describe('the results page', () => {
  test('is what the committed raw files give', () => {
    expect(readFileSync(`${results}README.md`, 'utf8')).toBe(resultsPage(results, benches));
  });

  test('shows only runs of the full size in which everything held', () => {
    for (const { raw } of newestRawFiles(results).values()) {
      expect(raw.size).toBe('full');
      expect(brokenChecks(raw.checks)).toEqual([]);
    }
  });
});
