/** A numbered rule or invariant of a document, with the tests that it names. */
export interface NumberedRule {
  readonly id: string;
  readonly tests: readonly { readonly path: string; readonly title: string | null }[];
}

/**
 * The numbered rules of a Markdown page: a table row, list item or heading that begins with an id
 * of letters and digits, such as `| R07 | …` or `- **I01** …`. Tests are named in backticks, as
 * `path/of.test.ts` or `path/of.test.ts > part of the title`.
 */
export function numberedRules(page: string): readonly NumberedRule[] {
  const rules: NumberedRule[] = [];
  for (const line of page.split('\n')) {
    const id = /^\s*(?:\||[-*]|#+)\s*(?:\*\*|`)?([A-Z]{1,3}\d{1,3})\b/.exec(line)?.[1];
    if (id === undefined) continue;
    const tests = [...line.matchAll(/`([\w./-]+\.test\.ts)(?:\s*>\s*([^`]+))?`/g)].map((match) => ({
      path: match[1] ?? '',
      title: match[2]?.trim() ?? null,
    }));
    rules.push({ id, tests });
  }
  return rules;
}

/** What is wrong with the tests that a rule names; empty where all is well. */
export function ruleProblems(rule: NumberedRule, files: ReadonlyMap<string, string>): readonly string[] {
  if (rule.tests.length === 0) return [`${rule.id} names no test`];
  return rule.tests.flatMap(({ path, title }) => {
    const text = files.get(path);
    if (text === undefined) return [`${rule.id} names ${path}, which does not exist`];
    if (title !== null && !text.includes(title)) return [`${rule.id} names "${title}", which ${path} does not hold`];
    return [];
  });
}
