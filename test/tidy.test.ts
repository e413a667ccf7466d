import { describe, expect, test } from 'vitest';
import { optionPaths } from './tidy/config-options.ts';
import {
  compare,
  documentedNames,
  errorCodesOf,
  hasComputedCode,
  mentions,
  metricNamesOf,
} from './tidy/documentation.ts';
import { functionLengths, quantile } from './tidy/function-lengths.ts';
import { importViolations } from './tidy/import-direction.ts';
import { lengthExceptions, lengthViolations } from './tidy/length-rules.ts';
import { oracleImportViolations } from './tidy/oracle-imports.ts';
import { impurities, staleExceptions } from './tidy/purity.ts';
import { repositoryFiles, requiredFile } from './tidy/repository.ts';
import { numberedRules, ruleProblems } from './tidy/rule-table.ts';
import { emptyCatches, textViolations, unfinishedNotes } from './tidy/text-rules.ts';
import { describe as listed, type Violation } from './tidy/violation.ts';
import { errorCodes } from '../protocol/src/problem.ts';

/** This repository's own rules. `test/tidy/checkers.test.ts` shows that each checker finds what it looks for. */

const files = repositoryFiles();
const isTest = (path: string) => path.endsWith('.test.ts');
const code = select((path) => /\.(?:ts|mjs)$/.test(path));
const sources = select((path) => /^src\/.*\.ts$/.test(path) && !isTest(path));
const product = select((path) => /^(?:src|protocol\/src)\/.*\.ts$/.test(path) && !isTest(path));
const measured = select((path) => /^(?:src|protocol\/src|scripts|bench)\/.*\.(?:ts|mjs)$/.test(path) && !isTest(path));

function select(wanted: (path: string) => boolean): ReadonlyMap<string, string> {
  return new Map([...files].filter(([path]) => wanted(path)));
}

function check(among: ReadonlyMap<string, string>, rule: (path: string, text: string) => readonly Violation[]): string {
  return listed([...among].flatMap(([path, text]) => rule(path, text)));
}

test('the scan sees the repository', () => {
  expect(sources.size).toBeGreaterThan(20);
  expect([...files.keys()]).toEqual(expect.arrayContaining(['package.json', 'src/lib/error.ts', 'scripts/setup.mjs']));
});

describe('the sources', () => {
  test('import only in the direction that the layout allows', () => {
    expect(check(sources, importViolations)).toBe('');
  });

  test('touch clock, randomness, timers, environment, disk and network only through ports', () => {
    expect(check(sources, impurities)).toBe('');
  });

  test('need every exception from the rule on purity that is listed', () => {
    expect(staleExceptions(sources)).toEqual([]);
  });

  test('have no empty catch', () => {
    expect(check(code, emptyCatches)).toBe('');
  });

  test('have no note of unfinished work', () => {
    expect(check(code, unfinishedNotes)).toBe('');
  });

  test('keep files and functions short', () => {
    expect(check(measured, lengthViolations)).toBe('');
    const tooLong = Object.keys(lengthExceptions).filter((path) => !files.has(path.split(' > ')[0] ?? ''));
    expect(tooLong, 'exceptions of files that are gone').toEqual([]);
  });

  test('keep the 90th percentile of function lengths within 40 lines', () => {
    const lengths = [...measured.values()].flatMap((text) => functionLengths(text).map((one) => one.lines));
    const p90 = quantile(lengths, 0.9);
    console.log(
      `${lengths.length} functions: median ${quantile(lengths, 0.5)}, p90 ${p90}, longest ${Math.max(...lengths)} lines`,
    );
    expect(lengths.length).toBeGreaterThan(100);
    expect(p90).toBeLessThanOrEqual(40);
  });
});

describe('the oracle of the simulation', () => {
  test('imports nothing of the product', () => {
    const judging = select((path) => path.startsWith('test/simulation/oracle/') || path.startsWith('test/harness/'));
    expect([...judging.keys()]).toEqual(expect.arrayContaining(['test/simulation/oracle/oracle.ts']));
    expect(check(judging, oracleImportViolations)).toBe('');
  });
});

describe('the tracked files', () => {
  test('name no package registry, no path of one machine and nothing beside the repository', () => {
    expect(check(files, textViolations)).toBe('');
  });
});

describe('docs/reference', () => {
  test('errors.md explains exactly the codes that exist', () => {
    const onPage = documentedNames(requiredFile(files, 'docs/reference/errors.md'));
    const inSources = new Set<string>([...Object.keys(errorCodes), ...[...product.values()].flatMap(errorCodesOf)]);
    const { undocumented, unfounded } = compare(inSources, onPage);
    expect(undocumented, 'codes that the page does not explain').toEqual([]);
    const texts = [...product.values()];
    expect(
      unfounded.filter((name) => !texts.some((text) => mentions(text, name))),
      'codes that nothing gives',
    ).toEqual([]);
  });

  test('errors are made with a literal code, or in a helper whose callers give one', () => {
    // A helper that passes the code on hides it from the scan above, so each is known by name.
    const helpers = [...product].filter(([, text]) => hasComputedCode(text)).map(([path]) => path);
    expect(helpers).toEqual(codePassingHelpers);
  });

  test('config.md explains exactly the options that exist', () => {
    const options = optionPaths(requiredFile(files, 'src/config/config.ts'), 'Config');
    const given = options.filter((path) => !derivedOptions.includes(path));
    expect(options).toEqual(expect.arrayContaining([...derivedOptions]));
    const { undocumented, unfounded } = compare(
      given,
      documentedNames(requiredFile(files, 'docs/reference/config.md')),
    );
    expect(undocumented, 'options that the page does not explain').toEqual([]);
    expect(unfounded, 'options that do not exist').toEqual([]);
  });

  test('metrics.md explains exactly the metrics that exist', () => {
    const onPage = documentedNames(requiredFile(files, 'docs/reference/metrics.md'));
    const { undocumented, unfounded } = compare([...product.values()].flatMap(metricNamesOf), onPage);
    expect(undocumented, 'metrics that the page does not explain').toEqual([]);
    expect(unfounded, 'metrics that nothing counts').toEqual([]);
  });
});

/** In the effective configuration, but nobody's to give: they follow from `chains[].chain`. */
const derivedOptions: readonly string[] = ['chains[].name', 'chains[].chainId'];

/** Files in which `new TxTrailError` gets its code from a caller. */
const codePassingHelpers: readonly string[] = [];

describe('docs/internals/status-machine.md', () => {
  test('names for each numbered rule a test that exists', () => {
    const rules = numberedRules(requiredFile(files, 'docs/internals/status-machine.md'));
    expect(rules.length, 'numbered rules on the page').toBeGreaterThan(0);
    expect(rules.flatMap((rule) => ruleProblems(rule, files))).toEqual([]);
  });
});

describe('docs/internals/simulation.md', () => {
  test('names for each bug that was found a test that keeps it', () => {
    const page = requiredFile(files, 'docs/internals/simulation.md');
    const bugs = numberedRules(page).filter(({ id }) => /^B\d/.test(id));
    expect(bugs.length, 'bugs on the page').toBeGreaterThan(0);
    expect(bugs.flatMap((bug) => ruleProblems(bug, files))).toEqual([]);
  });
});

describe('dependencies', () => {
  const manifest = JSON.parse(requiredFile(files, 'package.json')) as Record<
    string,
    Record<string, string> | undefined
  >;
  const decisions = [...select((path) => path.startsWith('docs/decisions/')).values()].join('\n');

  test('are at most 15 at run time', () => {
    const names = Object.keys(manifest['dependencies'] ?? {}).filter((name) => !name.startsWith('@txtrail/'));
    expect(names.length).toBeGreaterThan(0);
    expect(names.length).toBeLessThanOrEqual(15);
  });

  test('are each explained in docs/decisions', () => {
    const groups = ['dependencies', 'devDependencies', 'optionalDependencies'];
    const names = groups
      .flatMap((group) => Object.keys(manifest[group] ?? {}))
      .filter((name) => !name.startsWith('@txtrail/'));
    expect(names.filter((name) => !decisions.includes(`\`${name}\``))).toEqual([]);
  });

  test('have every platform package of theirs in the lock file, or npm ci installs nowhere', () => {
    const lock = JSON.parse(requiredFile(files, 'package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const named = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    expect(named.length).toBeGreaterThan(0);
    expect(
      named.filter((name) => lock.packages[`node_modules/${name}`] === undefined),
      'missing: run node scripts/complete-lock.mjs',
    ).toEqual([]);
  });

  test('have exact versions', () => {
    const pinned = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((group) =>
      Object.entries(manifest[group] ?? {}).filter(([name]) => !name.startsWith('@txtrail/')),
    );
    expect(pinned.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
