/** A source with what a scan must not mistake for code blanked out. Offsets and lines stay as they were. */
export interface SourceText {
  /** Comments blanked. */
  readonly withStrings: string;
  /** Comments and the contents of strings, templates and regular expressions blanked. */
  readonly code: string;
}

type Region = 'code' | 'comment' | 'string';

/** What a slash stands after when it begins a regular expression rather than divides. */
const beforeRegularExpression =
  /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|await|yield|void|throw))$/;

/** A light scanner, not a parser: enough for TypeScript as this repository's formatter prints it. */
export function readSource(text: string): SourceText {
  const regions = markRegions(text);
  let withStrings = '';
  let code = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    const region = regions[index];
    const blank = character === '\n' ? '\n' : ' ';
    withStrings += region === 'comment' ? blank : character;
    code += region === 'code' ? character : blank;
  }
  return { withStrings, code };
}

export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line += 1;
  return line;
}

function markRegions(text: string): readonly Region[] {
  const regions: Region[] = new Array<Region>(text.length).fill('code');
  /** For each template that is open: how many braces are open in its current `${…}`. */
  const depths: number[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text[index] ?? '';
    const end = endOfComment(text, index);
    if (end !== null) {
      regions.fill('comment', index, end);
      index = end;
    } else if (
      character === "'" ||
      character === '"' ||
      (character === '/' && beginsExpression(text, regions, index))
    ) {
      const after = character === '/' ? endOfRegularExpression(text, index) : endOfQuoted(text, index);
      // The delimiters stay code, so that something still stands there.
      regions.fill('string', index + 1, Math.max(index + 1, after - 1));
      index = after;
    } else if (character === '`' || (character === '}' && depths.at(-1) === 0)) {
      if (character === '}') depths.pop();
      const stop = endOfTemplateText(text, index + 1);
      regions.fill('string', index + 1, stop);
      if (text[stop] === '$') depths.push(0);
      index = stop + (text[stop] === '$' ? 2 : 1);
    } else {
      if (character === '{' && depths.length > 0) depths.push((depths.pop() ?? 0) + 1);
      if (character === '}' && depths.length > 0) depths.push((depths.pop() ?? 0) - 1);
      index += 1;
    }
  }
  return regions;
}

function endOfComment(text: string, start: number): number | null {
  if (text.startsWith('//', start) || (start === 0 && text.startsWith('#!')))
    return endOr(text, text.indexOf('\n', start));
  if (text.startsWith('/*', start)) return endOr(text, text.indexOf('*/', start + 2), 2);
  return null;
}

function beginsExpression(text: string, regions: readonly Region[], slash: number): boolean {
  let before = '';
  for (let index = slash - 1; index >= 0 && before.length < 10; index -= 1) {
    if (regions[index] === 'comment' || (before === '' && /\s/.test(text[index] ?? ''))) continue;
    before = (text[index] ?? '') + before;
  }
  return beforeRegularExpression.test(before);
}

/** Where the template ends or its next `${` begins. */
function endOfTemplateText(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1;
  return Math.min(end, text.length);
}

function endOr(text: string, found: number, length = 0): number {
  return found === -1 ? text.length : found + length;
}

function endOfQuoted(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== text[start] && text[index] !== '\n')
    index += text[index] === '\\' ? 2 : 1;
  return Math.min(index + 1, text.length);
}

function endOfRegularExpression(text: string, start: number): number {
  let index = start + 1;
  let inClass = false;
  while (index < text.length && text[index] !== '\n' && (inClass || text[index] !== '/')) {
    if (text[index] === '[') inClass = true;
    if (text[index] === ']') inClass = false;
    index += text[index] === '\\' ? 2 : 1;
  }
  return Math.min(index + 1, text.length);
}
