import { nearestName } from '../lib/nearest-name.ts';
import { expected } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { optionTable, variableOf } from './option-table.ts';
import type { Option } from './option-table.ts';

/** Values as they were given, by flag (or, for those that have none, variable); `where` is how the user knows it. */
export interface GivenValue {
  readonly option: Option;
  readonly where: string;
  readonly value: unknown;
}

export interface ReadValues {
  readonly values: readonly GivenValue[];
  readonly mistakes: readonly Mistake[];
}

export interface ReadFlags extends ReadValues {
  /** What stands without a flag, where the command takes that. */
  readonly operands: readonly string[];
}

/** The options of a command, and what it is called where its help is named. */
export interface FlagTable {
  readonly options: readonly Option[];
  readonly command: string;
  /** How many words may stand without a flag; `-` is such a word. Default: none. */
  readonly operandsMost?: number;
}

const flagsOfStart: FlagTable = { options: optionTable, command: 'txtrail start' };

/** Reads `--flag VALUE`, `--flag=VALUE` and switches. */
export function readFlags(args: readonly string[], table: FlagTable = flagsOfStart): ReadFlags {
  const values: GivenValue[] = [];
  const mistakes: Mistake[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index]!;
    const [flag, joined] = splitFlag(argument);
    const option = table.options.find((candidate) => candidate.flag !== undefined && `--${candidate.flag}` === flag);
    const isOperand = !argument.startsWith('-') || argument === '-';
    if (option === undefined && isOperand && operands.length < (table.operandsMost ?? 0)) {
      operands.push(argument);
      continue;
    }
    if (option === undefined) {
      mistakes.push(unknownFlag(argument.startsWith('-') ? flag : argument, table));
      // The value of an unknown flag is not a mistake of its own.
      if (joined === null && isValue(args[index + 1])) index += argument.startsWith('-') ? 1 : 0;
      continue;
    }
    if (option.isSwitch === true && joined === null) {
      values.push({ option, where: flag, value: true });
      continue;
    }
    const given = joined ?? (isValue(args[index + 1]) ? args[index + 1] : undefined);
    if (joined === null && given !== undefined) index += 1;
    if (!(option.isRepeatable ?? false) && values.some((other) => other.option === option)) {
      mistakes.push({ path: flag, problem: 'expected once, found again' });
    } else if (given === undefined) mistakes.push(expected(flag, option.type.expected, undefined));
    else take(option, flag, given, values, mistakes);
  }
  return { values, mistakes, operands };
}

/** Variables with our prefix that are no options: what the test commands of the checkout go by. */
const variablesOfScripts: readonly string[] = [
  'TXTRAIL_GETH',
  'TXTRAIL_CHROMIUM',
  'TXTRAIL_CC',
  'TXTRAIL_SCHEMATHESIS',
  'TXTRAIL_SHARED_DATA',
  'TXTRAIL_KILL_SEED',
  'TXTRAIL_KAFKA',
  'TXTRAIL_REDIS',
  'TXTRAIL_POSTGRES',
  'TXTRAIL_SERVICES_FOLDER',
  'TXTRAIL_SERVICES_PORT',
];
/** Options of the commands that ask a server; one who sets them may start one too. */
const variablesOfCommands: readonly string[] = ['TXTRAIL_URL', 'TXTRAIL_KEY_FILE'];

/** Reads the variables of the options; an empty one counts as not set, one that is no option is a mistake. */
export function readVariables(environment: Readonly<Record<string, string | undefined>>): ReadValues {
  const values: GivenValue[] = [];
  const mistakes: Mistake[] = [];
  for (const option of optionTable) {
    const variable = variableOf(option);
    const given = variable === null ? undefined : environment[variable];
    if (variable === null || given === undefined || given === '') continue;
    const parts = option.isRepeatable === true ? given.split(/\s+/).filter((part) => part !== '') : [given];
    for (const part of parts) take(option, variable, part, values, mistakes);
  }
  return { values, mistakes: [...mistakes, ...unknownVariables(environment)] };
}

/** What Kubernetes sets in every container beside a service named `txtrail`. */
const ofKubernetes = /^TXTRAIL_(SERVICE_(HOST|PORT)|PORT_\d)/;

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): readonly Mistake[] {
  const known = optionTable.flatMap((option) => variableOf(option) ?? []);
  return Object.keys(environment)
    .filter((name) => name.startsWith('TXTRAIL_') && !ofKubernetes.test(name))
    .filter((name) => ![...known, ...variablesOfScripts, ...variablesOfCommands].includes(name))
    .map((name) => unknownName(name, known));
}

function take(option: Option, where: string, given: string, values: GivenValue[], mistakes: Mistake[]): void {
  const value = option.type.parse(given);
  if (value !== undefined) values.push({ option, where, value });
  else if (option.variable === undefined) mistakes.push(expected(where, option.type.expected, given));
  // A key is not shown, not even a wrong one.
  else mistakes.push({ path: where, problem: `expected ${option.type.expected}, found ${given.length} characters` });
}

function splitFlag(argument: string): readonly [string, string | null] {
  const equals = argument.indexOf('=');
  if (!argument.startsWith('--') || equals === -1) return [argument, null];
  return [argument.slice(0, equals), argument.slice(equals + 1)];
}

function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('--');
}

function unknownFlag(flag: string, { options, command }: FlagTable): Mistake {
  const flags = options.flatMap((option) => (option.flag === undefined ? [] : [`--${option.flag}`]));
  return unknownName(flag, flags, command);
}

function unknownName(path: string, known: readonly string[], command = flagsOfStart.command): Mistake {
  const near = nearestName(path, known);
  if (near === null) return { path, problem: `is not an option; see ${command} --help` };
  return { path, problem: `is not an option; did you mean ${near}?`, meant: near };
}
