import { coreMutants } from './core-mutants.ts';
import { deliveryMutants } from './delivery-mutants.ts';
import { logMutants } from './log-mutants.ts';
import type { Mutant } from './mutant.ts';
import { watchMutants } from './watch-mutants.ts';

/** Every seeded bug, by the part of the product that it is in. */
export const mutants: readonly Mutant[] = [...logMutants, ...coreMutants, ...watchMutants, ...deliveryMutants];
