import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchOutcome, BenchSize } from './bench.ts';
import { chooseCores, type Cores } from './cores.ts';
import { compileClients } from './load-clients.ts';

export interface RunOptions {
  readonly size: BenchSize;
  readonly say: (line: string) => void;
  readonly cores?: Cores;
}

/** Runs one bench in a directory of its own that is gone afterwards. */
export async function runBench<Figures>(bench: Bench<Figures>, options: RunOptions): Promise<BenchOutcome<Figures>> {
  const directory = mkdtempSync(join(tmpdir(), 'txtrail-bench-'));
  try {
    const clients = compileClients(directory);
    return await bench.run({ cores: chooseCores(), ...options, clients, directory });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
