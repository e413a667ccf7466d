import { logMutants } from './log-mutants.ts';
import type { Mutant } from './mutant.ts';

/** Every seeded bug, by the part of the product that it is in. */
export const mutants: readonly Mutant[] = logMutants;
