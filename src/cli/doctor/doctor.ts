import { optionTable } from '../../config/option-table.ts';
import type { Config, ListenAddress } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { mistakeLine } from '../../config/mistake.ts';
import { exitCodes } from '../command-output.ts';
import { painted } from '../paint.ts';
import { jsonLine, plainText } from '../plain-text.ts';
import type { CommandLine } from '../read-command-line.ts';
import type { Terminal } from '../terminal.ts';
import { fail, pass, warn } from './check.ts';
import type { Check } from './check.ts';
import { machineChecks } from './machine-checks.ts';
import { providerChecks } from './provider-checks.ts';
import { serverChecks } from './server-checks.ts';
import { serviceChecks } from './service-checks.ts';

/** `txtrail doctor`: looks at everything that a start with the same options would need. */
export async function runDoctor(line: CommandLine, terminal: Terminal, args: readonly string[]): Promise<number> {
  const isJson = line.has('json');
  const checks: Check[] = [];
  const tell = (found: readonly Check[]): void => {
    checks.push(...found);
    if (!isJson) for (const check of found) terminal.out(checkLines(check, terminal.hasColour));
  };
  const { found, config } = configurationOf(
    args.filter((argument) => argument !== '--json'),
    terminal,
  );
  tell(found);
  // The distributed mode keeps nothing on this machine.
  tell(await machineChecks(config.distributed === null ? config.dataDir : null));
  tell(await serverChecks(config.server, config.admin));
  const asked = config.chains.flatMap((chain) =>
    chain.providers.map((provider) => providerChecks(chain, provider, terminal.now)),
  );
  if (config.distributed !== null) {
    const chains = config.chains.map(({ chain }) => chain);
    asked.unshift(...serviceChecks({ ...config.distributed, chains }));
  }
  for (const found of asked) tell(await found);
  if (isJson) terminal.out(jsonLine({ result: worstOf(checks), checks }, terminal.isOutTerminal));
  else terminal.err(`${summary(checks)}\n`);
  return worstOf(checks) === 'fail' ? exitCodes.failed : exitCodes.done;
}

type Looked = Pick<Config, 'dataDir' | 'admin' | 'chains' | 'distributed'> & { readonly server: ListenAddress };

/** The configuration as a start would read it; where that refuses it, the defaults, so that the machine is looked at all the same. */
function configurationOf(
  args: readonly string[],
  terminal: Terminal,
): { readonly found: readonly Check[]; readonly config: Looked } {
  const sources = { args, environment: terminal.environment, readFile: terminal.readFile };
  const loaded = loadConfig(sources);
  const about = { area: 'configuration', name: 'options' };
  if (loaded.kind === 'config') {
    const { config } = loaded;
    const words = config.chains.map((chain) => `${chain.name ?? chain.chain} (providers: ${chain.providers.length})`);
    return { found: [{ ...about, ...pass(`valid: ${words.join(', ')}`) }], config };
  }
  // Nothing but the chains is missing where a chain of no consequence makes it whole.
  const withChain = loadConfig({ ...sources, args: [...args, '--chain', 'sandbox=http://127.0.0.1'] });
  if (loaded.mistakes.length === 1 && withChain.kind === 'config' && withChain.config.chains.length === 1) {
    const finding = warn(
      'no chain is named, so no provider was asked',
      'Name one: --config FILE, or --chain NAME=URL[,URL…].',
    );
    return { found: [{ ...about, ...finding }], config: { ...withChain.config, chains: [] } };
  }
  const remedy = 'txtrail start refuses it as well; docs/reference/config.md explains every option.';
  const found = loaded.mistakes.map((mistake) => ({ ...about, ...fail(plainText(mistakeLine(mistake)), remedy) }));
  return { found, config: defaults() };
}

function defaults(): Looked {
  const of = (path: string): unknown => optionTable.find((option) => option.path === path)?.default;
  const address = (which: string): ListenAddress => ({
    host: of(`${which}.host`) as string,
    port: of(`${which}.port`) as number,
  });
  return {
    dataDir: of('dataDir') as string,
    server: address('server'),
    admin: address('admin'),
    chains: [],
    distributed: null,
  };
}

const colours = { pass: 'green', info: 'dim', warn: 'yellow', fail: 'red' } as const;

function checkLines({ area, name, result, finding, remedy }: Check, hasColour: boolean): string {
  const mark = painted(result.padEnd(4), colours[result], hasColour);
  const mend = remedy === null || result === 'pass' ? '' : `      ${remedy}\n`;
  return `${mark}  ${plainText(area)}: ${name}: ${finding}\n${mend}`;
}

function worstOf(checks: readonly Check[]): Check['result'] {
  const order = ['fail', 'warn'] as const;
  return order.find((result) => checks.some((check) => check.result === result)) ?? 'pass';
}

function summary(checks: readonly Check[]): string {
  const count = (result: Check['result']): number => checks.filter((check) => check.result === result).length;
  return `${checks.length} checks: ${count('fail')} failed, ${count('warn')} to look at`;
}
