import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { PageFolder } from '../../ports/page-folder.ts';

/** The file itself and what `scripts/build-dashboard.mjs` makes beside it. */
const siblings = ['', '.br', '.gz'];

/** A folder of the page, which may be missing, and may be built anew while it is served. */
export function pageFolder(path: string): PageFolder {
  return {
    path,
    holds: (name) => {
      const folder = realPath(path);
      const found = siblings.map((ending) => realPath(join(path, name + ending)));
      return (
        folder !== null && found[0] !== null && found.every((file) => file === null || file.startsWith(folder + sep))
      );
    },
  };
}

/** Where it really lies; null: it is not there. Names of a few dozen files are looked up, so it may block. */
function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    // Missing, or not ours to see: for who asks that is the same.
    return null;
  }
}
