import { LineCounter, parseDocument } from 'yaml';
import { nearestName } from '../lib/nearest-name.ts';
import { expected, expectedUrl } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { optionTable } from './option-table.ts';
import type { Option } from './option-table.ts';
import type { ValueType } from './value-type.ts';

/** The file's content, as plain objects whose every value fits its option: what does not is left out. */
export interface ReadFile {
  readonly content: FileContent;
  readonly mistakes: readonly Mistake[];
  /** Where the mistakes stand, and what a mistyped name was probably meant for; '' is the whole file. */
  readonly brokenPaths: readonly string[];
}

export interface FileContent {
  readonly [name: string]: unknown;
}

/** Reads YAML (and so JSON) and checks it against the option table. */
export function readFileText(fileName: string, source: string): ReadFile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { path: `${fileName}:${line}:${col}`, problem: error.message.split('\n')[0] ?? 'is not YAML' };
    });
    return unreadable(mistakes);
  }
  const content = toPlain(document);
  if (content === null) return { content: {}, mistakes: [], brokenPaths: [] };
  const mistakes: Mistake[] = [];
  const brokenPaths: string[] = [];
  const fitting = fittingPart(optionTree(), content, '', (path, mistake) => {
    mistakes.push({ ...mistake, path: path === '' ? fileName : `${fileName}: ${path}` });
    brokenPaths.push(path, ...(mistake.meant === undefined ? [] : [mistake.meant]));
  });
  return { content: (fitting ?? {}) as FileContent, mistakes, brokenPaths };
}

/** A file of which nothing can be said, for these reasons. */
export function unreadable(mistakes: readonly Mistake[]): ReadFile {
  return { content: {}, mistakes, brokenPaths: [''] };
}

/** What may stand at a place of the file: a value, an object of places, or a list of them. */
type Place =
  | { readonly kind: 'value'; readonly option: Option }
  | { readonly kind: 'object'; readonly members: Map<string, Place> }
  | { readonly kind: 'list'; readonly entry: Place };

type Report = (path: string, mistake: Mistake) => void;

/** The value without what does not fit; undefined where nothing does. A list keeps its places, for the paths of later mistakes. */
function fittingPart(place: Place, value: unknown, path: string, report: Report): unknown {
  switch (place.kind) {
    case 'value':
      if (place.option.type.accepts(value)) return value;
      report(path, mistakenValue(path, place.option.type, value));
      return undefined;
    case 'list':
      if (Array.isArray(value))
        return value.map((entry, index) => fittingPart(place.entry, entry, `${path}[${index}]`, report) ?? {});
      report(path, expected(path, 'a list', value));
      return undefined;
    case 'object':
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return fittingMembers(place.members, value, path, report);
      report(path, expected(path, 'an object', value));
      return undefined;
  }
}

function mistakenValue(path: string, type: ValueType, value: unknown): Mistake {
  return type.isUrl === true ? expectedUrl(path, type.expected, value) : expected(path, type.expected, value);
}

function fittingMembers(
  members: ReadonlyMap<string, Place>,
  value: object,
  path: string,
  report: Report,
): Record<string, unknown> {
  const fitting: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const memberPath = path === '' ? name : `${path}.${name}`;
    const place = members.get(name);
    if (place === undefined) report(memberPath, unknownMember(memberPath, name, [...members.keys()]));
    else {
      const part = fittingPart(place, member, memberPath, report);
      if (part !== undefined) fitting[name] = part;
    }
  }
  return fitting;
}

function unknownMember(path: string, name: string, known: readonly string[]): Mistake {
  const near = nearestName(name, known);
  if (near === null) return { path, problem: `is not known here; known are ${known.join(', ')}` };
  return {
    path,
    problem: `is not known here; did you mean ${near}?`,
    meant: `${path.slice(0, path.length - name.length)}${near}`,
  };
}

/** The table's paths as a tree. */
function optionTree(): Place {
  const root: Place & { kind: 'object' } = { kind: 'object', members: new Map() };
  for (const option of optionTable) {
    if (option.path === null) continue;
    const steps = option.path.split('.');
    let members = root.members;
    for (const step of steps.slice(0, -1)) members = membersAt(members, step);
    members.set(steps.at(-1)!, { kind: 'value', option });
  }
  return root;
}

function membersAt(members: Map<string, Place>, step: string): Map<string, Place> {
  const isList = step.endsWith('[]');
  const name = isList ? step.slice(0, -2) : step;
  const standing = members.get(name);
  const inner = standing?.kind === 'list' ? standing.entry : standing;
  if (inner?.kind === 'object') return inner.members;
  const object: Place & { kind: 'object' } = { kind: 'object', members: new Map() };
  members.set(name, isList ? { kind: 'list', entry: object } : object);
  return object.members;
}

/** Aliases are expanded by the parser within its own bound; what exceeds it is a mistake like any other. */
function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return 'aliases without end';
  }
}
