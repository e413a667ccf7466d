import type { Clock } from '../ports/clock.ts';
import type { ScriptedBlock } from '../scripted-chain/scripted-block.ts';

const gwei = 1_000_000_000n;
/** What the base fee wavers about while nothing drives it, wei. */
export const restingBaseFee = gwei;
/** Enough to leave every usual offer behind; beyond it a spike would only burn the demo's money. */
const highestBaseFee = 500n * gwei;

/**
 * The base fee of a chain whose blocks are never full, so that EIP-1559 alone would let it sink to
 * nothing: it wavers about a gwei, rises by an eighth a block during a spike, and comes back as fast.
 */
export class FeeMarket {
  readonly #clock: Clock;
  #spikeUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  /** Unix milliseconds; null: nothing drives the fee up. */
  get spikeUntilMs(): number | null {
    return this.#spikeUntilMs > this.#clock.now() ? this.#spikeUntilMs : null;
  }

  /** Drives the fee up from the next block on; a new spike takes the place of one that lasts. */
  spike(durationMs: number): void {
    this.#spikeUntilMs = this.#clock.now() + durationMs;
  }

  /** The base fee of the block after this one, wei. */
  baseFeeAfter(parent: ScriptedBlock): bigint {
    const base = parent.baseFeePerGas;
    const step = base / 8n;
    if (this.spikeUntilMs !== null) return smaller(base + step, highestBaseFee);
    const wanted = wavering(parent);
    return wanted < base ? larger(base - step, wanted) : smaller(base + step, wanted);
  }
}

/** A tenth more or less, by the parent's hash: another one for each block, and the same whenever it is asked for. */
function wavering(parent: ScriptedBlock): bigint {
  const byte = BigInt(Number.parseInt(parent.hash.slice(-2), 16));
  return restingBaseFee - restingBaseFee / 10n + (restingBaseFee * byte) / 1280n;
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
