import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { startHelp } from '../config/option-help.ts';
import type { CommandOutput } from './command-output.ts';
import { processDeps, runServer } from './run-server.ts';
import type { ServerCommand, ServerDeps } from './run-server.ts';

export interface StartDeps extends ServerDeps {
  readonly start: ServerCommand<Config>['start'];
}

const startDeps: StartDeps = {
  ...processDeps,
  start: async (config, observed) => {
    const [{ startEmbedded }, { nodePlatform }] = await Promise.all([
      import('../runtime/embedded.ts'),
      import('../runtime/node-platform.ts'),
    ]);
    return startEmbedded(config, nodePlatform(config, observed));
  },
};

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
