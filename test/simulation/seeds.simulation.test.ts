import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { runSeeds, type TimedResult } from './run-seeds.ts';
import { sometimes } from './sometimes.ts';

/** The small size of `npm run prove -- simulate`. */
const seeds = { from: 1, to: 200 };

describe(`the seeds ${seeds.from} to ${seeds.to}`, () => {
  let results: readonly TimedResult[] = [];

  beforeAll(async () => {
    results = await runSeeds(seeds);
  }, 900_000);

  test('break no promise', () => {
    expect(results).toHaveLength(seeds.to - seeds.from + 1);
    const told = results.flatMap(({ seed, problems }) =>
      problems.map((problem) => `${problem}\n  npm run simulate -- --seed ${seed}`),
    );
    expect(told.join('\n')).toBe('');
  });

  test('reach every state that the list of sometimes states names', () => {
    const reached = new Set(results.flatMap((result) => result.reached));
    expect(sometimes.filter((state) => !reached.has(state))).toEqual([]);
  });
});

describe('a seed is the same run', () => {
  const few = { from: 301, to: 304 };
  const hashes = (results: readonly TimedResult[]): readonly string[] => results.map(({ traceHash }) => traceHash);

  test('in another process, among others, on one core and without helper threads', async () => {
    const alone = await runSeeds({ ...few, workers: 1 });
    const among = await runSeeds({ ...few, workers: 4 });
    const onOneCore = await runSeeds({ ...few, workers: 1, nodeArguments: ['--single-threaded', '--v8-pool-size=0'] });
    expect(new Set(hashes(alone)).size).toBe(4);
    expect(hashes(among)).toEqual(hashes(alone));
    expect(hashes(onOneCore)).toEqual(hashes(alone));
  });

  test('by the command that a failure prints', async () => {
    const [expected] = await runSeeds({ from: few.from, to: few.from, workers: 1 });
    const said = spawnSync('npm', ['run', '--silent', 'simulate', '--', '--seed', String(few.from)], {
      encoding: 'utf8',
    });
    expect(said.stdout).toContain(`trace ${expected?.traceHash}`);
    expect(said.status).toBe(0);
  });
});
