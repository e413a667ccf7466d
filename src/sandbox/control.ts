import type { SandboxState } from '@txtrail/protocol';
import type { SandboxControl, SandboxOutcome } from '../ports/sandbox-control.ts';
import { knownWallets } from './accounts.ts';
import type { ProviderStalls } from './provider-stalls.ts';
import type { SandboxChain } from './sandbox-chain.ts';

export interface SandboxControlOptions {
  readonly sessionKey: string;
  readonly rpcUrl: string;
  readonly blockTimeMs: number;
  /** The tracker's providers, in its order. */
  readonly providers: readonly string[];
}

export interface SandboxControlDeps {
  readonly chain: SandboxChain;
  readonly stalls: ProviderStalls;
  /** Told when a spike begins. */
  readonly onGasSpike: () => void;
}

/** What the page's buttons do. */
export function createSandboxControl(options: SandboxControlOptions, deps: SandboxControlDeps): SandboxControl {
  const { chain, stalls } = deps;
  return {
    sessionKey: options.sessionKey,
    state: () => stateOf(options, deps),
    reorg: (depth) => {
      const deepest = chain.deepestReorg;
      if (depth > deepest) return tooDeep(depth, deepest);
      chain.reorg(depth);
      return done;
    },
    stall: (provider, seconds) => {
      if (stalls.stall(provider, seconds * 1000)) return done;
      return refused('/provider', `must be one of ${options.providers.join(', ')}`, 'There is no such provider.');
    },
    spikeGas: (seconds) => {
      chain.fees.spike(seconds * 1000);
      deps.onGasSpike();
      return done;
    },
  };
}

const done: SandboxOutcome = { outcome: 'done' };

function refused(path: string, message: string, detail: string): SandboxOutcome {
  return { outcome: 'refused', path, message, detail };
}

function tooDeep(depth: number, deepest: number): SandboxOutcome {
  const detail = `Of the newest blocks ${deepest} are not final, and only those may be reverted; ${depth} are too many.`;
  return refused('/depth', `must be at most ${deepest}`, detail);
}

function stateOf(options: SandboxControlOptions, { chain, stalls }: SandboxControlDeps): SandboxState {
  const { chainId, head } = chain.chain;
  return {
    chain: `eip155:${chainId}`,
    chainId,
    rpcUrl: options.rpcUrl,
    blockTimeMs: options.blockTimeMs,
    baseFeePerGas: head.baseFeePerGas.toString(),
    providers: options.providers.map((name) => ({ name, stalledUntil: isoTime(stalls.untilMs(name)) })),
    gasSpikeUntil: isoTime(chain.fees.spikeUntilMs),
    accounts: knownWallets,
  };
}

function isoTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
