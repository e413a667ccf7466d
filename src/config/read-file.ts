import { LineCounter, parseDocument } from 'yaml';
import { nearestName } from '../lib/nearest-name.ts';
import { expected } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { optionTable } from './option-table.ts';
import type { Option } from './option-table.ts';

/** The file's content, as plain objects whose every value fits its option; empty where there are mistakes. */
export interface ReadFile {
  readonly content: FileContent;
  readonly mistakes: readonly Mistake[];
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
    return { content: {}, mistakes };
  }
  const content = toPlain(document);
  if (content === null) return { content: {}, mistakes: [] };
  const mistakes: Mistake[] = [];
  check(optionTree(), content, '', (path, mistake) =>
    mistakes.push({ ...mistake, path: path === '' ? fileName : `${fileName}: ${path}` }),
  );
  return { content: mistakes.length === 0 ? (content as FileContent) : {}, mistakes };
}

/** What may stand at a place of the file: a value, an object of places, or a list of them. */
type Place =
  | { readonly kind: 'value'; readonly option: Option }
  | { readonly kind: 'object'; readonly members: Map<string, Place> }
  | { readonly kind: 'list'; readonly entry: Place };

type Report = (path: string, mistake: Mistake) => void;

function check(place: Place, value: unknown, path: string, report: Report): void {
  switch (place.kind) {
    case 'value':
      if (!place.option.type.accepts(value)) report(path, expected(path, place.option.type.expected, value));
      return;
    case 'list':
      if (!Array.isArray(value)) report(path, expected(path, 'a list', value));
      else for (const [index, entry] of value.entries()) check(place.entry, entry, `${path}[${index}]`, report);
      return;
    case 'object':
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        report(path, expected(path, 'an object', value));
      else checkMembers(place.members, value, path, report);
  }
}

function checkMembers(members: ReadonlyMap<string, Place>, value: object, path: string, report: Report): void {
  for (const [name, member] of Object.entries(value)) {
    const memberPath = path === '' ? name : `${path}.${name}`;
    const place = members.get(name);
    if (place !== undefined) {
      check(place, member, memberPath, report);
      continue;
    }
    const near = nearestName(name, [...members.keys()]);
    const problem =
      near === null
        ? `is not known here; known are ${[...members.keys()].join(', ')}`
        : `is not known here; did you mean ${near}?`;
    report(memberPath, { path: memberPath, problem });
  }
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
