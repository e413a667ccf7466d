import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { transitionTable } from './transition-table.ts';

const page = readFileSync(new URL('../../../docs/internals/status-machine.md', import.meta.url), 'utf8');

/** Rows of the first table under a heading, as cells without backticks. */
function tableUnder(heading: string): string[][] {
  const section = page.slice(page.indexOf(`## ${heading}\n`)).split('\n');
  const start = section.findIndex((line) => line.startsWith('|'));
  const end = section.findIndex((line, index) => index > start && !line.startsWith('|'));
  return section.slice(start, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('the drawn table and the code have the same handler in every cell', () => {
  const [header = [], , ...rows] = tableUnder('The table');
  const drawn = Object.fromEntries(
    rows.map(([status = '', ...cells]) => [
      status,
      Object.fromEntries(cells.map((cell, index) => [header[index + 1], cell])),
    ]),
  );
  const coded = Object.fromEntries(
    Object.entries(transitionTable).map(([status, row]) => [
      status,
      Object.fromEntries(Object.entries(row).map(([kind, handler]) => [kind, (handler as () => void).name])),
    ]),
  );
  expect(drawn).toEqual(coded);
});

test('every input is explained', () => {
  const explained = tableUnder('Inputs')
    .slice(2)
    .map(([input]) => input);
  expect(explained.sort()).toEqual(Object.keys(transitionTable.unknown).sort());
});
