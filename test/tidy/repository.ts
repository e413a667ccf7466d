import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Every text file that is tracked or could be, by its path from the root. Needs git. */
export function repositoryFiles(): ReadonlyMap<string, string> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  const files = new Map<string, string>();
  for (const path of listed.split('\0')) {
    const absolute = join(repositoryRoot, path);
    // A file that was deleted but is still in git's index is listed too.
    if (path === '' || !existsSync(absolute)) continue;
    const text = readFileSync(absolute, 'utf8');
    if (!text.includes('\0')) files.set(path, text);
  }
  return files;
}

/** The text of a file that has to be there. Throws with its path where it is not. */
export function requiredFile(files: ReadonlyMap<string, string>, path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is missing`);
  return text;
}
