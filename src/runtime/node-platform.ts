import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeDisk } from '../adapters/node/node-disk.ts';
import { nodeListener } from '../adapters/node/node-listener.ts';
import { createNodeNetwork } from '../adapters/node/node-network.ts';
import { packageVersion } from '../adapters/node/package-version.ts';
import { pageFolder } from '../adapters/node/page-folder.ts';
import { makePrivateFile } from '../adapters/node/private-file.ts';
import { createSystemClock } from '../adapters/node/system-clock.ts';
import { createSystemRandom } from '../adapters/node/system-random.ts';
import { createTimerScheduler } from '../adapters/node/timer-scheduler.ts';
import { administrationFile, openAdministration } from '../adapters/sqlite/open-administration.ts';
import { historyFile, openHistory } from '../adapters/sqlite/sqlite-history.ts';
import type { EmbeddedPlatform } from './embedded.ts';

/** Where `npm run build:dashboard` puts the live page. */
const builtPage = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

/** The machine, with the data directory as its disk. */
export function nodePlatform(
  options: { readonly dataDir: string },
  observed: Pick<EmbeddedPlatform, 'logger' | 'metrics'>,
): EmbeddedPlatform {
  const clock = createSystemClock();
  return {
    ...observed,
    clock,
    scheduler: createTimerScheduler(),
    random: createSystemRandom(),
    disk: new NodeDisk({ directory: options.dataDir }),
    network: createNodeNetwork(),
    listener: nodeListener,
    administration: {
      version: packageVersion(),
      open: async () => {
        // The secret that signs cursors and tokens lies in it.
        await makePrivateFile(join(options.dataDir, administrationFile));
        return openAdministration({ directory: options.dataDir }, { clock });
      },
    },
    openHistory: async () => {
      // As the log, of which it has the older part.
      await makePrivateFile(join(options.dataDir, historyFile));
      return openHistory({ directory: options.dataDir });
    },
    page: pageFolder(builtPage),
  };
}
