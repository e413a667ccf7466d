import { nearestName } from '../lib/nearest-name.ts';
import { exitCodes } from './command-output.ts';
import type { CommandSpec } from './command-spec.ts';
import { plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';

interface Command {
  readonly name: string;
  readonly summary: string;
  /** Loaded when it is called: help and mistakes answer at once. */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<number>;
}

/** In the order in which somebody new meets them. */
export const commands: readonly Command[] = [
  {
    name: 'init',
    summary: 'write a configuration file, with three questions',
    run: bySpec('initSpec', async () => (await import('./init.ts')).runInit),
  },
  {
    name: 'doctor',
    summary: 'check this machine, the configuration and every provider',
    run: bySpec('doctorSpec', async () => (await import('./doctor/doctor.ts')).runDoctor),
  },
  {
    name: 'start',
    summary: 'follow chains and serve clients: in one process, or in roles',
    run: async (args, output) => (await import('./start.ts')).runStart(args, output),
  },
  {
    name: 'migrate',
    summary: 'make the topics and tables of the distributed mode, or bring them forward',
    run: bySpec('migrateSpec', async () => (await import('./migrate.ts')).runMigrate),
  },
  {
    name: 'sandbox',
    summary: 'the same over a chain of its own, with demo traffic: to try it out',
    run: async (args, output) => (await import('./sandbox.ts')).runSandbox(args, output),
  },
  {
    name: 'track',
    summary: 'track a transaction, and wait for what becomes of it',
    run: bySpec('trackSpec', async () => (await import('./track.ts')).runTrack),
  },
  {
    name: 'status',
    summary: 'how the server and its chains are, or one transaction and its story',
    run: bySpec('statusSpec', async () => (await import('./status.ts')).runStatus),
  },
  {
    name: 'tail',
    summary: 'follow events as they come',
    run: bySpec('tailSpec', async () => (await import('./tail.ts')).runTail),
  },
  {
    name: 'replay',
    summary: 'print again what was sent, and end',
    run: bySpec('replaySpec', async () => (await import('./replay.ts')).runReplay),
  },
];

type SpecName = keyof typeof import('./command-table.ts') & `${string}Spec`;
/** `args` are the arguments as they were given. */
type Run = (line: CommandLine, terminal: Terminal, args: readonly string[]) => Promise<number>;

/** A command of the table: its arguments are read, its mistakes told and its help given here. */
function bySpec(specName: SpecName, load: () => Promise<Run>): Command['run'] {
  return async (args, terminal) => {
    const spec: CommandSpec = (await import('./command-table.ts'))[specName];
    if (args.includes('--help') || args.includes('-h')) {
      terminal.out((await import('./command-help.ts')).commandHelp(spec));
      return exitCodes.done;
    }
    const read = (await import('./read-command-line.ts')).readCommandLine(spec, args);
    if (read.kind === 'mistakes') {
      const { mistakeLine } = await import('../config/mistake.ts');
      for (const mistake of read.mistakes) terminal.err(`${plainText(mistakeLine(mistake))}\n`);
      return exitCodes.misused;
    }
    return (await load())(read.line, terminal, args);
  };
}

/** Runs one command line and gives the process's exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') {
    const { packageVersion } = await import('../runtime/package-version.ts');
    terminal.out(`${packageVersion()}\n`);
    return exitCodes.done;
  }
  if (name === '--help' || name === '-h') {
    terminal.out(help());
    return exitCodes.done;
  }
  if (name === 'help') {
    if (rest[0] !== undefined) return runCommand([rest[0], '--help'], terminal);
    terminal.out(help());
    return exitCodes.done;
  }
  if (name === undefined) {
    terminal.err(help());
    return exitCodes.misused;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command.run(rest, terminal);
  const near = nearestName(
    name,
    commands.map((candidate) => candidate.name),
  );
  const hint = near === null ? 'see txtrail --help' : `did you mean ${near}?`;
  terminal.err(`txtrail: ${plainText(name)} is not a command; ${hint}\n`);
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
