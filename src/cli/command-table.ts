import { optionTable, variableOf } from '../config/option-table.ts';
import { integer, integerOr, text, url } from '../config/value-type.ts';
import { assert } from '../lib/assert.ts';
import type { CommandSpec, ExitSpec, FlagSpec } from './command-spec.ts';
import { duration, json, place, time, timeOrCursor, typeList } from './flag-types.ts';
import { outcomeCodes } from './outcome-codes.ts';

/**
 * Every command that asks a server, or the machine. Reading of arguments, help and the reference page
 * follow from this table. Options of the commands that serve are in `config/option-table.ts`.
 */

const name = text('a text of 1 to 128 characters without control characters', /^[^\p{Cc}\p{Cs}]{1,128}$/u);
const chainName = text('a preset name or a CAIP-2 id such as eip155:1', /^[A-Za-z0-9:_-]{1,64}$/);
const fileName = text('a file name');

const asJson: FlagSpec = { name: 'json', description: 'Print JSON, one value a line.' };

/** How a command finds its server and its key. */
const connection: readonly FlagSpec[] = [
  {
    name: 'url',
    value: 'URL',
    type: url('http', 'https'),
    variable: 'TXTRAIL_URL',
    description: 'The server. Default: http://127.0.0.1:8080.',
  },
  {
    name: 'key-file',
    value: 'FILE',
    type: fileName,
    variable: 'TXTRAIL_KEY_FILE',
    description:
      'File that holds the API key. Without it the key is TXTRAIL_API_KEY, else, for a server on this machine, what the sandbox wrote to txtrail-data/sandbox-key. There is no flag for the key itself: every user of the machine could read it.',
  },
];

const subscriber: FlagSpec = {
  name: 'subscriber',
  value: 'NAME',
  type: name,
  description: 'Only what is tracked for this subscriber. Default: the whole tenant.',
};

const filters: readonly FlagSpec[] = [
  subscriber,
  {
    name: 'types',
    value: 'TYPE[,TYPE…]',
    type: typeList,
    description: 'Only events of these types; "transaction." may be left out: included,reorged.',
  },
  {
    name: 'transaction',
    value: 'ID',
    type: text('an id of a tracked transaction (tx_…)', /^tx_[0-9a-zA-Z]{1,64}$/),
    description: 'Only events of this tracked transaction.',
  },
  {
    name: 'chain',
    value: 'NAME',
    type: chainName,
    description: 'Only events of this chain, by preset name or CAIP-2 id.',
  },
];

export const trackSpec: CommandSpec = {
  name: 'track',
  usage: 'HASH|RAW|- --chain NAME [options]',
  about: [
    'Registers a transaction by its hash, or broadcasts a signed raw transaction and registers that; "-" reads it from stdin. Prints the tracked transaction.',
    'With --wait it goes on until the outcome is known and ends with its exit code. On the way a line on stderr tells status and confirmations. Ctrl-C ends the waiting, not the tracking.',
  ],
  operand: { name: 'HASH|RAW|-', isRequired: true },
  flags: [
    {
      name: 'chain',
      value: 'NAME',
      type: chainName,
      isRequired: true,
      description: 'The chain, by preset name or CAIP-2 id.',
    },
    {
      name: 'confirmations',
      value: 'N',
      type: integerOr(1, 1_000_000, 'safe', 'finalized'),
      description:
        'When it counts as confirmed: a count, safe or finalized. Default: what the server has for the chain.',
    },
    { name: 'wait', description: 'Wait for the outcome.' },
    {
      name: 'timeout',
      value: 'TIME',
      type: duration,
      description: 'How long to wait at most, such as 90s, 10m or 2h. Default: without end.',
    },
    { ...subscriber, description: 'For whom it is tracked. Default: the subscriber "default".' },
    { name: 'metadata', value: 'JSON', type: json, description: 'JSON that is kept with it, 2 kB at most.' },
    asJson,
    ...connection,
  ],
  exits: [
    { code: 0, meaning: 'registered; with --wait: confirmed (or final), and its execution succeeded' },
    { code: outcomeCodes.reverted, meaning: '--wait: confirmed (or final), but its execution reverted' },
    {
      code: outcomeCodes.replaced,
      meaning: '--wait: another transaction used its nonce, and has the confirmations asked for or is final',
    },
    { code: outcomeCodes.dropped, meaning: '--wait: several providers proved that no pool holds it any more' },
    { code: outcomeCodes.failed, meaning: '--wait: every provider rejected the broadcast' },
    { code: outcomeCodes.expired, meaning: '--wait: its validity or the tracking period ended' },
    { code: outcomeCodes.timeout, meaning: '--timeout was over before any of these' },
  ],
  examples: [
    'txtrail track 0x… --chain ethereum --wait --timeout 10m',
    'cast mktx … | txtrail track - --chain sandbox --wait --json',
  ],
};

export const statusSpec: CommandSpec = {
  name: 'status',
  usage: '[ID|HASH] [options]',
  about: [
    'Without an operand: the server, and for each chain its head, lag, finality and providers. With the id of a tracked transaction or a hash: where it stands and every event about it, with the evidence.',
  ],
  operand: { name: 'ID|HASH', isRequired: false },
  flags: [
    { name: 'chain', value: 'NAME', type: chainName, description: 'Only this chain, by preset name or CAIP-2 id.' },
    subscriber,
    asJson,
    ...connection,
  ],
  exits: [],
  examples: ['txtrail status', 'txtrail status 0x… --chain ethereum'],
};

export const tailSpec: CommandSpec = {
  name: 'tail',
  usage: '[options]',
  about: [
    'Prints each event as a line: time, subscriber and its number, type, transaction, facts. It goes on until it is interrupted, and over restarts of the server: nothing is left out and nothing printed twice.',
    'It acknowledges nothing, unless --ack says so.',
  ],
  operand: null,
  flags: [
    ...filters,
    {
      name: 'from',
      value: 'PLACE',
      type: place,
      description:
        'Where to begin: latest (only what comes now), earliest (everything kept), ack (after what the consumer acknowledged) or a cursor. Default: latest; with --consumer or --ack: ack.',
    },
    {
      name: 'consumer',
      value: 'NAME',
      type: name,
      description: 'The consumer whose acknowledgements count. Default: "default".',
    },
    { name: 'ack', description: 'Acknowledge what was printed, for the consumer.' },
    { name: 'limit', value: 'N', type: integer(1, 1_000_000_000), description: 'End after so many events.' },
    asJson,
    ...connection,
  ],
  exits: [{ code: 0, meaning: 'interrupted, or the limit was reached' }],
  examples: [
    'txtrail tail --types included,confirmed,reorged',
    'txtrail tail --json --from earliest | jq .data.transaction.status',
  ],
};

export const replaySpec: CommandSpec = {
  name: 'replay',
  usage: '[options]',
  about: [
    'Prints the events that the server keeps, exactly as they were sent, oldest first, up to the present one. It acknowledges nothing and changes nothing.',
  ],
  operand: null,
  flags: [
    {
      name: 'since',
      value: 'TIME|CURSOR',
      type: timeOrCursor,
      description: 'Only events from this time on, or after this cursor. Default: everything kept.',
    },
    { name: 'until', value: 'TIME', type: time, description: 'Only events up to this time.' },
    ...filters,
    { name: 'dry-run', description: 'Only count them, by type.' },
    asJson,
    ...connection,
  ],
  exits: [],
  examples: [
    'txtrail replay --since 2h --types reorged',
    'txtrail replay --since 2026-01-31T12:00:00Z --json > events.jsonl',
  ],
};

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
    'Looks at what a start would need and tells what to mend, one line a check: pass, warn, fail or info; in the distributed mode also how Kafka, Redis and PostgreSQL are set. It takes the options of txtrail start, all of them and from the same places: flags, variables and the file. It changes nothing and never shows more of a URL than its host.',
  ],
  operand: null,
  flags: [
    ...startFlags(...optionTable.flatMap(({ flag }) => flag ?? [])),
    { ...asJson, description: 'Print one JSON object: {result, checks: [{area, name, result, finding, remedy}]}.' },
  ],
  exits: [{ code: 1, meaning: 'at least one check failed' }],
  examples: ['txtrail doctor --config txtrail.yaml', 'txtrail doctor --chain ethereum=https://…,wss://…'],
};

export const migrateSpec: CommandSpec = {
  name: 'migrate',
  usage: '--config FILE',
  about: [
    'Makes the topics in Kafka and the tables in PostgreSQL that the distributed mode stands on, or brings them forward to this version, and tells what it made. Run it before the first start, and after each update before the processes of the new version start. Run twice, it changes nothing.',
  ],
  operand: null,
  flags: startFlags('config', 'chain', 'log-level'),
  exits: [
    {
      code: 1,
      meaning: 'a service cannot be reached, holds what this version must not touch, or lost what cannot be made anew',
    },
  ],
  examples: ['txtrail migrate --config txtrail.yaml'],
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
