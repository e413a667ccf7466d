import { defaultThresholds, identifyChain, unknownChainDefaults } from './chain-presets.ts';
import type { ChainPreset } from './chain-presets.ts';
import type { ChainConfig, ProviderConfig } from './config.ts';
import { describe, expected } from './mistake.ts';
import type { Mistake } from './mistake.ts';

/** A chain as the file (or a flag) gives it: each value fits its option. */
export interface GivenChain {
  readonly chain?: string;
  readonly confirmations?: number | 'safe' | 'finalized';
  readonly thresholds?: readonly number[];
  readonly blockTimeMs?: number;
  readonly pollIntervalMs?: number;
  readonly finality?: 'tag' | number;
  readonly dropAfter?: { readonly blocks?: number; readonly seconds?: number };
  readonly verifyBlocks?: boolean;
  readonly providers?: readonly GivenProvider[];
}

export interface GivenProvider {
  readonly name?: string;
  readonly http?: string | null;
  readonly ws?: string | null;
  readonly role?: 'primary' | 'secondary';
  readonly weight?: number;
  readonly requestsPerSecond?: number;
}

const leastPollIntervalMs = 250;

/** Where a chain stands, for people: `chain` is the place of its name, `where` of the rest. */
export interface ChainPlace {
  readonly where: string;
  readonly chain: string;
}

/** Fills in a chain from its preset and the defaults; null where the chain itself is not known. */
export function effectiveChain(
  place: ChainPlace,
  given: GivenChain,
  report: (mistake: Mistake) => void,
): ChainConfig | null {
  if (given.chain === undefined) {
    report(expected(place.chain, 'a preset name or a CAIP-2 id', undefined));
    return null;
  }
  const identity = identifyChain(given.chain);
  if (identity.kind === 'refused') {
    report(expected(place.chain, identity.expected, given.chain));
    return null;
  }
  const { where } = place;
  if (given.verifyBlocks === true) {
    report({
      path: `${where}.verifyBlocks`,
      problem: 'expected false or nothing: this version cannot verify blocks yet',
    });
  }
  const { preset } = identity;
  const usual = preset ?? unknownChainDefaults;
  const confirmations = given.confirmations ?? usual.confirmations;
  const blockTimeMs = given.blockTimeMs ?? usual.blockTimeMs;
  const providers = effectiveProviders(`${where}.providers`, given.providers ?? [], report);
  return {
    chain: identity.chain,
    name: nameOf(preset),
    chainId: identity.chainId,
    confirmations,
    thresholds: effectiveThresholds(`${where}.thresholds`, given.thresholds, confirmations, report),
    blockTimeMs,
    pollIntervalMs: given.pollIntervalMs ?? Math.max(leastPollIntervalMs, Math.round(blockTimeMs / 3)),
    finality: given.finality ?? 'tag',
    dropAfter: { blocks: given.dropAfter?.blocks ?? 20, seconds: given.dropAfter?.seconds ?? 120 },
    verifyBlocks: given.verifyBlocks ?? false,
    providers,
  };
}

function nameOf(preset: ChainPreset | null): string | null {
  return preset === null ? null : preset.name;
}

/** One at or above the count is a mistake where it is asked for, and left out where it is the default. */
function effectiveThresholds(
  where: string,
  given: readonly number[] | undefined,
  confirmations: number | 'safe' | 'finalized',
  report: (mistake: Mistake) => void,
): readonly number[] {
  const fits = (threshold: number): boolean => typeof confirmations !== 'number' || threshold < confirmations;
  for (const wrong of given?.filter((threshold) => !fits(threshold)) ?? []) {
    report({ path: where, problem: `expected counts below the ${confirmations} confirmations, found ${wrong}` });
  }
  const kept = (given ?? defaultThresholds).filter(fits);
  return [...new Set(kept)].sort((one, other) => one - other);
}

function effectiveProviders(
  where: string,
  given: readonly GivenProvider[],
  report: (mistake: Mistake) => void,
): readonly ProviderConfig[] {
  if (given.length === 0) report(expected(where, 'at least one provider', undefined));
  const names = new Set<string>();
  return given.map((provider, index) => {
    const name = provider.name ?? `p${index + 1}`;
    if (names.has(name))
      report({
        path: `${where}[${index}].name`,
        problem: `expected another name than the ones before, found ${describe(name)}`,
      });
    names.add(name);
    const { http = null, ws = null } = provider;
    if (http === null && ws === null) report(expected(`${where}[${index}]`, 'http, ws or both', undefined));
    return {
      name,
      http,
      ws,
      role: provider.role ?? (index === 0 ? 'primary' : 'secondary'),
      weight: provider.weight ?? 1,
      requestsPerSecond: provider.requestsPerSecond ?? null,
    };
  });
}
