import { describe, expect, test } from 'vitest';
import { optionPaths } from './config-options.ts';
import { compare, documentedNames, errorCodesOf, hasComputedCode, mentions, metricNamesOf } from './documentation.ts';
import { functionLengths, quantile } from './function-lengths.ts';
import { importsOf, importViolations } from './import-direction.ts';
import { violationsAmong } from './length-rules.ts';
import { oracleImportViolations } from './oracle-imports.ts';
import { impurities, staleExceptions } from './purity.ts';
import { numberedRules, ruleProblems } from './rule-table.ts';
import { readSource } from './source-text.ts';
import { emptyCatches, textViolations, unfinishedNotes } from './text-rules.ts';

/** Each checker is shown what it must find and what it must leave alone: a rule that finds nothing holds nothing. */

describe('reading a source', () => {
  test('blanks comments and strings and keeps offsets', () => {
    const text = "const a = 'Date.now()'; // Date.now()\n/* setTimeout */ const b = `x${run('{')}y`;\n";
    const { code, withStrings } = readSource(text);
    expect(code).toHaveLength(text.length);
    expect(code).not.toMatch(/Date|setTimeout|[xy]\$/);
    expect(code).toContain('run(');
    expect(withStrings).toContain("'Date.now()'");
    expect(withStrings).not.toContain('setTimeout');
  });

  test('tells a regular expression from a division', () => {
    const { code } = readSource('const a = b / c; const d = /[/{"]+/.test(e); return /}/;\nf(x) / 2;');
    expect(code).toContain('b / c');
    expect(code).not.toMatch(/[{"}]/);
    expect(code).toContain('f(x) / 2');
  });

  test('follows templates within templates', () => {
    const { code } = readSource('const a = `1${b ? `2${{ c: 3 }.c}` : "4"}5`; done();');
    expect(code).toContain('done()');
    expect(code).not.toMatch(/[1245]/);
    expect(code).toContain('{ c: 3 }.c');
  });
});

describe('import direction', () => {
  const violations = (path: string, specifier: string) => importViolations(path, `import { x } from '${specifier}';`);

  test.each([
    ['src/core/chain/a.ts', '../../ports/clock.ts'],
    ['src/core/chain/a.ts', '../../adapters/evm/b.ts'],
    ['src/core/chain/a.ts', 'undici'],
    ['src/lib/a.ts', '../core/chain/block.ts'],
    ['src/ports/a.ts', '../watch/b.ts'],
    ['src/watch/a.ts', '../status/b.ts'],
    ['src/watch/a.ts', '../adapters/evm/b.ts'],
    ['src/watch/rpc/a.ts', '../../notify/b.ts'],
    ['src/api/a.ts', '../core/chain/block.ts'],
    ['src/adapters/evm/a.ts', '../embedded/b.ts'],
    ['src/adapters/evm/a.ts', '../../watch/b.ts'],
    ['src/config/a.ts', '../ports/clock.ts'],
    ['src/cli/a.ts', '../adapters/evm/b.ts'],
    ['src/runtime/a.ts', '../cli/main.ts'],
    ['src/core/a.ts', '../../test/harness/b.ts'],
    ['src/new-folder/a.ts', '../lib/assert.ts'],
  ])('refuses %s importing %s', (path, specifier) => {
    expect(violations(path, specifier)).toHaveLength(1);
  });

  test.each([
    ['src/core/chain/a.ts', '../../lib/assert.ts'],
    ['src/core/chain/a.ts', '@txtrail/protocol'],
    ['src/core/chain/a.ts', './b.ts'],
    ['src/watch/a.ts', '../ports/clock.ts'],
    ['src/adapters/evm/a.ts', '../../ports/clock.ts'],
    ['src/adapters/evm/a.ts', 'ws'],
    ['src/runtime/a.ts', '../adapters/evm/b.ts'],
    ['src/cli/a.ts', '../runtime/b.ts'],
  ])('allows %s importing %s', (path, specifier) => {
    expect(violations(path, specifier)).toEqual([]);
  });

  test('allows a stage the shape of the configuration, not the reading of it', () => {
    expect(importViolations('src/watch/a.ts', "import type { ChainConfig } from '../config/config.ts';")).toEqual([]);
    expect(violations('src/watch/a.ts', '../config/read-config.ts')).toHaveLength(1);
    expect(importViolations('src/core/a.ts', "import type { ChainConfig } from '../config/config.ts';")).toHaveLength(
      1,
    );
  });

  test('sees every form of import', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import {\n  b,\n  c,\n} from './b.ts';",
      "export { d } from './d.ts';",
      "export type { E } from './e.ts';",
      "import './f.ts';",
      "const g = await import('./g.ts');",
      "// import { h } from './h.ts';",
      'const text = \'nothing from "./i.ts"\';',
    ].join('\n');
    expect(importsOf(text).map((one) => one.specifier)).toEqual([
      './a.ts',
      './b.ts',
      './d.ts',
      './e.ts',
      './f.ts',
      './g.ts',
    ]);
    expect(importsOf(text)[0]?.typeOnly).toBe(true);
  });
});

describe("the oracle's imports", () => {
  const violations = (path: string, specifier: string) =>
    oracleImportViolations(path, `import type { x } from '${specifier}';`);

  test.each([
    ['test/simulation/oracle/a.ts', '../../../src/lib/assert.ts'],
    ['test/simulation/oracle/deep/a.ts', '../../../../src/core/chain/block.ts'],
    ['test/simulation/oracle/a.test.ts', '../../../src/core/chain/block.ts'],
    ['test/simulation/oracle/a.ts', '../world/b.ts'],
    ['test/simulation/oracle/a.ts', '../../harness/case-rig.ts'],
    ['test/simulation/oracle/a.ts', '@noble/hashes/sha3.js'],
    ['test/simulation/oracle/a.ts', 'node:fs'],
    ['test/simulation/oracle/a.ts', 'vitest'],
    ['test/harness/story-checker.ts', '../../src/core/transaction/transition-table.ts'],
    ['test/harness/event-checker.ts', './case-rig.ts'],
  ])('refuses %s importing %s', (path, specifier) => {
    expect(violations(path, specifier)).toHaveLength(1);
  });

  test.each([
    ['test/simulation/oracle/a.ts', '@txtrail/protocol'],
    ['test/simulation/oracle/a.ts', './b.ts'],
    ['test/simulation/oracle/a.ts', '../../harness/story-checker.ts'],
    ['test/simulation/oracle/a.test.ts', 'vitest'],
    ['test/harness/event-checker.ts', './story-checker.ts'],
    ['test/simulation/world/a.ts', '../../../src/lib/assert.ts'],
    ['test/harness/case-rig.ts', '../../src/lib/assert.ts'],
  ])('allows %s importing %s', (path, specifier) => {
    expect(violations(path, specifier)).toEqual([]);
  });
});

describe('purity', () => {
  test.each([
    'const a = Date.now();',
    'const a = new Date();',
    'const a = performance.now();',
    'const a = Math.random();',
    'setTimeout(run, 1);',
    'setInterval(run, 1);',
    'setImmediate(run);',
    'const a = process.env.HOME;',
    "import { readFile } from 'node:fs/promises';",
    "import { connect } from 'node:net';",
    "import { randomBytes } from 'node:crypto';",
    'const a = await fetch(url);',
    'console.log(a);',
  ])('finds %s', (text) => {
    expect(impurities('src/watch/a.ts', text)).not.toEqual([]);
  });

  test.each([
    'const a = clock.now();',
    'const a = new Date(timeMs).toISOString();',
    'this.setTimeout(run);',
    "import { createHash } from 'node:crypto';",
    "const a = 'Date.now()'; // Math.random()",
    'const a = child.process.id;',
    "import type { Server } from 'node:http';",
  ])('leaves %s alone', (text) => {
    expect(impurities('src/watch/a.ts', text)).toEqual([]);
  });

  test('leaves the machine alone among the adapters, and names exceptions that nothing needs', () => {
    expect(impurities('src/adapters/node/a.ts', 'Date.now();')).toEqual([]);
    expect(impurities('src/adapters/evm/a.ts', 'Date.now();')).toHaveLength(1);
    expect(impurities('src/adapters/json-rpc/a.ts', "import { Pool } from 'undici';")).toHaveLength(1);
    expect(
      impurities('src/adapters/json-rpc/a.ts', "import { WebSocket } from 'ws';\nnew WebSocket('');"),
    ).toHaveLength(1);
    expect(staleExceptions(new Map()).length).toBeGreaterThan(0);
  });
});

describe('lengths', () => {
  const body = (lines: number) => '  x();\n'.repeat(lines);

  test('measures functions of every form', () => {
    const text = `
export async function one<T>(a: { b: number }): Promise<readonly T[]> {
${body(3)}}
class Thing extends Other<{ a: string }> {
  readonly shape = { a: 1, b: { c: 2 } };
  constructor(private readonly a: string) {
  ${body(1)}  }
  async *two(from: number): AsyncIterable<{ a: number }> {
    if (from > 1) {
      ${body(2)}    }
  }
  three = (a: number): number => {
    return a;
  };
}
const made = { four(a: string): void { x(); }, five: async () => { y(); } };
function guard(a: unknown): asserts a is string {
  for (const b of c()) { d(); }
}
interface Shape { six(a: string): { b: number }; }
`;
    const lengths = functionLengths(text);
    expect(lengths.map(({ name, lines }) => [name, lines])).toEqual([
      ['async function one<T>', 5],
      ['constructor', 3],
      ['async *two', 6],
      ['arrow function', 3],
      ['four', 1],
      ['arrow function', 1],
      ['function guard', 3],
    ]);
    expect(lengths[0]?.line).toBe(2);
  });

  test('finds what is too long, and an exception that is too small or not needed', () => {
    const long = `function long() {\n${body(69)}}\n`;
    const rule = (text: string, exceptions = {}) =>
      violationsAmong('src/a.ts', text, exceptions).map((one) => one.message);
    expect(rule(long)).toEqual(['function long has 71 lines, at most 70 are allowed: split it']);
    expect(rule(long, { 'src/a.ts > function long': { lines: 71, reason: 'a table' } })).toEqual([]);
    expect(rule(`function long() {\n${body(68)}}\n`)).toEqual([]);
    expect(rule('x();\n', { 'src/a.ts': { lines: 500, reason: 'a table' } })).toHaveLength(1);
    expect(rule('x();\n'.repeat(401))).toHaveLength(1);
    expect(rule('x();\n'.repeat(601), { 'src/a.ts': { lines: 900, reason: 'none' } })).toHaveLength(1);
  });

  test('gives quantiles', () => {
    expect(quantile([5, 1, 3, 2, 4, 6, 7, 8, 9, 10], 0.9)).toBe(10);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(3);
  });
});

describe('text rules', () => {
  // Put together here, so that this file holds none of what it looks for.
  const host = ['registry', 'npmjs', 'org'].join('.');

  test('finds registries, machine paths and what lies beside the repository', () => {
    expect(textViolations('a.md', `see https://${host}/x`)).toHaveLength(1);
    expect(textViolations('a.md', `cd ${'/'}work/main`)).toHaveLength(1);
    expect(textViolations('a.md', `"${'/'}root/.cache"`)).toHaveLength(1);
    expect(textViolations('docs/a.md', `in ../${'shared'}/x.md`)).toHaveLength(1);
    expect(textViolations('a.md', 'the network at /v1/transactions, https://example.com/work/1')).toEqual([]);
  });

  test('finds empty catches that say nothing', () => {
    expect(
      emptyCatches('a.ts', 'try { a(); } catch {}\ntry { b(); } catch (error) {\n}\nc().catch(() => {});'),
    ).toHaveLength(3);
    expect(
      emptyCatches('a.ts', 'try { a(); } catch {\n  // Gone already.\n}\nb().catch((error) => report(error));'),
    ).toEqual([]);
  });

  test('finds notes of unfinished work', () => {
    expect(unfinishedNotes('a.ts', `// ${'TO'}${'DO'}: later`)).toHaveLength(1);
    expect(unfinishedNotes('a.ts', '// what is left to do is nothing')).toEqual([]);
  });
});

describe('documentation', () => {
  test('reads codes, metrics and tables', () => {
    const text = `throw new TxTrailError('one_code', 'x');
      throw new TxTrailError(
        late ? 'two_code' : 'three_code',
        'y',
      );
      metrics.counter({ name: 'txtrail_things_total', help: '' });
      // new TxTrailError('not_code')`;
    expect(errorCodesOf(text)).toEqual(['one_code', 'two_code', 'three_code']);
    expect(metricNamesOf(text)).toEqual(['txtrail_things_total']);
    expect(hasComputedCode(text)).toBe(false);
    expect(hasComputedCode('new TxTrailError(code, message)')).toBe(true);
    expect(mentions(text, 'two_code')).toBe(true);
    expect(mentions(text, 'not_code')).toBe(false);
    expect(documentedNames('| name | what |\n| --- | --- |\n| `a_b` | `c` |\n')).toEqual(['a_b']);
  });

  test('reads the paths of options from their types', () => {
    const text = `export interface Config {
  readonly mode: 'one' | 'two';
  /** Why: { not: this }. */
  readonly server: Address;
  readonly chains: readonly Chain[];
}
interface Address {
  readonly port: number;
}
interface Chain {
  readonly drop: { readonly blocks: number; readonly seconds: number };
  readonly urls?: readonly string[];
}
`;
    expect(optionPaths(text, 'Config')).toEqual([
      'mode',
      'server.port',
      'chains[].drop.blocks',
      'chains[].drop.seconds',
      'chains[].urls',
    ]);
    expect(() => optionPaths(text, 'Gone')).toThrow('Gone');
  });

  test('compares both ways', () => {
    expect(compare(['a', 'b'], ['b', 'c'])).toEqual({ undocumented: ['a'], unfounded: ['c'] });
    expect(compare(['a'], ['a'])).toEqual({ undocumented: [], unfounded: [] });
  });
});

describe('numbered rules', () => {
  const page = [
    '| rule | says | held by |',
    '| R01 | one | `src/a.test.ts`: "a part of it all" |',
    '| R02 | two | `a.test.ts`: "it\'s all" |',
    '| R03 | three | `gone.test.ts`: "a part of it all" |',
    '| R04 | four | none |',
    '- **I05** five: `a.test.ts`: "not there"',
    '| M6 | six | `a.test.ts` |',
    'R99 in running text is no rule',
  ].join('\n');
  const files = new Map([['src/a.test.ts', "test('a part of it all', run); test('it\\'s all', run);"]]);

  test('are found and their tests looked up', () => {
    const rules = numberedRules(page);
    expect(rules.map((rule) => rule.id)).toEqual(['R01', 'R02', 'R03', 'R04', 'I05', 'M6']);
    expect(rules.map((rule) => ruleProblems(rule, files).length)).toEqual([0, 0, 1, 1, 1, 1]);
  });
});
