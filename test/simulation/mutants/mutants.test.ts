import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mutants } from './mutants.ts';

const root = new URL('../../../', import.meta.url);

describe('the seeded bugs', () => {
  test('are at least twenty, each with a name of its own', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(20);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  test.each(mutants)('$name stands exactly once where it is put in, and changes something', ({ edits }) => {
    for (const { file, find, replace } of edits) {
      const text = readFileSync(new URL(file, root), 'utf8');
      expect({ file, find, found: text.split(find).length - 1 }).toEqual({ file, find, found: 1 });
      expect(replace).not.toBe(find);
    }
  });

  test('are in production code only', () => {
    const files = mutants.flatMap(({ edits }) => edits.map(({ file }) => file));
    expect(files.filter((file) => !file.startsWith('src/') || file.includes('.test.'))).toEqual([]);
  });

  test('are listed on the page, each with its words', () => {
    const page = readFileSync(new URL('docs/internals/simulation.md', root), 'utf8');
    const unlisted = mutants.filter(({ name, what }) => !page.includes(`| \`${name}\` | ${what} |`));
    expect(unlisted.map(({ name }) => name)).toEqual([]);
    const listed = [...page.matchAll(/^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \| \d+ \|/gm)].map((match) => match[1]);
    expect(listed.sort()).toEqual(mutants.map(({ name }) => name).sort());
  });
});
