/** A bug that is put into a copy of the sources on purpose: the simulator must find it. */
export interface Mutant {
  /** In snake case, as the command takes it. */
  readonly name: string;
  /** What is wrong, in words. */
  readonly what: string;
  readonly edits: readonly [Edit, ...Edit[]];
  /** Some seed from 1 to this one must show it. */
  readonly seeds: number;
}

/** One change to a file of the tree; the text stands exactly once in it. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** The usual size of a budget. */
export const usualSeeds = 200;
