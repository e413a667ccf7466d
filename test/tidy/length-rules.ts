import { functionLengths } from './function-lengths.ts';
import type { Violation } from './violation.ts';

const longestFile = 400;
const longestFunction = 70;
/** No reason is good enough for a file beyond this. */
const longestExceptionalFile = 600;

/**
 * What may be longer, with its length and the reason: `path` for a file, `path > name` for a
 * function. An entry allows the length it names and no more, and goes when it is no longer needed.
 */
export const lengthExceptions: Readonly<Record<string, { readonly lines: number; readonly reason: string }>> = {};

export function lengthViolations(path: string, text: string): readonly Violation[] {
  return violationsAmong(path, text, lengthExceptions);
}

/** The rule itself, for any table of exceptions. */
export function violationsAmong(path: string, text: string, exceptions: typeof lengthExceptions): readonly Violation[] {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  const found = judge(
    path,
    1,
    'the file',
    lines,
    { cap: longestFile, limit: longestExceptionalFile },
    exceptions[path],
  );
  for (const one of functionLengths(text)) {
    const allowed = { cap: longestFunction, limit: longestExceptionalFile };
    found.push(...judge(path, one.line, one.name, one.lines, allowed, exceptions[`${path} > ${one.name}`]));
  }
  return found;
}

function judge(
  path: string,
  line: number,
  what: string,
  lines: number,
  allowed: { readonly cap: number; readonly limit: number },
  exception: { readonly lines: number; readonly reason: string } | undefined,
): Violation[] {
  const most = Math.min(exception?.lines ?? allowed.cap, allowed.limit);
  if (lines > most)
    return [{ path, line, message: `${what} has ${lines} lines, at most ${most} are allowed: split it` }];
  if (exception !== undefined && lines <= allowed.cap) {
    return [{ path, line, message: `${what} has ${lines} lines and needs its exception no longer` }];
  }
  return [];
}
