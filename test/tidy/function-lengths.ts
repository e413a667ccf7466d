import { lineOf, readSource } from './source-text.ts';

export interface FunctionLength {
  /** As it is written before its body, shortened; an arrow function has no name of its own. */
  readonly name: string;
  /** 1 is the first line. */
  readonly line: number;
  /** Lines from the opening to the closing brace, both counted. */
  readonly lines: number;
}

const notFunctions =
  /^(?:if|for|while|switch|catch|with|else|do|try|finally|class|interface|namespace|module|enum|return|type)\b/;
const modifiers =
  /^(?:(?:export|default|declare|public|private|protected|static|override|abstract|readonly|get|set)\s+)*/;

/** Every function with a braced body, however deep it stands. */
export function functionLengths(text: string): readonly FunctionLength[] {
  const { code } = readSource(text);
  const found: FunctionLength[] = [];
  const open: { readonly offset: number; readonly name: string | null }[] = [];
  for (let index = 0; index < code.length; index += 1) {
    if (code[index] === '{') open.push({ offset: index, name: functionNameBefore(code, index) });
    if (code[index] !== '}') continue;
    const opened = open.pop();
    if (opened === undefined || opened.name === null) continue;
    const line = lineOf(code, opened.offset);
    found.push({ name: opened.name, line, lines: lineOf(code, index) - line + 1 });
  }
  return found.sort((one, other) => one.line - other.line);
}

/** The value below which this share of the numbers lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** What names the function whose body opens here; null where the brace opens something else. */
function functionNameBefore(code: string, brace: number): string | null {
  const before = code.slice(0, brace).trimEnd();
  if (before.endsWith('=>')) return 'arrow function';
  if (/[=(,[|&<?:;{}]$/.test(before) || before === '') return null;
  const header = code
    .slice(headerStart(code, before.length - 1), before.length)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(modifiers, '');
  if (!header.includes('(') || notFunctions.test(header)) return null;
  return header.slice(0, header.indexOf('(')).trim() || 'function';
}

/** Walks back over balanced brackets to where the statement or member begins. */
function headerStart(code: string, from: number): number {
  let depth = 0;
  for (let index = from; index >= 0; index -= 1) {
    const character = code[index] ?? '';
    // An arrow or a comparison (which the formatter sets between spaces) is no bracket.
    if ('<>'.includes(character) && /[\s=]>*$/.test(code.slice(Math.max(0, index - 3), index))) continue;
    if (')]>'.includes(character) || (character === '}' && (depth > 0 || !isStatementEnd(code, index)))) depth += 1;
    else if (depth > 0 && '([<{'.includes(character)) depth -= 1;
    else if (depth === 0 && ';{},([='.includes(character)) return index + 1;
  }
  return 0;
}

/** True where nothing but the next statement follows a closing brace: it stands at the end of its line. */
function isStatementEnd(code: string, brace: number): boolean {
  return /^}[ \t]*(?:\n|$)/.test(code.slice(brace));
}
