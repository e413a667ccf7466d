import { effectiveChain } from './chain-config.ts';
import type { ChainPlace, GivenChain } from './chain-config.ts';
import { readChainFlag } from './chain-flag.ts';
import { identifyChain } from './chain-presets.ts';
import { type ChainConfig, type Config, type DistributedConfig, type Role, roles } from './config.ts';
import { expected } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { optionTable } from './option-table.ts';
import { readFlags, readVariables } from './read-arguments.ts';
import type { GivenValue } from './read-arguments.ts';
import { readFileText, unreadable } from './read-file.ts';
import type { FileContent, ReadFile } from './read-file.ts';

export interface ConfigSources {
  /** The arguments after `start`. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws where it cannot be read. */
  readonly readFile: (name: string) => string;
}

export type LoadedConfig =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

/** The effective configuration: flag before variable before file before default. Every mistake is told at once. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const flags = readFlags(sources.args);
  const variables = readVariables(sources.environment);
  const mistakes: Mistake[] = [...flags.mistakes, ...variables.mistakes];
  const report = (mistake: Mistake): void => {
    mistakes.push(mistake);
  };
  const given = new GivenValues([flags.values, variables.values]);
  const fileName = given.flag('config')?.value as string | undefined;
  const read = fileName === undefined ? noFile : loadFile(fileName, sources);
  for (const mistake of read.mistakes) report(mistake);
  const file = read.content;
  const option = (path: string): unknown => given.path(path)?.value ?? memberAt(file, path) ?? defaultOf(path);
  // A mistake in naming a chain or the file does not mean that there are none.
  const isChainMeant =
    isBroken(read, 'chains') || mistakes.some(({ path, meant }) => namesChains(path) || namesChains(meant));
  const chains = effectiveChains(given, read, fileName ?? '', report);
  if (chains.wantedCount === 0 && !isChainMeant)
    report(expected('chains', 'at least one chain, in the file or as --chain NAME=URL', undefined));
  const config: Config = {
    ...modeOf(given, read, option, report),
    dataDir: option('dataDir') as string,
    historyDays: option('historyDays') as number,
    server: {
      host: option('server.host') as string,
      port: option('server.port') as number,
      allowedOrigins: option('server.allowedOrigins') as readonly string[],
    },
    admin: { host: option('admin.host') as string, port: option('admin.port') as number },
    chains: chains.chains,
    apiKey: (given.variable('TXTRAIL_API_KEY')?.value as string | undefined) ?? null,
    adminKey: (given.variable('TXTRAIL_ADMIN_KEY')?.value as string | undefined) ?? null,
    logLevel: option('logLevel') as Config['logLevel'],
  };
  checkPorts(config, report);
  return mistakes.length === 0 ? { kind: 'config', config } : { kind: 'mistakes', mistakes };
}

/** What flags and variables give, the flags first. */
class GivenValues {
  readonly #sources: readonly (readonly GivenValue[])[];

  constructor(sources: readonly (readonly GivenValue[])[]) {
    this.#sources = sources;
  }

  flag(flag: string): GivenValue | undefined {
    return this.#sources.flat().find((given) => given.option.flag === flag);
  }

  path(path: string): GivenValue | undefined {
    return this.#sources.flat().find((given) => given.option.path === path);
  }

  variable(variable: string): GivenValue | undefined {
    return this.#sources.flat().find((given) => given.option.variable === variable);
  }

  /** All of the first source that gives any. */
  all(flag: string): readonly GivenValue[] {
    const lists = this.#sources.map((values) => values.filter((given) => given.option.flag === flag));
    return lists.find((values) => values.length > 0) ?? [];
  }
}

const noFile: ReadFile = { content: {}, mistakes: [], brokenPaths: [] };

function loadFile(name: string, sources: ConfigSources): ReadFile {
  try {
    return readFileText(name, sources.readFile(name));
  } catch (error) {
    return unreadable([{ path: name, problem: fileProblem((error as { readonly code?: string }).code) }]);
  }
}

function fileProblem(code: string | undefined): string {
  return `expected a configuration file; ${fileFinding(code)}`;
}

function fileFinding(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read by this user';
    default:
      return `it cannot be read (${code ?? 'the reason is not known'})`;
  }
}

/** `--role` means a process of a distributed TxTrail, whatever the file calls itself. */
function modeOf(
  given: GivenValues,
  read: ReadFile,
  option: (path: string) => unknown,
  report: (mistake: Mistake) => void,
): Pick<Config, 'mode' | 'roles' | 'distributed'> {
  const wanted = given.flag('role')?.value as readonly Role[] | undefined;
  if (wanted === undefined && option('mode') === 'embedded') return { mode: 'embedded', roles, distributed: null };
  const distributed: DistributedConfig = {
    kafka: {
      brokers: option('distributed.kafka.brokers') as readonly string[],
      partitions: option('distributed.kafka.partitions') as number,
      topicPrefix: option('distributed.kafka.topicPrefix') as string,
    },
    redis: { nodes: option('distributed.redis.nodes') as readonly string[] },
    postgres: {
      url: option('distributed.postgres.url') as string,
      schema: option('distributed.postgres.schema') as string,
    },
  };
  const needed = ['distributed.kafka.brokers', 'distributed.redis.nodes', 'distributed.postgres.url'];
  for (const path of needed) {
    const type = optionTable.find((one) => one.path === path)?.type.expected ?? '';
    if (option(path) === undefined && !isBroken(read, path))
      report(
        expected(path, `${type}, in distributed mode${wanted === undefined ? '' : ', which --role means'}`, undefined),
      );
  }
  return { mode: 'distributed', roles: wanted ?? roles, distributed };
}

function namesChains(name: string | undefined): boolean {
  return name !== undefined && ['--chain', '--config', 'TXTRAIL_CHAIN', 'TXTRAIL_CONFIG'].includes(name);
}

/** Whether a mistake at the path, within it or around it is told already. */
function isBroken(read: ReadFile, path: string): boolean {
  const isWithin = (inner: string, outer: string): boolean =>
    outer === '' || inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return read.brokenPaths.some((broken) => isWithin(path, broken) || isWithin(broken, path));
}

/** The file's chains; a chain given by flag takes the place of the providers of the same chain, or is added. */
function effectiveChains(
  given: GivenValues,
  read: ReadFile,
  fileName: string,
  report: (mistake: Mistake) => void,
): { readonly chains: readonly ChainConfig[]; readonly wantedCount: number } {
  const wanted = ((read.content['chains'] ?? []) as readonly GivenChain[]).map((chain, index) => ({
    place: placeInFile(read, fileName, index),
    chain,
  }));
  for (const { where, value } of given.all('chain')) {
    const flag = readChainFlag(where, value as string);
    for (const mistake of flag.mistakes) report(mistake);
    // It counts as wanted: the mistake in it is told, and there being no other chain is none.
    const { name, providers } = flag.chain ?? { name: null, providers: [] };
    const at = name === null ? -1 : wanted.findIndex((other) => isSameChain(other.chain.chain, name));
    const place = { where: `${where} ${name}`, chain: where, isBroken: () => name === null };
    if (at === -1) wanted.push({ place, chain: name === null ? {} : { chain: name, providers } });
    else wanted[at] = { ...wanted[at]!, chain: { ...wanted[at]!.chain, providers } };
  }
  const chains = wanted.flatMap(({ place, chain }) => effectiveChain(place, chain, report) ?? []);
  for (const [index, { chain }] of chains.entries()) {
    const isSecond = chains.findIndex((other) => other.chain === chain) < index;
    if (isSecond) report({ path: 'chains', problem: `expected every chain once, found ${chain} again` });
  }
  return { chains, wantedCount: wanted.length };
}

function placeInFile(read: ReadFile, fileName: string, index: number): ChainPlace {
  const prefix = `${fileName}: `;
  const where = `${prefix}chains[${index}]`;
  return { where, chain: `${where}.chain`, isBroken: (path) => isBroken(read, path.slice(prefix.length)) };
}

function isSameChain(one: string | undefined, other: string): boolean {
  if (one === undefined) return false;
  const [first, second] = [identifyChain(one), identifyChain(other)];
  return first.kind === 'known' && second.kind === 'known' && first.chain === second.chain;
}

function checkPorts(config: Config, report: (mistake: Mistake) => void): void {
  const { server, admin } = config;
  if (server.port !== 0 && server.port === admin.port && server.host === admin.host) {
    report({ path: 'admin.port', problem: `expected another port than server.port, found ${admin.port}` });
  }
}

function memberAt(content: FileContent, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => (value as FileContent | undefined)?.[step], content);
}

function defaultOf(path: string): unknown {
  return optionTable.find((option) => option.path === path)?.default;
}
