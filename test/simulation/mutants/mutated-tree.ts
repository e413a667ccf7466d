import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit, Mutant } from './mutant.ts';

const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** A copy of the tree, in a folder of its own. */
export interface MutatedTree {
  readonly folder: string;
  remove(): void;
}

/**
 * Copies the tracked files, as they are on the disk, and puts the bug in.
 *
 * @param mutant null: the copy stays as it is
 */
export function mutatedTree(mutant: Mutant | null): MutatedTree {
  const folder = mkdtempSync(join(tmpdir(), 'txtrail-mutant-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const file of trackedFiles()) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      copyFileSync(join(repositoryRoot, file), join(folder, file));
    }
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
    for (const edit of mutant?.edits ?? []) {
      const path = join(folder, edit.file);
      writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
    }
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** @throws Error where the text to be changed does not stand there exactly once */
function edited(text: string, { file, find, replace }: Edit): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times what is to be changed: ${find}`);
  return parts.join(replace);
}

function trackedFiles(): readonly string[] {
  const listed = spawnSync('git', ['ls-files', '-z'], { cwd: repositoryRoot, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`the tracked files cannot be listed: ${listed.stderr}`);
  return listed.stdout.split('\u0000').filter((file) => file !== '');
}
