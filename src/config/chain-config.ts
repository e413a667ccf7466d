import { defaultThresholds, identifyChain, unknownChainDefaults } from './chain-presets.ts';
import type { ChainPreset, KnownChain } from './chain-presets.ts';
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
  /** Whether a mistake there is told already, so that what is missing for it is not another one. */
  readonly isBroken: (path: string) => boolean;
}

type Report = (mistake: Mistake) => void;

/** Fills in a chain from its preset and the defaults; null where the chain itself is not known. */
export function effectiveChain(place: ChainPlace, given: GivenChain, report: Report): ChainConfig | null {
  const { where } = place;
  const identity = identityOf(place, given.chain, report);
  if (given.verifyBlocks === true) {
    report({
      path: `${where}.verifyBlocks`,
      problem: 'expected false or nothing: this version cannot verify blocks yet',
    });
  }
  const preset = identity?.preset ?? null;
  const usual = preset ?? unknownChainDefaults;
  // Of a count that is not known, thresholds cannot be said to be above it.
  const isCountKnown =
    !place.isBroken(`${where}.confirmations`) && (identity !== null || given.confirmations !== undefined);
  const confirmations = given.confirmations ?? usual.confirmations;
  const limit = isCountKnown ? confirmations : 'finalized';
  const blockTimeMs = given.blockTimeMs ?? usual.blockTimeMs;
  const thresholds = effectiveThresholds(`${where}.thresholds`, given.thresholds, limit, report, preset?.thresholds);
  const providers = effectiveProviders(place, given.providers ?? [], report);
  if (identity === null) return null;
  return {
    chain: identity.chain,
    name: nameOf(preset),
    chainId: identity.chainId,
    confirmations,
    thresholds,
    blockTimeMs,
    pollIntervalMs: given.pollIntervalMs ?? Math.max(leastPollIntervalMs, Math.round(blockTimeMs / 3)),
    finality: given.finality ?? 'tag',
    dropAfter: { blocks: given.dropAfter?.blocks ?? 20, seconds: given.dropAfter?.seconds ?? 120 },
    verifyBlocks: given.verifyBlocks ?? false,
    providers,
  };
}

function identityOf(place: ChainPlace, given: string | undefined, report: Report): KnownChain | null {
  if (given === undefined) {
    if (!place.isBroken(place.chain)) report(expected(place.chain, 'a preset name or a CAIP-2 id', undefined));
    return null;
  }
  const identity = identifyChain(given);
  if (identity.kind === 'known') return identity;
  report(expected(place.chain, identity.expected, given));
  return null;
}

function nameOf(preset: ChainPreset | null): string | null {
  return preset === null ? null : preset.name;
}

/** One at or above the count is a mistake where it is asked for, and left out where it is the default. */
function effectiveThresholds(
  where: string,
  given: readonly number[] | undefined,
  confirmations: number | 'safe' | 'finalized',
  report: Report,
  usual: readonly number[] = defaultThresholds,
): readonly number[] {
  const fits = (threshold: number): boolean => typeof confirmations !== 'number' || threshold < confirmations;
  for (const wrong of given?.filter((threshold) => !fits(threshold)) ?? []) {
    report({ path: where, problem: `expected counts below the ${confirmations} confirmations, found ${wrong}` });
  }
  const kept = (given ?? usual).filter(fits);
  return [...new Set(kept)].sort((one, other) => one - other);
}

function effectiveProviders(
  place: ChainPlace,
  given: readonly GivenProvider[],
  report: Report,
): readonly ProviderConfig[] {
  const where = `${place.where}.providers`;
  if (given.length === 0 && !place.isBroken(where)) report(expected(where, 'at least one provider', undefined));
  const names = new Set<string>();
  return given.map((provider, index) => {
    const at = `${where}[${index}]`;
    const name = provider.name ?? `p${index + 1}`;
    if (names.has(name)) {
      const problem = `expected another name than the ones before, found ${describe(name)}`;
      report({ path: `${at}.name`, problem });
    }
    names.add(name);
    const { http = null, ws = null } = provider;
    const isAddressBroken = place.isBroken(`${at}.http`) || place.isBroken(`${at}.ws`);
    if (http === null && ws === null && !isAddressBroken) report(expected(at, 'http, ws or both', undefined));
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
