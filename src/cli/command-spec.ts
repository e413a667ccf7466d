import type { ValueType } from '../config/value-type.ts';

/** A flag of a command. One without `value` takes none. */
export interface FlagSpec {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly type?: ValueType;
  readonly isRequired?: boolean;
  readonly isRepeatable?: boolean;
  /** The environment's way to give the same. */
  readonly variable?: string;
  readonly description: string;
}

export interface ExitSpec {
  readonly code: number;
  readonly meaning: string;
}

/** A command as help, reference page and reading of arguments know it. */
export interface CommandSpec {
  readonly name: string;
  /** What follows the name on the command line. */
  readonly usage: string;
  /** What it does, in sentences. */
  readonly about: readonly string[];
  /** What stands without a flag. */
  readonly operand: { readonly name: string; readonly isRequired: boolean } | null;
  readonly flags: readonly FlagSpec[];
  /** Beside the exits that all commands have. */
  readonly exits: readonly ExitSpec[];
  readonly examples: readonly string[];
}
