import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../tidy/repository.ts';
import { counterexampleText, nearestCounterexample } from './search.ts';
import { otherWays, weakerRules } from './weaker-rules.ts';

/** `docs/internals/partitions.md` tells what the model finds, word by word. */
const page = readFileSync(join(repositoryRoot, 'docs/internals/partitions.md'), 'utf8');
const told = new Map([...page.matchAll(/^```text ([\w-]+)\n([\s\S]*?)\n```$/gm)].map(([, name, text]) => [name, text]));

describe('the page on partitions', () => {
  test('tells of every weaker rule, under the rule that it weakens, and of no other', () => {
    expect([...told.keys()]).toEqual(weakerRules.map(({ name }) => name));
    for (const { name, rule } of weakerRules) {
      const heading = page.slice(0, page.indexOf(`\`\`\`text ${name}\n`)).lastIndexOf('\n### ');
      expect(page.slice(heading + 5, heading + 8), name).toBe(rule);
    }
  });

  test('names every other way', () => {
    expect(otherWays.map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test.each(weakerRules)('$rule, $name: the nearest counterexample is the one told', { timeout: 120_000 }, (weaker) => {
    const counterexample = nearestCounterexample(weaker.change);
    expect(counterexample).not.toBeNull();
    if (counterexample !== null) expect(told.get(weaker.name)).toBe(counterexampleText(counterexample));
  });
});
