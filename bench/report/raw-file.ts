import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchSize, Check } from '../rig/bench.ts';

/** What one run of one bench leaves behind; the results page is made of nothing else. */
export interface RawFile {
  readonly bench: string;
  readonly size: BenchSize;
  readonly command: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: string;
  readonly system: string;
  readonly cores: string;
  readonly node: string;
  readonly commit: string;
  /** Over one minute, before the bench: what else the machine had to do. */
  readonly loadAverage: number;
  readonly checks: readonly Check[];
  readonly figures: unknown;
}

const pattern = /^bench-([a-z-]+)-(\d{4}-\d{2}-\d{2}T\d{6})\.json$/;

export function rawFileName({ bench, startedAt }: Pick<RawFile, 'bench' | 'startedAt'>): string {
  return `bench-${bench}-${startedAt.slice(0, 19).replaceAll(':', '')}.json`;
}

export function writeRawFile(folder: string, raw: RawFile): string {
  const name = rawFileName(raw);
  writeFileSync(join(folder, name), `${JSON.stringify(raw, null, 1)}\n`);
  return name;
}

/** Of each bench the newest file, by its name. */
export function newestRawFiles(folder: string): ReadonlyMap<string, { readonly name: string; readonly raw: RawFile }> {
  const newest = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const bench = pattern.exec(name)?.[1];
    if (bench !== undefined) newest.set(bench, name);
  }
  return new Map(
    [...newest].map(([bench, name]) => [
      bench,
      { name, raw: JSON.parse(readFileSync(join(folder, name), 'utf8')) as RawFile },
    ]),
  );
}
