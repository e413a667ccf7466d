import { redactUrls } from '../lib/redact-urls.ts';

/** One mistake in what was configured: where it stands, what was expected, what was found. */
export interface Mistake {
  /** Such as `--port`, `TXTRAIL_PORT` or `txtrail.yaml: chains[0].confirmations`. */
  readonly path: string;
  readonly problem: string;
  /** The name that was probably meant by one that is not known. */
  readonly meant?: string;
}

export function expected(path: string, wanted: string, found: unknown): Mistake {
  return { path, problem: `expected ${wanted}, found ${describe(found)}` };
}

/** The same where an address is wanted, which may hold a key or a password wherever it was written wrongly. */
export function expectedUrl(path: string, wanted: string, found: unknown): Mistake {
  const isPlain = typeof found !== 'string' || (URL.canParse(found) && new URL(found).host !== '');
  return isPlain
    ? expected(path, wanted, found)
    : { path, problem: `expected ${wanted}, found ${found.length} characters` };
}

/** One line, as it is printed. */
export function mistakeLine(mistake: Mistake): string {
  return `${mistake.path}: ${mistake.problem}`;
}

const shown = 60;

/** A value in few words. Of what looks like a URL only scheme and host are shown: the rest may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const words = typeof value === 'string' ? JSON.stringify(redactUrls(value)) : String(value);
  return words.length > shown ? `${words.slice(0, shown)}…` : words;
}
