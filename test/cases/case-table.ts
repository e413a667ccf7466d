/** One row of `docs/internals/cases.md`. */
export interface CaseRow {
  /** Every number that it is about: a range is spelt out. */
  readonly numbers: readonly string[];
  /** False in the section of what is not covered yet. */
  readonly claimed: boolean;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  readonly cells: readonly string[];
}

/** The rows whose first cell is a number, or a range of them, such as `H01` or `H25-H26`. */
export function caseRows(page: string): readonly CaseRow[] {
  const rows: CaseRow[] = [];
  let claimed = true;
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) claimed = !line.includes('Not covered');
    const cells = line.startsWith('|')
      ? line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
      : [];
    const range = /^([HFN])(\d+)(?:-\1(\d+))?$/.exec(cells[0] ?? '');
    if (range === null) continue;
    const [, letter = '', from = '', to = from] = range;
    const tests = [...line.matchAll(/`([\w-]+\.test\.ts)`: "([^"]+)"/g)].map(([, file = '', title = '']) => ({
      file,
      title,
    }));
    rows.push({ numbers: numbersOf(letter, Number(from), Number(to)), claimed, tests, cells });
  }
  return rows;
}

/** `H01`, `H02`, …: two digits at least. */
export function numbersOf(letter: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${letter}${String(from + index).padStart(2, '0')}`);
}

/** What is wrong with a row; `sources` are the case tests by file name. */
export function rowProblems(row: CaseRow, sources: ReadonlyMap<string, string>): readonly string[] {
  const name = row.numbers.join(', ');
  if (!row.claimed) {
    const [, subject = '', reason = ''] = row.cells;
    const isExplained = reason === 'Not assigned.' || (subject !== '' && reason.length > 10);
    return isExplained ? [] : [`${name} is not covered, without a subject and a reason`];
  }
  if (row.tests.length === 0) return [`${name} names no test`];
  const cites = row.tests.some(({ title }) => row.numbers.some((number) => new RegExp(`\\b${number}\\b`).test(title)));
  const uncited = cites || name.startsWith('N') ? [] : [`${name}: none of its tests cites the number`];
  return [
    ...uncited,
    ...row.tests.flatMap(({ file, title }) =>
      testProblems(file, title, sources).map((problem) => `${name}: ${problem}`),
    ),
  ];
}

function testProblems(file: string, title: string, sources: ReadonlyMap<string, string>): readonly string[] {
  const source = sources.get(file);
  if (source === undefined) return [`there is no ${file}`];
  const found = findTest(source, title);
  if (found === null) return [`${file} has no test "${title}"`];
  const problems: string[] = [];
  if (/\.(?:skip|todo|fails|skipIf|runIf|only)\b/.test(found.head)) problems.push(`"${title}" is not run as it stands`);
  if (!/\bexpect\(|\.saw\(|\.providerIs\(/.test(found.body)) problems.push(`"${title}" asks for nothing`);
  return problems;
}

/** A test by its title: what stands before the title, and its body up to the closing line. */
function findTest(source: string, title: string): { readonly head: string; readonly body: string } | null {
  const quoted = ["'", '"', '`'].map((quote) => source.indexOf(`${quote}${title}${quote},`)).find((at) => at >= 0);
  if (quoted === undefined) return null;
  const start = Math.max(0, ...[...source.slice(0, quoted).matchAll(/^test\b/gm)].map(({ index }) => index));
  if (!/^test\b/.test(source.slice(start))) return null;
  const rest = source.slice(quoted);
  const end = /^(?:\}\)|\));$/m.exec(rest);
  return { head: source.slice(start, quoted), body: rest.slice(0, end?.index ?? rest.length) };
}
