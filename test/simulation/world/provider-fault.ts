import type { FaultRule } from '../../../src/scripted-chain/fault.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import type { SimulatedChain, SimulatedProvider } from './simulated-chain.ts';
import type { providerFaults } from './world-faults.ts';

export type ProviderFaultName = keyof typeof providerFaults;

/** Where and with what a fault begins. */
export interface FaultSite {
  readonly chain: SimulatedChain;
  readonly provider: SimulatedProvider;
  readonly context: Context;
  readonly chance: Chance;
  /** How likely it strikes a request while it lasts; 1: each one. */
  readonly probability: number;
  /** Another provider of the chain has no fault of its own at any time. */
  readonly besideSpared: boolean;
  /** How long it is going to last, milliseconds. */
  readonly lastMs: number;
}

/** A fault that rules make of it. */
export function ruled(
  name: ProviderFaultName,
  state: string,
  rules: (site: FaultSite) => readonly FaultRule[],
): ProviderFault {
  return { name, victims: 'everybody', begin: (site) => setRules(site, state, rules(site)) };
}

/** The way to end a fault that has begun. */
export type End = () => void;

/**
 * Whom a fault may befall at once. What the tracker can tell from within, or what only keeps it
 * waiting, may befall everybody. A lie that is whole in itself must leave one provider that tells
 * the truth: nothing is promised where all agree on a lie.
 */
export type Victims = 'everybody' | 'not_the_last' | 'one' | 'two_of_three' | 'all_at_once';

export interface ProviderFault {
  readonly name: ProviderFaultName;
  readonly victims: Victims;
  /** Begins it; null: it cannot begin here and now. */
  readonly begin: (site: FaultSite) => End | null;
}

/**
 * Sets rules on the provider of the site, each at the site's probability.
 *
 * @param state what is reached where one of them strikes
 */
export function setRules(site: FaultSite, state: string, rules: readonly FaultRule[]): End {
  const { provider, context, probability } = site;
  const { faults } = provider.provider;
  const chances = probability >= 1 ? {} : { probability, seed: context.seed };
  const strikes = (): number => rules.reduce((total, { fault }) => total + faults.strikes(fault.kind), 0);
  const before = strikes();
  const ends = rules.map((rule) => faults.set({ ...chances, ...rule }));
  return () => {
    for (const end of ends) end();
    if (strikes() > before) context.reach(state);
  };
}

/** Does something now and again, at intervals between the two, until it is ended. */
export function repeatedly(site: FaultSite, least: number, most: number, task: () => void): End {
  let isOver = false;
  const again = (): void => {
    if (isOver) return;
    task();
    site.context.time.after(site.chance.between(least, most), again);
  };
  again();
  return () => {
    isOver = true;
  };
}
