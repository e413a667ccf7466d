import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TimedResult } from '../run-seeds.ts';
import type { Mutant } from './mutant.ts';
import { mutatedTree } from './mutated-tree.ts';

/** The first seed that shows what is wrong. */
export interface Catch {
  readonly seed: number;
  /** The first broken promise, or how the run ended. */
  readonly problem: string;
}

export interface Proof {
  /** null: every seed of the budget broke no promise. */
  readonly caught: Catch | null;
  readonly seedsRun: number;
  /** Of the machine, milliseconds. */
  readonly tookMs: number;
}

/** A seed takes half a second; one that takes this long, milliseconds, does not end any more. */
const seedLimitMs = 60_000;

/** Runs the seeds from 1 to the budget over a copy of the tree with this bug, up to the first that shows it. */
export async function proveMutant(mutant: Mutant): Promise<Proof> {
  return proveTree(mutant, { from: 1, to: mutant.seeds });
}

/** The same over a copy without any bug: what is caught there says nothing about the bugs. */
export async function proveUnchanged(seeds: { readonly from: number; readonly to: number }): Promise<Proof> {
  return proveTree(null, seeds);
}

async function proveTree(mutant: Mutant | null, seeds: { readonly from: number; readonly to: number }): Promise<Proof> {
  const beganMs = performance.now();
  const tree = mutatedTree(mutant);
  try {
    const { caught, seedsRun } = await runUntilCaught(tree.folder, seeds);
    return { caught, seedsRun, tookMs: Math.round(performance.now() - beganMs) };
  } finally {
    tree.remove();
  }
}

function runUntilCaught(
  folder: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Pick<Proof, 'caught' | 'seedsRun'>> {
  const command = ['test/simulation/simulate.ts', '--seeds', `${from}-${to}`, '--json'];
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = lastLines(child.stderr);
  let next = from;
  return new Promise((resolve, reject) => {
    let caught: Catch | null = null;
    const stop = (problem: string): void => {
      caught ??= { seed: next, problem };
      child.kill('SIGKILL');
    };
    let limit: NodeJS.Timeout;
    const wait = (): void => {
      clearTimeout(limit);
      limit = setTimeout(() => stop(`it does not end in ${seedLimitMs / 1_000} s`), seedLimitMs);
    };
    wait();
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (caught !== null) return;
      const { problems } = JSON.parse(line) as TimedResult;
      if (problems[0] !== undefined) return stop(problems[0]);
      next += 1;
      wait();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      if (caught === null && next <= to) stop(`the process ended with ${code ?? signal}: ${said()}`);
      resolve({ caught, seedsRun: Math.min(next, to) - from + 1 });
    });
  });
}

/** What a process says last, as one line. */
function lastLines(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text = (text + String(chunk)).slice(-4_000);
  });
  return () =>
    text
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim() ?? text.trim().slice(0, 200);
}
