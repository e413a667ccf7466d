import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from './child-process.ts';
import type { FuzzTarget } from './fuzz-target.ts';

export interface SchemathesisOptions {
  /** The program. */
  readonly command: string;
  /** Requests made up for each call and phase, at most. */
  readonly examples: number;
  /** The same seed makes up the same requests, as long as the answers are the same. */
  readonly seed: number;
  /** Each line as it is printed. */
  readonly say?: (line: string) => void;
}

export interface SchemathesisReport {
  /** 0: nothing was found. */
  readonly exitCode: number | null;
  readonly output: string;
  /** Requests that were sent. */
  readonly generated: number;
  /** Calls of the description that were tried. */
  readonly operations: number;
}

const hooks = fileURLToPath(new URL('../schemathesis/hooks.py', import.meta.url));

/** A long poll is kept to a second by the hooks; whatever takes this long hangs. */
const requestTimeoutSeconds = 30;

/** Streams do not end by themselves: each request would wait out the timeout. `event-stream.test.ts` tries it instead. */
export const endlessPaths: readonly string[] = ['/v1/events/stream'];

/** Tries the served description of a server: all checks, all phases. */
export async function runSchemathesis(options: SchemathesisOptions, target: FuzzTarget): Promise<SchemathesisReport> {
  // It keeps a cache where it runs, and what one run found is not to be another's beginning.
  const folder = mkdtempSync(join(tmpdir(), 'txtrail-schemathesis-'));
  const child = startProcess({
    name: 'schemathesis',
    command: options.command,
    cwd: folder,
    args: [
      ...['run', `${target.url}/openapi.json`, '--header', `Authorization: Bearer ${target.apiKey}`],
      ...['--max-examples', String(options.examples), '--seed', String(options.seed)],
      ...['--request-timeout', String(requestTimeoutSeconds), '--generation-database', 'none'],
      ...endlessPaths.flatMap((path) => ['--exclude-path', path]),
      ...['--continue-on-failure', '--no-color'],
    ],
    env: {
      SCHEMATHESIS_HOOKS: hooks,
      TXTRAIL_FUZZ_CURSORS: JSON.stringify(target.cursors),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const { code } = await child.exited;
  rmSync(folder, { recursive: true, force: true });
  const texts = child.lines.map(({ text }) => text);
  for (const text of texts) options.say?.(text);
  const output = texts.join('\n');
  return {
    exitCode: code,
    output,
    generated: Number(/(\d+) generated/.exec(output)?.[1] ?? 0),
    operations: Number(/Tested: (\d+)/.exec(output)?.[1] ?? 0),
  };
}
