import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import { revertingCode } from '../scripted-chain/execute-block.ts';
import { ScriptedChain } from '../scripted-chain/scripted-chain.ts';
import { demoWallets, knownWallets, revertingAddress } from './accounts.ts';
import { FeeMarket, restingBaseFee } from './fee-market.ts';
import { PriceFloor } from './price-floor.ts';
import { chooseFates } from './reorg-fates.ts';
import type { FateDeps } from './reorg-fates.ts';

export interface SandboxChainOptions {
  /** EIP-155. */
  readonly chainId: number;
  readonly blockTimeMs: number;
}

export interface SandboxChainDeps extends FateDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

const ether = 10n ** 18n;
/** Blocks below the head that are safe, and final. */
const safeDepth = 4;
const finalDepth = 8;
/** Blocks that are there when the sandbox starts, so that there is something final from the beginning. */
const blocksBefore = finalDepth + 4;
/** An hour and more at two seconds a block; the chain forgets what lies below. */
const keptBlocks = 2_000;

/** The sandbox's chain: it mines by the clock, and is reorganised on demand. */
export class SandboxChain {
  readonly chain: ScriptedChain;
  readonly fees: FeeMarket;
  readonly #floor: PriceFloor;
  readonly #options: SandboxChainOptions;
  readonly #deps: SandboxChainDeps;
  #timer: Timer | null = null;

  constructor(options: SandboxChainOptions, deps: SandboxChainDeps) {
    this.#options = options;
    this.#deps = deps;
    this.fees = new FeeMarket(deps);
    const rich = (balance: bigint) => ({ balance: balance * ether });
    this.chain = new ScriptedChain({
      chainId: options.chainId,
      genesisTimeMs: deps.clock.now() - blocksBefore * options.blockTimeMs,
      blockTimeMs: options.blockTimeMs,
      // Any wallet can pay for a first transaction, as from a faucet.
      defaultBalance: 100n * ether,
      accounts: {
        ...Object.fromEntries(knownWallets.map(({ address }) => [address, rich(10_000n)])),
        ...Object.fromEntries(demoWallets.map(({ address }) => [address, rich(1_000_000n)])),
        [revertingAddress]: { balance: 0n, code: revertingCode },
      },
      baseFeePerGas: restingBaseFee,
      baseFeeRule: (parent) => this.fees.baseFeeAfter(parent),
      safeDepth,
      finalizedDepth: finalDepth,
      keptBlocks,
    });
    this.#floor = new PriceFloor({ chain: this.chain });
    this.chain.mine({ count: blocksBefore });
  }

  /** Mines a block each block time, from now on. */
  start(): void {
    this.#mineAfter(this.#deps.clock.monotonic() + this.#options.blockTimeMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** How many blocks may be reverted: those above the final one. */
  get deepestReorg(): number {
    return this.chain.head.number - (this.chain.finalized?.number ?? 0);
  }

  /** Replaces the newest blocks by a branch that is one longer. `depth` is at most `deepestReorg`. */
  reorg(depth: number): void {
    const { chain } = this;
    const ancestor = chain.blocks.at(chain.head.number - depth, chain.head) ?? chain.genesis;
    const reverted = chain.blocks.path(ancestor, chain.head);
    const timeOf = (offset: number): number => reverted[offset]?.timestampMs ?? this.#nextTimeMs();
    chain.reorg({ depth, fates: chooseFates(reverted, this.#deps), timestampMs: timeOf });
  }

  #mineAfter(dueMs: number): void {
    const { clock, scheduler } = this.#deps;
    this.#timer = scheduler.after(Math.max(0, dueMs - clock.monotonic()), () => {
      this.chain.mine({ timestampMs: this.#nextTimeMs() });
      this.#floor.apply();
      // A machine that slept does not mine the blocks that it missed.
      this.#mineAfter(Math.max(dueMs + this.#options.blockTimeMs, clock.monotonic()));
    });
  }

  /** A block's time never lies before its parent's, whatever the machine's clock does. */
  #nextTimeMs(): number {
    return Math.max(this.#deps.clock.now(), this.chain.head.timestampMs + 1);
  }
}
