/** What a chain's name stands for, and what is usual on it. */
export interface ChainPreset {
  readonly name: string;
  readonly chainId: number;
  readonly blockTimeMs: number;
  /** When payments are usually taken as settled there, well before finality. */
  readonly confirmations: number;
  /** Where they are others than usual. */
  readonly thresholds?: readonly number[];
}

/** All of them answer the `finalized` tag; a depth can be configured for nodes that do not. */
export const chainPresets: readonly ChainPreset[] = [
  { name: 'ethereum', chainId: 1, blockTimeMs: 12_000, confirmations: 12 },
  { name: 'polygon', chainId: 137, blockTimeMs: 2_000, confirmations: 64 },
  // Sequencers reorganise hardly ever: the counts cover a node that serves a block its peers do not have yet.
  { name: 'arbitrum', chainId: 42_161, blockTimeMs: 250, confirmations: 30 },
  { name: 'optimism', chainId: 10, blockTimeMs: 2_000, confirmations: 10 },
  { name: 'base', chainId: 8_453, blockTimeMs: 2_000, confirmations: 10 },
  { name: 'bsc', chainId: 56, blockTimeMs: 450, confirmations: 15 },
  { name: 'avalanche', chainId: 43_114, blockTimeMs: 2_000, confirmations: 12 },
  { name: 'gnosis', chainId: 100, blockTimeMs: 5_000, confirmations: 12 },
  { name: 'linea', chainId: 59_144, blockTimeMs: 2_000, confirmations: 10 },
  { name: 'scroll', chainId: 534_352, blockTimeMs: 3_000, confirmations: 10 },
  { name: 'zksync', chainId: 324, blockTimeMs: 1_000, confirmations: 10 },
  { name: 'sepolia', chainId: 11_155_111, blockTimeMs: 12_000, confirmations: 12 },
  // The chain that `txtrail sandbox` brings along, under the number that local test chains go by.
  { name: 'sandbox', chainId: 31_337, blockTimeMs: 2_000, confirmations: 3, thresholds: [2] },
];

export const defaultThresholds: readonly number[] = [3];

/** A chain that no preset knows. */
export const unknownChainDefaults = { blockTimeMs: 2_000, confirmations: 12 } as const;

export interface KnownChain {
  readonly kind: 'known';
  readonly chain: string;
  readonly chainId: number;
  readonly preset: ChainPreset | null;
}

export type ChainIdentity = KnownChain | { readonly kind: 'refused'; readonly expected: string };

/** What a chain is called in a configuration: a preset's name or `eip155:N`. */
export function identifyChain(name: string): ChainIdentity {
  if (name === 'solana' || name.startsWith('solana:')) {
    return { kind: 'refused', expected: 'an EVM chain; solana is not supported in this version' };
  }
  const number = /^eip155:([1-9]\d{0,15})$/.exec(name)?.[1];
  const chainId = number === undefined ? null : Number(number);
  const preset = chainPresets.find((candidate) => candidate.name === name || candidate.chainId === chainId) ?? null;
  const id = preset?.chainId ?? chainId;
  if (id === null || !Number.isSafeInteger(id)) {
    const names = chainPresets.map((candidate) => candidate.name).join(', ');
    return { kind: 'refused', expected: `one of ${names}, or a CAIP-2 id such as eip155:1` };
  }
  return { kind: 'known', chain: `eip155:${id}`, chainId: id, preset };
}
