import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { caseRows, numbersOf, rowProblems } from './case-table.ts';

const here = new URL('.', import.meta.url);
const page = readFileSync(new URL('../../docs/internals/cases.md', import.meta.url), 'utf8');
const rows = caseRows(page);
const files = readdirSync(here).filter((file) => file.endsWith('.test.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(new URL(file, here), 'utf8')]));

test('every case that is claimed names a test that exists, runs and asks for something', () => {
  expect(rows.filter(({ claimed }) => claimed).length).toBeGreaterThan(60);
  expect(rows.flatMap((row) => rowProblems(row, sources))).toEqual([]);
});

test('every number stands in the table once', () => {
  const listed = rows.flatMap(({ numbers }) => numbers);
  const expected = [...numbersOf('H', 1, 108), ...numbersOf('F', 1, 60), ...numbersOf('N', 1, 9)];
  expect(listed.toSorted()).toEqual(expected.toSorted());
});

test('every number that a case test cites is claimed', () => {
  const claimed = new Set(rows.filter((row) => row.claimed).flatMap(({ numbers }) => numbers));
  const titles = [...sources].flatMap(([file, text]) =>
    [...text.matchAll(/^\s*(?:test|\][\w ()[\],]*)\(?\(\s*['"]((?:[HFI]\d+[ :])+)/gm)].map(
      (match) => `${file} ${match[1]}`,
    ),
  );
  expect(titles.length).toBeGreaterThan(40);
  const cited = titles.flatMap((title) => [...title.matchAll(/\b[HF]\d+\b/g)].map(([number]) => number));
  expect(cited.filter((number) => !claimed.has(number))).toEqual([]);
});

test('the checker finds a missing, a skipped and an empty test, a case without one, and no reason', () => {
  const table = (test: string): string => `## Some\n| H01 | a | b | ${test} |\n`;
  const source =
    "test.skip('H01 skipped', async () => {\n  expect(1);\n});\ntest('H01 empty', () => {\n});\ntest('H01 full', () => {\n  expect(1).toBe(1);\n});\n";
  const judge = (text: string) => caseRows(text).flatMap((row) => rowProblems(row, new Map([['a.test.ts', source]])));
  expect(judge(table('`a.test.ts`: "H01 full"'))).toEqual([]);
  expect(judge(table('`a.test.ts`: "H01 other"'))).toEqual(['H01: a.test.ts has no test "H01 other"']);
  expect(judge(table('`b.test.ts`: "H01 full"'))).toEqual(['H01: there is no b.test.ts']);
  expect(judge(table('`a.test.ts`: "H01 skipped"'))).toEqual(['H01: "H01 skipped" is not run as it stands']);
  expect(judge(table('`a.test.ts`: "H01 empty"'))).toEqual(['H01: "H01 empty" asks for nothing']);
  expect(judge(table('nothing'))).toEqual(['H01 names no test']);
  expect(judge('## Not covered yet\n| H02-H03 | | |\n')).toEqual([
    'H02, H03 is not covered, without a subject and a reason',
  ]);
});
