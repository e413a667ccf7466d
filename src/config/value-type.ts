/** How an option's value is written, and what it is. `expected` completes "expected …". */
export interface ValueType {
  readonly expected: string;
  /** The value of a flag's or variable's text; undefined: it is not one. */
  readonly parse: (text: string) => unknown;
  /** Whether a value of the file is one. */
  readonly accepts: (value: unknown) => boolean;
  /** It may hold a key or a password: what is not one is not shown. */
  readonly isUrl?: boolean;
}

export function text(expected: string, pattern = /^[^\p{Cc}]+$/u): ValueType {
  const accepts = (value: unknown): boolean => typeof value === 'string' && pattern.test(value);
  return { expected, accepts, parse: (given) => (accepts(given) ? given : undefined) };
}

export function integer(least: number, most: number): ValueType {
  const accepts = (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  const expected = `a whole number from ${least} to ${most}`;
  return { expected, accepts, parse: (given) => parseInteger(given, accepts) };
}

export function number(least: number, most: number): ValueType {
  const accepts = (value: unknown): boolean => typeof value === 'number' && value >= least && value <= most;
  const parse = (given: string): number | undefined =>
    /^\d{1,9}(\.\d{1,9})?$/.test(given) && accepts(Number(given)) ? Number(given) : undefined;
  return { expected: `a number from ${least} to ${most}`, accepts, parse };
}

export function positive(expected: string): ValueType {
  const accepts = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0;
  return { expected, accepts, parse: (given) => (accepts(Number(given)) ? Number(given) : undefined) };
}

export const boolean: ValueType = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  parse: (given) => (given === 'true' ? true : given === 'false' ? false : undefined),
};

export function choice(...values: readonly string[]): ValueType {
  const accepts = (value: unknown): boolean => typeof value === 'string' && values.includes(value);
  return { expected: values.join(' or '), accepts, parse: (given) => (accepts(given) ? given : undefined) };
}

/** A whole number, or one of a few words. */
export function integerOr(least: number, most: number, ...words: readonly string[]): ValueType {
  const number = integer(least, most);
  const accepts = (value: unknown): boolean => number.accepts(value) || words.includes(String(value));
  return {
    expected: `${number.expected}, or ${words.join(' or ')}`,
    accepts,
    parse: (given) => (words.includes(given) ? given : number.parse(given)),
  };
}

export function integers(least: number, most: number, mostCount: number): ValueType {
  const number = integer(least, most);
  return {
    expected: `a list of at most ${mostCount} whole numbers from ${least} to ${most}`,
    accepts: (value) => Array.isArray(value) && value.length <= mostCount && value.every(number.accepts),
    parse: () => undefined,
  };
}

/** Some of the words, each once; separated by commas where they are one text. */
export function choices(...values: readonly string[]): ValueType {
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && new Set(value).size === value.length && value.every(isOne);
  const isOne = (entry: unknown): boolean => typeof entry === 'string' && values.includes(entry);
  return {
    expected: `a list of ${values.join(', ')}, each at most once`,
    accepts,
    parse: (given) => {
      const list = given.split(',').map((entry) => entry.trim());
      return accepts(list) ? list : undefined;
    },
  };
}

/** Where servers of a cluster listen. */
export const addresses: ValueType = {
  expected: 'a list of HOST:PORT',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (entry) => typeof entry === 'string' && /^([A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(entry),
    ),
  parse: () => undefined,
};

/** Origins of web pages as browsers write them, or `*`; separated by commas where they are one text. */
export function origins(mostCount: number): ValueType {
  const accepts = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.length <= mostCount && value.every(isOrigin);
  return {
    expected: `"*", or at most ${mostCount} origins such as https://app.example, without a path`,
    accepts: (value) => accepts(value) || (Array.isArray(value) && value.length === 0),
    parse: (given) => {
      const list = given.split(',').map((origin) => origin.trim());
      return accepts(list) ? list : undefined;
    },
  };
}

function isOrigin(value: unknown): boolean {
  if (value === '*') return true;
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, origin } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && origin === value;
}

export function url(...schemes: readonly string[]): ValueType {
  const accepts = (value: unknown): boolean =>
    typeof value === 'string' && URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1));
  return {
    expected: `a ${schemes.join(' or ')} URL`,
    accepts,
    isUrl: true,
    parse: (given) => (accepts(given) ? given : undefined),
  };
}

function parseInteger(given: string, accepts: (value: unknown) => boolean): number | undefined {
  if (!/^-?\d{1,16}$/.test(given)) return undefined;
  return accepts(Number(given)) ? Number(given) : undefined;
}
