import { effectiveChain } from './chain-config.ts';
import type { GivenChain } from './chain-config.ts';
import { readChainFlag } from './chain-flag.ts';
import { identifyChain } from './chain-presets.ts';
import type { ChainConfig, Config } from './config.ts';
import { expected } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { optionTable } from './option-table.ts';
import { readFlags, readVariables } from './read-arguments.ts';
import type { GivenValue } from './read-arguments.ts';
import { readFileText } from './read-file.ts';
import type { FileContent } from './read-file.ts';

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
  const file = fileName === undefined ? {} : loadFile(fileName, sources, report);
  refuseDistributed(given, file, fileName ?? '', report);
  const option = (path: string): unknown => given.path(path)?.value ?? memberAt(file, path) ?? defaultOf(path);
  const chains = effectiveChains(given, file, fileName, report);
  const config: Config = {
    mode: 'embedded',
    dataDir: option('dataDir') as string,
    server: { host: option('server.host') as string, port: option('server.port') as number },
    admin: { host: option('admin.host') as string, port: option('admin.port') as number },
    chains,
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

function loadFile(name: string, sources: ConfigSources, report: (mistake: Mistake) => void): FileContent {
  let text: string;
  try {
    text = sources.readFile(name);
  } catch (error) {
    const reason = (error as { readonly code?: string }).code ?? 'it cannot be read';
    report({ path: name, problem: `expected a readable file, found ${reason}` });
    return {};
  }
  const read = readFileText(name, text);
  for (const mistake of read.mistakes) report(mistake);
  return read.content;
}

function refuseDistributed(
  given: GivenValues,
  file: FileContent,
  fileName: string,
  report: (mistake: Mistake) => void,
): void {
  const role = given.flag('role');
  if (role !== undefined) report({ path: role.where, problem: 'roles are not in this version; it runs embedded only' });
  if (file['mode'] === 'distributed')
    report({ path: `${fileName}: mode`, problem: 'distributed is not in this version; it runs embedded only' });
}

/** The file's chains; a chain given by flag takes the place of the providers of the same chain, or is added. */
function effectiveChains(
  given: GivenValues,
  file: FileContent,
  fileName: string | undefined,
  report: (mistake: Mistake) => void,
): readonly ChainConfig[] {
  const wanted = ((file['chains'] ?? []) as readonly GivenChain[]).map((chain, index) => ({
    place: { where: `${fileName}: chains[${index}]`, chain: `${fileName}: chains[${index}].chain` },
    chain,
  }));
  let isBroken = false;
  for (const { where, value } of given.all('chain')) {
    const read = readChainFlag(where, value as string);
    for (const mistake of read.mistakes) report(mistake);
    if (read.chain === null) {
      isBroken = true;
      continue;
    }
    const { name, providers } = read.chain;
    const at = wanted.findIndex((other) => isSameChain(other.chain.chain, name));
    if (at === -1)
      wanted.push({ place: { where: `${where} ${name}`, chain: where }, chain: { chain: name, providers } });
    else wanted[at] = { ...wanted[at]!, chain: { ...wanted[at]!.chain, providers } };
  }
  if (wanted.length === 0 && !isBroken) {
    report(expected('chains', 'at least one chain, in the file or as --chain NAME=URL', undefined));
  }
  const chains = wanted.flatMap(({ place, chain }) => effectiveChain(place, chain, report) ?? []);
  for (const [index, { chain }] of chains.entries()) {
    const isSecond = chains.findIndex((other) => other.chain === chain) < index;
    if (isSecond) report({ path: 'chains', problem: `expected every chain once, found ${chain} again` });
  }
  return chains;
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
