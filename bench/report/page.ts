import type { Bench } from '../rig/bench.ts';
import { newestRawFiles, type RawFile } from './raw-file.ts';
import { table } from './words.ts';

const head = `# Results

What \`npm run bench\` measured, made from the raw files that are named below; a test checks that this page is what they
give. How it is measured, and why so: [decision 0010](../../docs/decisions/0010-how-it-is-measured.md). Every figure stands beside its limit or its peer from
the same run on the same machine; the ratio is what counts, since it moves less from machine to machine than the figures.
`;

/** The results page, from the newest raw file of each bench in the folder. */
export function resultsPage(folder: string, benches: readonly Bench<unknown>[]): string {
  const files = newestRawFiles(folder);
  const rows: string[][] = [];
  const sections: string[] = [];
  for (const bench of benches) {
    const found = files.get(bench.name);
    if (found === undefined) continue;
    rows.push(rowOf(found.name, found.raw));
    sections.push(bench.section(found.raw.figures));
  }
  const runs = table(['bench', 'raw file', 'commit', 'machine', 'node', 'load before', 'seconds'], rows);
  return `${[head, '## Runs', '', runs, '', ...sections.flatMap((section) => [section, ''])].join('\n').trimEnd()}\n`;
}

function rowOf(name: string, raw: RawFile): string[] {
  const size = raw.size === 'quick' ? `${raw.bench} (quick: no figures to keep)` : raw.bench;
  const machine = `${raw.machine}; ${raw.system}; ${raw.cores}`;
  const load = raw.loadAverage.toFixed(2);
  return [size, `[${name}](${name})`, raw.commit, machine, raw.node, load, String(Math.round(raw.seconds))];
}
