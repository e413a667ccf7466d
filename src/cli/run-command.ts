import { nearestName } from '../lib/nearest-name.ts';
import { exitCodes } from './command-output.ts';
import type { CommandOutput } from './command-output.ts';

interface Command {
  readonly name: string;
  readonly summary: string;
  /** Loaded when it is called: help and mistakes answer at once. */
  readonly run: (args: readonly string[], output: CommandOutput) => Promise<number>;
}

const commands: readonly Command[] = [
  {
    name: 'start',
    summary: 'follow chains and serve clients, in one process',
    run: async (args, output) => (await import('./start.ts')).runStart(args, output),
  },
  {
    name: 'sandbox',
    summary: 'the same over a chain of its own, with demo traffic: to try it out',
    run: async (args, output) => (await import('./sandbox.ts')).runSandbox(args, output),
  },
];

/** Runs one command line and gives the process's exit code. */
export async function runCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') {
    const { version } = await import('./version.ts');
    output.out(`${version()}\n`);
    return exitCodes.done;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    output.out(help());
    return exitCodes.done;
  }
  if (name === undefined) {
    output.err(help());
    return exitCodes.misused;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command.run(rest, output);
  const near = nearestName(
    name,
    commands.map((candidate) => candidate.name),
  );
  output.err(`txtrail: ${name} is not a command; ${near === null ? 'see txtrail --help' : `did you mean ${near}?`}\n`);
  return exitCodes.misused;
}

function help(): string {
  return [
    'txtrail COMMAND [options]',
    '',
    'Tells people what became of their blockchain transactions.',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name.padEnd(10)}${command.summary}`),
    '',
    '  txtrail COMMAND --help shows the options of a command',
    '  txtrail --version shows the version',
    '',
  ].join('\n');
}
