import type { Config, DistributedConfig } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { startHelp } from '../config/option-help.ts';
import type { CommandOutput } from './command-output.ts';
import type { Starting } from '../runtime/distributed/distributed.ts';
import type { Observability } from '../runtime/process-observability.ts';
import { processDeps, runServer } from './run-server.ts';
import type { RunningTracker, ServerCommand, ServerDeps } from './run-server.ts';

export interface StartDeps extends ServerDeps {
  readonly start: ServerCommand<Config>['start'];
}

const startDeps: StartDeps = {
  ...processDeps,
  start: async (config, observed, end, onNewKeys) => {
    if (config.distributed !== null) return startRoles(config, config.distributed, observed, { end, onNewKeys });
    const [{ startEmbedded }, { nodePlatform }] = await Promise.all([
      import('../runtime/embedded.ts'),
      import('../runtime/node-platform.ts'),
    ]);
    return startEmbedded(config, nodePlatform(config, observed), onNewKeys);
  },
};

async function startRoles(
  config: Config,
  distributed: DistributedConfig,
  observed: Observability,
  starting: Starting,
): Promise<RunningTracker> {
  const [{ startDistributed }, { packageVersion }, { nodePlatform }] = await Promise.all([
    import('../runtime/distributed/distributed.ts'),
    import('../runtime/package-version.ts'),
    import('../runtime/node-platform.ts'),
  ]);
  const machine = { ...nodePlatform(config, observed), version: packageVersion() };
  return startDistributed(config, distributed, machine, starting);
}

/** `txtrail start`: follows the chains of its configuration. */
export function runStart(args: readonly string[], output: CommandOutput, deps: StartDeps = startDeps): Promise<number> {
  const { start } = deps;
  return runServer(
    { help: startHelp, load: loadConfig, logLevel: (config) => config.logLevel, start },
    args,
    output,
    deps,
  );
}
