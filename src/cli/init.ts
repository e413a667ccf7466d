import { chmodSync, writeFileSync } from 'node:fs';
import { readChainFlag } from '../config/chain-flag.ts';
import { chainPresets, identifyChain } from '../config/chain-presets.ts';
import { loadConfig } from '../config/load-config.ts';
import { mistakeLine } from '../config/mistake.ts';
import { exitCodes } from './command-output.ts';
import { configText } from './config-text.ts';
import { plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';

const defaultFile = 'txtrail.yaml';
const defaultData = './txtrail-data';

export interface InitDeps {
  /** Writes a file that only its owner can read. `kept`: there is one already, and it was left as it is. */
  readonly writeFile: (name: string, text: string, mayReplace: boolean) => 'written' | 'kept';
}

interface Answers {
  /** As of `--chain`. */
  readonly chains: readonly string[];
  readonly data: string;
}

/** `txtrail init`: asks what it must know, and writes a configuration that `start` takes. */
export async function runInit(
  line: CommandLine,
  terminal: Terminal,
  _args: readonly string[] = [],
  deps: InitDeps = { writeFile },
): Promise<number> {
  const file = line.operand ?? defaultFile;
  const answers = await answersFor(line, terminal);
  if (answers === 'ended') {
    terminal.err('\ntxtrail: nothing was written\n');
    return exitCodes.interrupted;
  }
  if (answers === 'cannot ask') {
    terminal.err('--chain: expected NAME=URL[,URL…], found nothing; without a terminal nobody can be asked\n');
    return exitCodes.misused;
  }
  // The same reading as of a start, so that what is written is what a start takes.
  const loaded = loadConfig({ args: startArguments(line, answers), environment: {}, readFile: terminal.readFile });
  if (loaded.kind === 'mistakes') {
    for (const mistake of loaded.mistakes) terminal.err(`${mistakeLine(mistake)}\n`);
    return exitCodes.misused;
  }
  return write(file, configText(loaded.config), line.has('force'), terminal, deps);
}

function write(file: string, text: string, mayReplace: boolean, terminal: Terminal, deps: InitDeps): number {
  const shown = plainText(file);
  try {
    if (deps.writeFile(file, text, mayReplace) === 'kept') {
      terminal.err(`txtrail: ${shown} is there already and was left as it is; --force writes over it\n`);
      return exitCodes.failed;
    }
  } catch (error) {
    const { code = 'the reason is not known' } = error as NodeJS.ErrnoException;
    terminal.err(`txtrail: ${shown} cannot be written (${code}); name another file: txtrail init FILE\n`);
    return exitCodes.failed;
  }
  terminal.out(`${shown}\n`);
  terminal.err(
    `Written. Check it:  txtrail doctor --config ${shown}\nThen run it:        txtrail start --config ${shown}\n`,
  );
  return exitCodes.done;
}

async function answersFor(line: CommandLine, terminal: Terminal): Promise<Answers | 'ended' | 'cannot ask'> {
  const chains = line.values<string>('chain');
  const data = line.value<string>('data');
  if (line.has('yes') || !terminal.isInputTerminal) {
    return chains.length === 0 ? 'cannot ask' : { chains, data: data ?? defaultData };
  }
  const asked = chains.length > 0 ? chains : await askChain(terminal);
  if (asked === null) return 'ended';
  const askedData = data ?? (await askUntil(terminal, `Where is the data kept? [${defaultData}] `, dataOf));
  return askedData === null ? 'ended' : { chains: asked, data: askedData };
}

async function askChain(terminal: Terminal): Promise<readonly string[] | null> {
  const names = chainPresets.map((preset) => preset.name).join(', ');
  terminal.err(`Presets: ${names}. Any other EVM chain goes by its id, such as eip155:4242.\n`);
  const chain = await askUntil(terminal, 'Which chain shall be followed? [ethereum] ', chainOf);
  if (chain === null) return null;
  terminal.err(
    'A provider is best given by both its URLs, https and wss; a second provider takes over when the first fails.\n',
  );
  return askUntil(terminal, 'By which RPC URLs, separated by commas? ', (answer) => {
    const given = `${chain}=${answer.replaceAll(/\s+/g, ',').replaceAll(/,+/g, ',')}`;
    const { mistakes } = readChainFlag('URLs', given);
    const [mistake] = mistakes;
    return mistake === undefined ? { value: [given] } : { mistake: mistakeLine(mistake) };
  });
}

type Judged<Value> = { readonly value: Value } | { readonly mistake: string };

function chainOf(answer: string): Judged<string> {
  const name = answer === '' ? 'ethereum' : answer;
  const identity = identifyChain(name);
  return identity.kind === 'known' ? { value: name } : { mistake: `expected ${identity.expected}` };
}

function dataOf(answer: string): Judged<string> {
  return { value: answer === '' ? defaultData : answer };
}

/** Asks again until the answer will do; null where the input ends. */
async function askUntil<Value>(
  terminal: Terminal,
  question: string,
  judge: (answer: string) => Judged<Value>,
): Promise<Value | null> {
  for (;;) {
    const answer = await terminal.ask(question);
    if (answer === null) return null;
    const judged = judge(answer.trim());
    if ('value' in judged) return judged.value;
    terminal.err(`${judged.mistake}\n`);
  }
}

function startArguments(line: CommandLine, answers: Answers): readonly string[] {
  const port = line.value<number>('port');
  const adminPort = line.value<number>('admin-port');
  return [
    ...answers.chains.map((chain) => `--chain=${chain}`),
    `--data=${answers.data}`,
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(adminPort === undefined ? [] : [`--admin-port=${adminPort}`]),
  ];
}

function writeFile(name: string, text: string, mayReplace: boolean): 'written' | 'kept' {
  try {
    writeFileSync(name, text, { mode: 0o600, flag: mayReplace ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'kept';
    throw error;
  }
  // A file that was there keeps its mode otherwise.
  if (mayReplace) chmodSync(name, 0o600);
  return 'written';
}
