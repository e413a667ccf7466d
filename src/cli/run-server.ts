import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load-config.ts';
import { mistakeLine } from '../config/mistake.ts';
import type { Mistake } from '../config/mistake.ts';
import type { NewKeys } from '../ports/credentials.ts';
import { redactUrls } from '../lib/redact-urls.ts';
import type { Observability } from '../runtime/process-observability.ts';
import { exitCodes } from './command-output.ts';
import type { CommandOutput } from './command-output.ts';
import { processSources } from './process-sources.ts';

/** A tracker that runs. */
export interface RunningTracker {
  readonly url: string;
  readonly adminUrl: string;
  /** Settles when it cannot go on. */
  readonly failed: Promise<Error>;
  /** Lines for people, shown once it serves. */
  readonly notes?: readonly string[];
  drain(): Promise<void>;
}

/** A command that serves until it is told to stop. */
export interface ServerCommand<Settings> {
  readonly help: () => string;
  readonly load: (
    sources: ConfigSources,
  ) =>
    | { readonly kind: 'config'; readonly config: Settings }
    | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };
  readonly logLevel: (settings: Settings) => Config['logLevel'];
  /** `end` is aborted when it is to stop before it serves; then it may reject with whatever it likes. */
  readonly start: (
    settings: Settings,
    deps: Observability,
    end: AbortSignal,
    onNewKeys: (keys: NewKeys) => void,
  ) => Promise<RunningTracker>;
}

/** What the process around the command gives. */
export interface ServerDeps {
  readonly sources: (args: readonly string[]) => ConfigSources;
  readonly observe: (options: { readonly level: Config['logLevel'] }) => Promise<Observability>;
  /** Calls back at each request to stop; returns the way to stop listening. */
  readonly onStopSignal: (listener: () => void) => () => void;
  /** Ends the process at once. */
  readonly exitNow: (code: number) => void;
}

/**
 * Runs until it is told to stop (exit 0) or cannot go on (exit 1). The first SIGTERM or SIGINT
 * drains; a second one ends the process at once.
 */
export async function runServer<Settings>(
  command: ServerCommand<Settings>,
  args: readonly string[],
  output: CommandOutput,
  deps: ServerDeps,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    output.out(command.help());
    return exitCodes.done;
  }
  const loaded = command.load(deps.sources(args));
  if (loaded.kind === 'mistakes') {
    for (const mistake of loaded.mistakes) output.err(`${mistakeLine(mistake)}\n`);
    return exitCodes.misused;
  }
  const stopping = Promise.withResolvers<'stop'>();
  let signals = 0;
  const release = deps.onStopSignal(() => {
    signals += 1;
    if (signals > 1) deps.exitNow(exitCodes.failed);
    stopping.resolve('stop');
  });
  try {
    return await runUntilStopped(command, loaded.config, stopping.promise, output, deps);
  } catch (error) {
    output.err(`txtrail: ${oneLine(error)}\n`);
    return exitCodes.failed;
  } finally {
    release();
  }
}

async function runUntilStopped<Settings>(
  command: ServerCommand<Settings>,
  settings: Settings,
  stopping: Promise<'stop'>,
  output: CommandOutput,
  deps: ServerDeps,
): Promise<number> {
  const observability = await deps.observe({ level: command.logLevel(settings) });
  const { logger } = observability;
  const end = new AbortController();
  void stopping.then(() => end.abort());
  const onNewKeys = ({ apiKey, adminKey }: NewKeys): void => {
    if (apiKey !== null) output.out(`txtrail key ${apiKey}\n`);
    if (adminKey !== null) output.out(`txtrail admin-key ${adminKey}\n`);
  };
  const tracker = await command.start(settings, observability, end.signal, onNewKeys).catch((error: unknown) => {
    if (end.signal.aborted) return null;
    throw error;
  });
  if (tracker === null) return exitCodes.done;
  output.out(`txtrail ready ${tracker.url}\n`);
  for (const line of tracker.notes ?? []) output.err(`${line}\n`);
  const ended = await Promise.race([stopping, tracker.failed]);
  if (ended !== 'stop') {
    // What was acknowledged is on the disk; whatever else is in memory cannot be trusted any more.
    output.err(`txtrail: ${oneLine(ended)}\n`);
    return exitCodes.failed;
  }
  logger.info('draining');
  await tracker.drain();
  logger.info('stopped');
  return exitCodes.done;
}

/** What went wrong, for a person: no stack, and of URLs no more than the host. */
function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return redactUrls(message).replaceAll(/\s*\n\s*/g, ' ');
}

export const processDeps: ServerDeps = {
  sources: processSources,
  observe: async (options) => (await import('../runtime/process-observability.ts')).processObservability(options),
  onStopSignal: (listener) => {
    process.on('SIGTERM', listener);
    process.on('SIGINT', listener);
    return () => {
      process.off('SIGTERM', listener);
      process.off('SIGINT', listener);
    };
  },
  exitNow: (code) => process.exit(code),
};
