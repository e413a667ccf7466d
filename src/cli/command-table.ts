import { optionTable, variableOf } from '../config/option-table.ts';
import { integer, text } from '../config/value-type.ts';
import { assert } from '../lib/assert.ts';
import type { CommandSpec, ExitSpec, FlagSpec } from './command-spec.ts';

/**
 * Every command that asks a server, or the machine. Reading of arguments, help and the reference page
 * follow from this table. Options of the commands that serve are in `config/option-table.ts`.
 */

const asJson: FlagSpec = { name: 'json', description: 'Print JSON, one value a line.' };

export const initSpec: CommandSpec = {
  name: 'init',
  usage: '[FILE] [options]',
  about: [
    'Asks which chain to follow, by which RPC URLs, and where to keep the data, and writes a commented configuration for txtrail start. What a flag says is not asked.',
    'The file may hold the keys of your RPC providers, so only you can read it.',
  ],
  operand: { name: 'FILE', isRequired: false },
  flags: [
    {
      name: 'chain',
      value: 'NAME=URL[,URL…]',
      type: text('NAME=URL[,URL…]'),
      isRepeatable: true,
      description:
        'A chain, by preset name or CAIP-2 id, and its providers by http(s) and ws(s) URL, as in txtrail start.',
    },
    {
      name: 'data',
      value: 'DIR',
      type: text('a directory name'),
      description: 'Where the data is kept. Default: ./txtrail-data.',
    },
    {
      name: 'port',
      value: 'PORT',
      type: integer(1, 65_535),
      description: 'Port on which clients are served. Default: 8080.',
    },
    {
      name: 'admin-port',
      value: 'PORT',
      type: integer(1, 65_535),
      description: 'Port of /healthz, /readyz and /metrics. Default: 9090.',
    },
    { name: 'yes', description: 'Ask nothing: take flags and defaults.' },
    { name: 'force', description: 'Write over a file that is there.' },
  ],
  exits: [{ code: 1, meaning: 'the file is there already, or cannot be written' }],
  examples: ['txtrail init', 'txtrail init --yes --chain ethereum=https://…,wss://… --data /var/lib/txtrail'],
};

export const doctorSpec: CommandSpec = {
  name: 'doctor',
  usage: '[options]',
  about: [
    'Looks at what a start would need and tells what to mend, one line a check: pass, warn, fail or info. It takes the same options as txtrail start, from flags, variables and the file. It changes nothing and never shows more of a URL than its host.',
  ],
  operand: null,
  flags: [
    ...startFlags('config', 'chain', 'data', 'host', 'port', 'admin-host', 'admin-port'),
    { ...asJson, description: 'Print one JSON object: {verdict, checks: [{area, name, verdict, finding, remedy}]}.' },
  ],
  exits: [{ code: 1, meaning: 'at least one check failed' }],
  examples: ['txtrail doctor --config txtrail.yaml', 'txtrail doctor --chain ethereum=https://…,wss://…'],
};

/** Options of `start`, as that has them. */
function startFlags(...names: readonly string[]): readonly FlagSpec[] {
  return names.map((name) => {
    const option = optionTable.find((candidate) => candidate.flag === name);
    assert(option?.value !== undefined, `start has no option --${name}`);
    const { value, type, description, isRepeatable = false } = option;
    return { name, value, type, description, isRepeatable, variable: String(variableOf(option)) };
  });
}

/** What every command may end with. */
export const commonExits: readonly ExitSpec[] = [
  { code: 0, meaning: 'done' },
  { code: 1, meaning: 'it could not be done: no server there, the key is refused, not found, a fault on the way' },
  { code: 2, meaning: 'the command line has mistakes, each told in a line' },
  { code: 130, meaning: 'interrupted before it was done' },
  { code: 141, meaning: 'whoever read the output stopped reading' },
];
