import { readSource } from './source-text.ts';

/** What a reference page and the sources say of each other. */
export interface Difference {
  /** In the sources, not on the page. */
  readonly undocumented: readonly string[];
  /** On the page, not in the sources. */
  readonly unfounded: readonly string[];
}

export function compare(inSources: Iterable<string>, onPage: Iterable<string>): Difference {
  const sources = new Set(inSources);
  const page = new Set(onPage);
  return {
    undocumented: [...sources].filter((name) => !page.has(name)).sort(),
    unfounded: [...page].filter((name) => !sources.has(name)).sort(),
  };
}

/** The names a reference page explains: the first cell of each table row, in backticks. */
export function documentedNames(page: string): readonly string[] {
  return [...page.matchAll(/^\|\s*`([^`]+)`/gm)].map((match) => match[1] ?? '');
}

/** Codes given as literals, also in a conditional, as the first argument of `new TxTrailError(`. */
export function errorCodesOf(text: string): readonly string[] {
  const { withStrings } = readSource(text);
  return [...withStrings.matchAll(/\bnew TxTrailError\(\s*([^,]*)/g)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/'([a-z0-9_]+)'/g)].map((literal) => literal[1] ?? ''),
  );
}

/** True where the source gives a code that only a run would show, so that no scan can find it. */
export function hasComputedCode(text: string): boolean {
  const { withStrings } = readSource(text);
  return [...withStrings.matchAll(/\bnew TxTrailError\(\s*([^,]*)/g)].some((match) => !(match[1] ?? '').includes("'"));
}

export function metricNamesOf(text: string): readonly string[] {
  const { withStrings } = readSource(text);
  return [...withStrings.matchAll(/(['"`])(txtrail_[a-z0-9_]+)\1/g)].map((match) => match[2] ?? '');
}

/** Whether the source names the string at all. */
export function mentions(text: string, name: string): boolean {
  const { withStrings } = readSource(text);
  return ["'", '"', '`'].some((quote) => withStrings.includes(`${quote}${name}${quote}`));
}
