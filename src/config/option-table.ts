import { roles } from './config.ts';
import { addresses, boolean, choice, choices, integer, integerOr, integers } from './value-type.ts';
import { origins, positive, text, url } from './value-type.ts';
import type { ValueType } from './value-type.ts';

/** One option. The table below is all there is: reading, checking, help and the reference page follow from it. */
export interface Option {
  /** Where it stands in the file, `[]` for the entries of a list; null: it is not in the file. */
  readonly path: string | null;
  readonly type: ValueType;
  /** Where nothing is given; undefined: there is none, or it follows from other options as `description` says. */
  readonly default?: unknown;
  readonly unit?: string;
  readonly description: string;
  /** Without the dashes. Its variable is `TXTRAIL_` and the flag in upper case with `_` for `-`. */
  readonly flag?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  /** A flag that takes no value: it is given or not. */
  readonly isSwitch?: boolean;
  /** An option that has only a variable: a secret, which a command line would show to every user of the machine. */
  readonly variable?: string;
  /** Kept and checked for what is not built yet; has no effect. */
  readonly isReserved?: boolean;
}

const key = text('at least 32 printable characters without spaces', /^[\x21-\x7e]{32,512}$/);
const host = text('a host name or address', /^[A-Za-z0-9.:_-]{1,255}$/);
const port = integer(0, 65_535);
const name = text('a name of 1 to 64 letters, digits, ".", "_" or "-"', /^[A-Za-z0-9._-]{1,64}$/);

export const optionTable: readonly Option[] = [
  { path: null, flag: 'config', value: 'FILE', type: text('a file name'), description: 'Configuration file in YAML.' },
  {
    path: 'mode',
    type: choice('embedded', 'distributed'),
    default: 'embedded',
    description:
      'How it runs: embedded, one process with its own log; or distributed, as roles over Kafka, Redis Cluster and PostgreSQL.',
  },
  {
    path: 'dataDir',
    flag: 'data',
    value: 'DIR',
    type: text('a directory name'),
    default: './txtrail-data',
    description: 'Directory of the log, snapshots, keys and history.',
  },
  {
    path: 'historyDays',
    flag: 'history-days',
    value: 'DAYS',
    type: integer(0, 3_650),
    default: 90,
    unit: 'days',
    description:
      'How long an event stays in the history of its transaction; at least as long as it waits for readers, which is all where this is 0.',
  },
  {
    path: 'server.host',
    flag: 'host',
    value: 'HOST',
    type: host,
    default: '127.0.0.1',
    description: 'Address on which clients are served.',
  },
  {
    path: 'server.port',
    flag: 'port',
    value: 'PORT',
    type: port,
    default: 8080,
    description: 'Port on which clients are served; 0 takes any free one.',
  },
  {
    path: 'server.allowedOrigins',
    flag: 'allowed-origins',
    value: 'ORIGIN[,ORIGIN…]',
    type: origins(64),
    default: [],
    description: 'Origins whose pages may call the API from a browser, or "*" for any. Default: none.',
  },
  {
    path: 'admin.host',
    flag: 'admin-host',
    value: 'HOST',
    type: host,
    default: '127.0.0.1',
    description: 'Address of /healthz, /readyz, /metrics and the admin API.',
  },
  {
    path: 'admin.port',
    flag: 'admin-port',
    value: 'PORT',
    type: port,
    default: 9090,
    description: 'Port of the same; 0 takes any free one.',
  },
  {
    path: null,
    flag: 'chain',
    value: 'NAME=URL[,URL…]',
    isRepeatable: true,
    type: text('NAME=URL[,URL…]'),
    description:
      'A chain, by preset name or CAIP-2 id, and its providers by http(s) and ws(s) URL. In the variable, chains are separated by spaces.',
  },
  {
    path: null,
    flag: 'role',
    value: 'ROLE[,ROLE…]',
    type: choices(...roles),
    description: 'What this process of a distributed TxTrail does; it runs distributed then. Default: everything.',
  },
  {
    path: 'logLevel',
    flag: 'log-level',
    value: 'LEVEL',
    type: choice('debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
    description: 'The least grave log lines that are written to stderr.',
  },
  {
    path: null,
    variable: 'TXTRAIL_API_KEY',
    type: key,
    description: 'Key of the tenant "default"; without it the first start makes one and prints it once.',
  },
  {
    path: null,
    variable: 'TXTRAIL_ADMIN_KEY',
    type: key,
    description: 'Key of the admin port; without it the first start makes one and prints it once.',
  },
  {
    path: 'chains[].chain',
    type: text('a preset name or a CAIP-2 id such as eip155:1'),
    description: 'The chain: a preset name or a CAIP-2 id. A preset fills in what is left out.',
  },
  {
    path: 'chains[].confirmations',
    type: integerOr(1, 1_000_000, 'safe', 'finalized'),
    description: 'When "confirmed" is said, unless a registration asks otherwise. Default: from the preset, else 12.',
  },
  {
    path: 'chains[].thresholds',
    type: integers(1, 1_000_000, 32),
    description:
      'Counts below the required one that give a "confirmation" event each, in any order. Default: [3], where that is below.',
  },
  {
    path: 'chains[].blockTimeMs',
    type: integer(10, 3_600_000),
    unit: 'milliseconds',
    description: 'Expected time between blocks. Default: from the preset, else 2000.',
  },
  {
    path: 'chains[].pollIntervalMs',
    type: integer(50, 3_600_000),
    unit: 'milliseconds',
    description:
      'How often the head is asked for where no socket tells of it. Default: a third of the block time, at least 250.',
  },
  {
    path: 'chains[].finality',
    type: integerOr(1, 1_000_000, 'tag'),
    default: 'tag',
    description: "The chain's own finalized tag, or a depth in blocks.",
  },
  {
    path: 'chains[].dropAfter.blocks',
    type: integer(1, 1_000_000),
    default: 20,
    unit: 'blocks',
    description:
      'Blocks over which every provider must deny a transaction before it is called dropped. Kept for later: not said yet.',
  },
  {
    path: 'chains[].dropAfter.seconds',
    type: integer(1, 31_536_000),
    default: 120,
    unit: 'seconds',
    description: 'Time over which the same must hold.',
  },
  {
    path: 'chains[].verifyBlocks',
    type: boolean,
    default: false,
    description: 'Recompute the transactions root and the header hash of every block. Not in this version: only false.',
  },
  { path: 'chains[].providers[].name', type: name, description: 'Name of the provider in reports. Default: p1, p2, …' },
  { path: 'chains[].providers[].http', type: url('http', 'https'), description: 'JSON-RPC over HTTP.' },
  {
    path: 'chains[].providers[].ws',
    type: url('ws', 'wss'),
    description: 'JSON-RPC over WebSocket. A provider needs one of the two.',
  },
  {
    path: 'chains[].providers[].role',
    type: choice('primary', 'secondary'),
    description:
      'Secondary ones are asked when no primary answers. Default: primary for the first, secondary for others.',
  },
  {
    path: 'chains[].providers[].weight',
    type: positive('a number above 0'),
    default: 1,
    description: 'Share of the load among providers of one role.',
  },
  {
    path: 'chains[].providers[].requestsPerSecond',
    type: positive('a number above 0'),
    unit: 'requests per second',
    description: 'The most that is asked of the provider. Default: no limit of ours.',
  },
  {
    path: 'webhooks.allowPrivateNetworks',
    type: boolean,
    default: false,
    isReserved: true,
    description: 'Deliver to addresses that are not public, for development.',
  },
  {
    path: 'webhooks.timeoutMs',
    type: integer(100, 300_000),
    default: 15_000,
    unit: 'milliseconds',
    isReserved: true,
    description: 'How long an endpoint may take to answer.',
  },
  {
    path: 'webhooks.retry.baseMs',
    type: integer(10, 3_600_000),
    default: 10_000,
    unit: 'milliseconds',
    isReserved: true,
    description: 'Wait after the first failed attempt; it doubles with each.',
  },
  {
    path: 'webhooks.retry.maxMs',
    type: integer(10, 86_400_000),
    default: 3_600_000,
    unit: 'milliseconds',
    isReserved: true,
    description: 'The longest wait between attempts.',
  },
  {
    path: 'webhooks.retry.maxAttempts',
    type: integer(1, 100),
    default: 11,
    isReserved: true,
    description: 'Attempts before an event goes to the dead letters.',
  },
  {
    path: 'distributed.kafka.brokers',
    type: addresses,
    description: 'Kafka brokers; one that answers is enough to find the others.',
  },
  {
    path: 'distributed.kafka.partitions',
    type: integer(1, 4096),
    default: 64,
    description:
      'Status partitions, and as many sender lanes and event lanes: over so many processes the work of a role can be spread. Fixed by the first txtrail migrate.',
  },
  {
    path: 'distributed.kafka.topicPrefix',
    type: text('1 to 64 letters, digits, ".", "_" or "-"', /^[A-Za-z0-9._-]{1,64}$/),
    default: 'txtrail.',
    description: 'What the names of topics and consumer groups begin with.',
  },
  {
    path: 'distributed.redis.nodes',
    type: addresses,
    description: 'Nodes of the Redis Cluster; one that answers is enough to find the others.',
  },
  {
    path: 'distributed.postgres.url',
    variable: 'TXTRAIL_POSTGRES_URL',
    type: url('postgres', 'postgresql'),
    description: 'PostgreSQL, with user and password.',
  },
  {
    path: 'distributed.postgres.schema',
    type: text('a lower-case name of 1 to 48 letters, digits or "_"', /^[a-z_][a-z0-9_]{0,47}$/),
    default: 'txtrail',
    description: 'The schema that holds its tables.',
  },
];

/** The variable of an option; null: it can only stand in the file. */
export function variableOf(option: Option): string | null {
  if (option.variable !== undefined) return option.variable;
  return option.flag === undefined ? null : `TXTRAIL_${option.flag.toUpperCase().replaceAll('-', '_')}`;
}
