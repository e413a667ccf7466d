import { runCommand } from '../../src/cli/run-command.ts';
import { FakeTerminal, type FakeTerminalOptions } from './fake-terminal.ts';
import { waitUntil } from './wait-until.ts';

/** A command that runs in this process, at a terminal that keeps what it prints. */
export interface CliCommand {
  readonly terminal: FakeTerminal;
  readonly code: Promise<number>;
  /** Waits until something is printed on stderr. */
  said(pattern: RegExp): Promise<void>;
  /** Waits until so many lines are on stdout. */
  printed(count: number): Promise<void>;
}

/** Runs a command against a server, whose address and key it gets from the environment. */
export function cliCommand(
  server: { readonly url: string; readonly apiKey: string },
  args: readonly string[],
  options: FakeTerminalOptions = {},
): CliCommand {
  const environment = { TXTRAIL_URL: server.url, TXTRAIL_API_KEY: server.apiKey, ...options.environment };
  const terminal = new FakeTerminal({ ...options, environment });
  const describe = (): string => `${terminal.stdout}\n${terminal.stderr}`;
  return {
    terminal,
    code: runCommand(args, terminal),
    said: async (pattern) => {
      await waitUntil(() => pattern.test(terminal.stderr), { what: String(pattern), describe, everyMs: 5 });
    },
    printed: async (count) => {
      await waitUntil(() => terminal.lines.length >= count, { what: `${count} lines`, describe, everyMs: 5 });
    },
  };
}
