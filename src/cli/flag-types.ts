import type { ValueType } from '../config/value-type.ts';

/** Types of values that only command lines have; none stands in a configuration file. */
function onCommandLine(expected: string, parse: (text: string) => unknown): ValueType {
  return { expected, parse, accepts: () => false };
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `90s`, `10m`, `2h`, `1d`, `500ms`; a bare number counts seconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitsMs[match[2] ?? 's'] ?? 0);
}

export const duration = onCommandLine('a duration such as 90s, 10m or 2h', parseDuration);

/** A point in time, or how long ago it was. */
export type GivenTime =
  | { readonly kind: 'at'; readonly timeMs: number }
  | { readonly kind: 'ago'; readonly agoMs: number };

function parseTime(text: string): GivenTime | undefined {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return { kind: 'ago', agoMs };
  // Date.parse alone takes nearly anything, each engine in its own way.
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const timeMs = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : { kind: 'at', timeMs };
}

/** A cursor is what the server signed: opaque, and of these characters. */
const cursorPattern = /^[A-Za-z0-9_.~=-]{16,1024}$/;

export const time = onCommandLine('a time such as 2026-01-31T12:00:00Z, or 2h for two hours ago', parseTime);

export const timeOrCursor = onCommandLine(
  'a time such as 2026-01-31T12:00:00Z, 2h for two hours ago, or a cursor',
  (text) => parseTime(text) ?? (cursorPattern.test(text) ? { kind: 'cursor', cursor: text } : undefined),
);

export const place = onCommandLine('latest, earliest, ack or a cursor', (text) =>
  ['latest', 'earliest', 'ack'].includes(text) || cursorPattern.test(text) ? text : undefined,
);

export const typeList = onCommandLine('event types, separated by commas, such as included,reorged', (text) => {
  const types = text.split(',').map((type) => type.trim());
  return types.every((type) => /^[a-z_]+(\.[a-z_]+)?$/.test(type)) ? types.map(fullType) : undefined;
});

/** `included` stands for `transaction.included`; `ping` is a type as it is. */
function fullType(type: string): string {
  return type.includes('.') || type === 'ping' ? type : `transaction.${type}`;
}

export const json = onCommandLine('JSON', (text) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
});
