import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The absolute path of a file or folder of recorded data, such as `ethereum-etl`, or null where it
 * is absent: such a test is skipped, and `npm test` says so. The data lies beside the checkout
 * (`../shared/data`) or where `TXTRAIL_SHARED_DATA` points.
 */
export function sharedData(path: string): string | null {
  const folder = process.env.TXTRAIL_SHARED_DATA || join(repositoryRoot, '..', 'shared', 'data');
  const found = resolve(folder, path);
  return existsSync(found) ? found : null;
}
