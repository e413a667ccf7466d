/** A numbered rule or invariant of a document, with the tests that it names. */
export interface NumberedRule {
  readonly id: string;
  readonly tests: readonly { readonly path: string; readonly title: string | null }[];
}

/**
 * The numbered rules of a Markdown page: a table row or list item that begins with an id of letters
 * and digits, such as `| R07 | …`. A test is named as `of.test.ts` in backticks, by file name or
 * path, and its title after a colon in double quotes.
 */
export function numberedRules(page: string): readonly NumberedRule[] {
  const rules: NumberedRule[] = [];
  for (const line of page.split('\n')) {
    const id = /^\s*(?:\||[-*])\s*(?:\*\*|`)?([A-Z]{1,3}\d{1,3})\b/.exec(line)?.[1];
    if (id === undefined) continue;
    const tests = [...line.matchAll(/`([\w./-]+\.test\.ts)`(?::\s*"([^"]+)")?/g)].map((match) => ({
      path: match[1] ?? '',
      title: match[2] ?? null,
    }));
    rules.push({ id, tests });
  }
  return rules;
}

/** What is wrong with the tests that a rule names; empty where all is well. */
export function ruleProblems(rule: NumberedRule, files: ReadonlyMap<string, string>): readonly string[] {
  if (rule.tests.length === 0) return [`${rule.id} names no test`];
  return rule.tests.flatMap(({ path, title }) => {
    if (title === null) return [`${rule.id} names ${path} but no test in it`];
    const texts = [...files].filter(([name]) => name === path || name.endsWith(`/${path}`)).map(([, text]) => text);
    if (texts.length !== 1) return [`${rule.id} names ${path}: ${texts.length} files are called so`];
    // A title is a string of the test's source, where quotes in it may stand behind a backslash.
    const holds = texts[0]?.replaceAll('\\', '').includes(title) === true;
    return holds ? [] : [`${rule.id} names "${title}", which ${path} does not hold`];
  });
}
