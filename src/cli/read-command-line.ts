import type { Mistake } from '../config/mistake.ts';
import type { Option } from '../config/option-table.ts';
import { readFlags } from '../config/read-arguments.ts';
import { boolean } from '../config/value-type.ts';
import type { CommandSpec, FlagSpec } from './command-spec.ts';

/** What a command line gives, each value of its flag's type. */
export class CommandLine {
  /** What stands without a flag. */
  readonly operand: string | null;
  readonly #values: ReadonlyMap<string, readonly unknown[]>;

  constructor(operand: string | null, values: ReadonlyMap<string, readonly unknown[]>) {
    this.operand = operand;
    this.#values = values;
  }

  /** Whether a flag was given. */
  has(name: string): boolean {
    return (this.#values.get(name) ?? [false])[0] !== false;
  }

  /** A flag's value, whose type is the one that its `ValueType` makes. */
  value<Value>(name: string): Value | undefined {
    return this.#values.get(name)?.[0] as Value | undefined;
  }

  values<Value>(name: string): readonly Value[] {
    return (this.#values.get(name) ?? []) as readonly Value[];
  }
}

export type ReadCommandLine =
  | { readonly kind: 'line'; readonly line: CommandLine }
  | { readonly kind: 'mistakes'; readonly mistakes: readonly Mistake[] };

/** Reads a command's arguments by its flags; every mistake is told at once. */
export function readCommandLine(spec: CommandSpec, args: readonly string[]): ReadCommandLine {
  const { values, mistakes, operands } = readFlags(args, {
    options: spec.flags.map(optionOf),
    command: `txtrail ${spec.name}`,
    operandsMost: spec.operand === null ? 0 : 1,
  });
  const missing = [
    ...(spec.operand?.isRequired === true && operands.length === 0 ? [spec.operand.name] : []),
    ...spec.flags.filter((flag) => flag.isRequired === true && !isNamed(flag, values, mistakes)).map(flagOf),
  ].map((path) => ({ path, problem: `is missing; see txtrail ${spec.name} --help` }));
  if (mistakes.length + missing.length > 0) return { kind: 'mistakes', mistakes: [...mistakes, ...missing] };
  const byFlag = Map.groupBy(values, ({ option }) => String(option.flag));
  const read = new Map([...byFlag].map(([flag, given]) => [flag, given.map(({ value }) => value)]));
  return { kind: 'line', line: new CommandLine(operands[0] ?? null, read) };
}

/** Given rightly, wrongly, or under a name that is nearly its own. */
function isNamed(
  { name }: FlagSpec,
  values: ReturnType<typeof readFlags>['values'],
  mistakes: readonly Mistake[],
): boolean {
  const isWrong = mistakes.some(({ path, meant }) => path === `--${name}` || meant === `--${name}`);
  return isWrong || values.some(({ option }) => option.flag === name);
}

function flagOf({ name }: FlagSpec): string {
  return `--${name}`;
}

function optionOf(flag: FlagSpec): Option {
  const { name, value, type = boolean, description, isRepeatable = false } = flag;
  if (value === undefined) return { path: null, flag: name, type, description, isSwitch: true };
  return { path: null, flag: name, value, type, description, isRepeatable };
}
