import { effectiveChain } from './chain-config.ts';
import type { ChainConfig, Config, ProviderConfig } from './config.ts';
import { loadConfig } from './load-config.ts';
import type { ConfigSources } from './load-config.ts';
import type { Mistake } from './mistake.ts';
import { optionTable } from './option-table.ts';
import type { Option } from './option-table.ts';
import { readFlags } from './read-arguments.ts';
import type { GivenValue } from './read-arguments.ts';
import { boolean, integer, number } from './value-type.ts';

/** What `txtrail sandbox` goes by. */
export interface SandboxConfig {
  /** The tracker's; without a chain, whose providers are known once they listen. */
  readonly tracker: Config;
  /** null: the usual one, or another where that is in use. */
  readonly rpcPort: number | null;
  readonly blockTimeMs: number;
  readonly hasDemo: boolean;
  /** null: another one at each start. */
  readonly seed: number | null;
}

export type LoadedSandboxConfig =
  | { readonly kind: 'config'; readonly config: SandboxConfig }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

export const defaultRpcPort = 8545;
const defaultBlockTimeSeconds = 2;

const ownOptions: readonly Option[] = [
  {
    path: null,
    flag: 'rpc-port',
    value: 'PORT',
    type: integer(0, 65_535),
    description: `Port on which the chain is served as JSON-RPC; 0 takes any free one. Default: ${defaultRpcPort}, or a free one where that is in use.`,
  },
  {
    path: null,
    flag: 'block-time',
    value: 'SECONDS',
    type: number(0.1, 60),
    default: defaultBlockTimeSeconds,
    description: 'Time between blocks.',
  },
  {
    path: null,
    flag: 'no-demo',
    isSwitch: true,
    type: boolean,
    description: 'No demo traffic and no reorg but those that are asked for.',
  },
  {
    path: null,
    flag: 'seed',
    value: 'N',
    type: integer(0, 2 ** 32 - 1),
    description: 'The same number gives the same demo again. Default: another one at each start.',
  },
];

/** Those of `txtrail start` that mean something here. */
const sharedFlags: readonly string[] = [
  'port',
  'host',
  'allowed-origins',
  'admin-port',
  'admin-host',
  'data',
  'log-level',
];

/** Talk for people is not to drown in logs; and whoever tries it out does so from pages of many ports. */
const otherDefaults = { TXTRAIL_LOG_LEVEL: 'warn', TXTRAIL_ALLOWED_ORIGINS: '*' } as const;

/** The options of `txtrail sandbox`, for reading and help. */
export const sandboxOptions: readonly Option[] = [
  ...ownOptions,
  ...optionTable.filter(({ flag }) => flag !== undefined && sharedFlags.includes(flag)).map(describedForSandbox),
];

/** Reads the command line and the variables that `txtrail start` knows. Every mistake is told at once. */
export function loadSandboxConfig({ args, environment, readFile }: ConfigSources): LoadedSandboxConfig {
  const flags = readFlags(args, { options: sandboxOptions, command: 'txtrail sandbox' });
  const given = (flag: string): unknown => flags.values.find(({ option }) => option.flag === flag)?.value;
  const trackerArgs = flags.values.flatMap((value) => passedOn(value));
  // The chain is the sandbox's own, whatever the environment names for the tracker of real ones.
  const { TXTRAIL_CHAIN: _chain, TXTRAIL_CONFIG: _config, ...variables } = environment;
  const environmentOfTracker = { ...otherDefaults, ...variables };
  const loaded = loadConfig({
    args: [...trackerArgs, '--chain', 'sandbox=http://127.0.0.1'],
    environment: environmentOfTracker,
    readFile,
  });
  const mistakes = [...flags.mistakes, ...(loaded.kind === 'mistakes' ? loaded.mistakes : [])];
  if (loaded.kind === 'mistakes' || mistakes.length > 0) return { kind: 'mistakes', mistakes };
  const config: SandboxConfig = {
    tracker: { ...loaded.config, chains: [] },
    rpcPort: (given('rpc-port') as number | undefined) ?? null,
    blockTimeMs: Math.round(((given('block-time') as number | undefined) ?? defaultBlockTimeSeconds) * 1000),
    hasDemo: given('no-demo') !== true,
    seed: (given('seed') as number | undefined) ?? null,
  };
  return { kind: 'config', config };
}

/** The sandbox's chain as the tracker follows it; the first provider leads. */
export function sandboxChain(
  providers: readonly Pick<ProviderConfig, 'name' | 'http' | 'ws'>[],
  blockTimeMs: number,
): ChainConfig {
  const place = { where: 'sandbox', chain: 'sandbox', isBroken: () => false };
  const chain = effectiveChain(place, { chain: 'sandbox', blockTimeMs, providers }, ({ path, problem }) => {
    throw new Error(`the sandbox's own chain is configured wrongly: ${path} ${problem}`);
  });
  if (chain === null) throw new Error('there is no preset of the sandbox');
  return chain;
}

function passedOn({ option, value }: GivenValue): readonly string[] {
  return option.flag !== undefined && sharedFlags.includes(option.flag) ? [`--${option.flag}=${String(value)}`] : [];
}

function describedForSandbox(option: Option): Option {
  if (option.flag === 'log-level') return { ...option, default: otherDefaults.TXTRAIL_LOG_LEVEL };
  if (option.flag === 'allowed-origins') return describedOrigins(option);
  if (option.flag !== 'data') return option;
  return { ...option, description: 'Directory of the key, and of the data of a run while it lasts.' };
}

function describedOrigins({ default: _none, ...option }: Option): Option {
  return { ...option, description: 'Origins whose pages may call the API from a browser. Default: *, any.' };
}
