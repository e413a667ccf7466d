import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { calmFromMs } from '../seed-plan.ts';
import { BlockMaker } from './block-maker.ts';
import { BlockClock, ChainPace } from './chain-pace.ts';
import { PoolTrouble } from './pool-trouble.ts';
import { ReorgStory } from './reorg-story.ts';
import type { SimulatedChain } from './simulated-chain.ts';
import type { Sending } from './wallet.ts';
import { WalletFamilies } from './wallet-families.ts';
import { Wallets } from './wallets.ts';

export interface ChainStoryDeps {
  readonly chance: Chance;
  readonly context: Context;
  /** A transaction that somebody may want to follow. */
  readonly onSent: (sending: Sending) => void;
}

/** What happens on one chain: blocks, reorgs, payments, and what becomes of them. */
export class ChainStory {
  readonly #chain: SimulatedChain;
  readonly #deps: ChainStoryDeps;
  readonly #pace: ChainPace;
  readonly #wallets: Wallets;
  readonly #pool: PoolTrouble;
  readonly #reorgs: ReorgStory;

  constructor(chain: SimulatedChain, deps: ChainStoryDeps) {
    this.#chain = chain;
    this.#deps = deps;
    const { chance, context } = deps;
    const { keeper } = chain;
    const families = new WalletFamilies();
    const maker = new BlockMaker(chain.chain, new BlockClock(context, chance));
    this.#pace = new ChainPace(chain, { ...deps, maker, onBlock: () => this.#reorgs.afterBlock() });
    const onSent = (sending: Sending): void => {
      chain.made(sending.transaction);
      deps.onSent(sending);
    };
    const shared = { ...deps, onSent, chain: chain.chain, maker, pace: this.#pace, families };
    this.#wallets = new Wallets(chain.plan, shared);
    this.#pool = new PoolTrouble(chain, deps);
    this.#reorgs = new ReorgStory(chain, {
      chance,
      context,
      keeper,
      siblingOf: (transaction) => families.siblingOf(transaction),
      rivalOf: (transaction) => this.#wallets.rivalOf(transaction),
      onGone: (transaction) => this.#pool.gone(transaction),
    });
  }

  start(): void {
    this.#wallets.start();
    this.#pool.start();
    this.#reorgs.start();
    this.#pace.start();
    this.#stallFinality();
  }

  /** Blocks go on, and none of them becomes final for minutes (H16). */
  #stallFinality(): void {
    const { chance, context } = this.#deps;
    const { time, armed } = context;
    // A chain whose tag is not shown may be counted by depth: no block of it may wait long.
    if (!armed.has('finality_stalls') || armed.has('tag_missing')) return;
    const { keeper, plan } = this.#chain;
    time.after(chance.between(10_000, 200_000), () => {
      const end = keeper.stall();
      const lastMs = Math.min(calmFromMs - time.nowMs, chance.between(60_000, 240_000));
      if (plan.config.finality === 'tag' && lastMs > 60_000) context.reach('finality stalled for a minute');
      time.after(lastMs, end);
    });
  }
}
