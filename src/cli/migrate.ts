import type { Config, DistributedConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { mistakeLine } from '../config/mistake.ts';
import { redactUrls } from '../lib/redact-urls.ts';
import type { Migrated } from '../runtime/distributed/migrate.ts';
import { exitCodes } from './command-output.ts';
import { plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';

export interface MigrateDeps {
  /** `onWaiting`: told what is waited for, once that takes some seconds. */
  readonly migrate: (
    config: Config,
    distributed: DistributedConfig,
    onWaiting: (what: string) => void,
  ) => Promise<Migrated>;
}

const migrateDeps: MigrateDeps = {
  migrate: async (config, distributed, onWaiting) => {
    const [{ migrateServices }, { nodePlatform }, { processObservability }] = await Promise.all([
      import('../runtime/distributed/migrate.ts'),
      import('../runtime/node-platform.ts'),
      import('../runtime/process-observability.ts'),
    ]);
    const machine = nodePlatform(config, processObservability({ level: config.logLevel }));
    return migrateServices(config, distributed, { ...machine, onWaiting });
  },
};

/** `txtrail migrate`: topics and tables of the distributed mode. */
export async function runMigrate(
  _line: CommandLine,
  terminal: Terminal,
  args: readonly string[],
  deps: MigrateDeps = migrateDeps,
): Promise<number> {
  const { environment, readFile } = terminal;
  const loaded = loadConfig({ args, environment, readFile });
  if (loaded.kind === 'mistakes') {
    for (const mistake of loaded.mistakes) terminal.err(`${plainText(mistakeLine(mistake))}\n`);
    return exitCodes.misused;
  }
  const { config } = loaded;
  if (config.distributed === null) {
    terminal.err('mode: expected distributed, found embedded: an embedded process makes what it needs by itself\n');
    return exitCodes.misused;
  }
  try {
    const { postgres, kafka } = await deps.migrate(config, config.distributed, (what) => {
      terminal.err(`txtrail: it waits for ${plainText(what)}\n`);
    });
    for (const name of postgres) terminal.out(`PostgreSQL: ${plainText(name)}\n`);
    for (const name of kafka) terminal.out(`Kafka: ${plainText(name)}\n`);
    if (postgres.length + kafka.length === 0) terminal.out('Everything is there already.\n');
    return exitCodes.done;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    terminal.err(`txtrail: ${plainText(redactUrls(message))}\n`);
    return exitCodes.failed;
  }
}
