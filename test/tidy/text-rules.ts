import { lineOf, readSource } from './source-text.ts';
import type { Violation } from './violation.ts';

/** Written in pieces, so that this file does not break the rule it states. */
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npmmirror', 'com'],
  ['proxy', 'golang', 'org'],
  ['sum', 'golang', 'org'],
  ['pypi', 'org'],
  ['crates', 'io'],
].map((parts) => parts.join('.'));

const machinePaths = new RegExp(`(?:^|[\\s"'\`(=:,])/(?:${['work', 'root', 'home/[a-z]'].join('|')})(?:/|\\b)`);

/** Folders whose files may name the recorded data that lies beside the repository. */
const mayNameSharedData = [/\.test\.ts$/, /^test\/harness\/shared-data\.ts$/, /^\.ci\/run$/, /^README\.md$/];
const sharedFolder = `../${'shared'}`;

/** Rules for every text file that is tracked. */
export function textViolations(path: string, text: string): readonly Violation[] {
  const found: Violation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const at = (message: string) => found.push({ path, line: index + 1, message });
    for (const host of registryHosts)
      if (line.includes(host)) at(`names the package registry ${host}: leave that to each machine`);
    if (machinePaths.test(line)) at(`names a path of one machine: ${line.trim().slice(0, 80)}`);
    if (line.includes(sharedFolder) && !mayNameSharedData.some((allowed) => allowed.test(path))) {
      at(`names ${sharedFolder}: only tests that read recorded data may`);
    }
  }
  return found;
}

/** A catch that swallows without a word. One with a comment that says why is fine. */
export function emptyCatches(path: string, text: string): readonly Violation[] {
  const { code } = readSource(text);
  const pattern =
    /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}|\.catch\(\s*\(\s*\w*\s*\)\s*=>\s*(?:\{\s*\}|undefined)\s*,?\s*\)/g;
  return [...code.matchAll(pattern)]
    .filter((match) => !isExplained(text, match.index, match[0].length))
    .map((match) => ({
      path,
      line: lineOf(code, match.index),
      message: 'an empty catch: handle the fault, or say in a comment why there is nothing to do',
    }));
}

/** A comment stands within, or alone on the line above. */
function isExplained(text: string, offset: number, length: number): boolean {
  if (/\/[/*]/.test(text.slice(offset, offset + length))) return true;
  return /\n\s*(?:\/\/|\*)[^\n]*\n[^\n]*$/.test(text.slice(0, offset));
}

/** Notes of unfinished work: what is not built yet is not in the tree. */
export function unfinishedNotes(path: string, text: string): readonly Violation[] {
  const notes = new RegExp(
    `\\b(?:${['TO', 'FIX', 'XX'].map((start, index) => start + ['DO', 'ME', 'X'][index]).join('|')})\\b`,
    'g',
  );
  return [...text.matchAll(notes)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `${match[0]}: finish it, or leave it out`,
  }));
}
