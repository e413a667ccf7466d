import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** A command line that runs something on chosen cores: nothing before it where cores cannot be chosen. */
export interface Cores {
  /** In words, for the results. */
  readonly description: string;
  /** For the process that is measured. */
  readonly server: readonly string[];
  /** For the load, the chain and whatever else stands around it. */
  readonly load: readonly string[];
}

/** The measured process has the first core for itself; the load shares the others. */
export function chooseCores(): Cores {
  const count = availableParallelism();
  const canPin = spawnSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' }).status === 0;
  if (!canPin || count < 2)
    return { description: 'not pinned: taskset or a second core is missing', server: [], load: [] };
  const others = count === 2 ? '1' : `1-${count - 1}`;
  return {
    description: `the measured process on core 0, load and chain on core ${others}`,
    server: ['taskset', '-c', '0'],
    load: ['taskset', '-c', others],
  };
}

/** Node under a pin, with its own options. */
export function nodeOn(pin: readonly string[], ...options: readonly string[]): [string, ...string[]] {
  const [command, ...rest] = [...pin, process.execPath, ...options];
  return [command ?? process.execPath, ...rest];
}
