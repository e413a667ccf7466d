import { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import { ScriptedProvider } from '../../../src/scripted-chain/scripted-provider.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import { chanceOf } from '../chance.ts';
import type { Context } from '../context.ts';
import { beginMs, blocksBefore, type ChainPlan } from '../seed-plan.ts';
import { FinalityKeeper } from './finality-keeper.ts';
import type { SimulatedHost, SimulatedNetwork } from './simulated-network.ts';
import { TruthTeller } from './truth-teller.ts';

/** A provider as the network has it, and what is the matter with it just now. */
export interface SimulatedProvider {
  readonly host: string;
  readonly provider: ScriptedProvider;
  /** Counts what keeps it from taking connections. */
  down: number;
  /** Its delays are so many times as long. */
  slowness: number;
}

/** One true chain and what its providers show of it. */
export class SimulatedChain {
  readonly plan: ChainPlan;
  readonly chain: ScriptedChain;
  readonly keeper: FinalityKeeper;
  readonly providers: readonly SimulatedProvider[];
  readonly hosts: readonly SimulatedHost[];
  readonly #teller: TruthTeller;
  #network: SimulatedNetwork | null = null;

  constructor(plan: ChainPlan, context: Context) {
    this.plan = plan;
    const { chainId, blockTimeMs, config } = plan;
    const genesisTimeMs = beginMs - blocksBefore * blockTimeMs;
    this.chain = new ScriptedChain({ chainId, genesisTimeMs, blockTimeMs });
    this.chain.mine({ count: blocksBefore });
    this.keeper = new FinalityKeeper(this.chain, plan);
    this.keeper.start();
    const truth = context.judge.truth(config.chain);
    this.#teller = new TruthTeller(this.chain, { tellsTags: config.finality === 'tag' }, { truth, time: context.time });
    this.#teller.start();
    this.providers = plan.providers.map(({ name, host }) => ({
      host,
      provider: new ScriptedProvider({ name }, { chain: this.chain }),
      down: 0,
      slowness: 1,
    }));
    this.hosts = this.providers.map((provider, at) => ({
      name: provider.host,
      provider: provider.provider,
      isUp: () => provider.down === 0,
      latencyMs: (about) => {
        const draw = chanceOf(context.seed, `${provider.host}/${about}/${Math.floor(context.time.nowMs / 1_000)}`);
        return (plan.providers[at]?.latencyMs ?? 0) * provider.slowness * (1 + draw);
      },
    }));
  }

  /** Lets subscribers hear of what changes. */
  join(network: SimulatedNetwork): void {
    this.#network = network;
    this.chain.watch((change) => {
      for (const { provider } of this.providers) network.push(provider, change);
    });
  }

  /** What the provider shows is another than a moment ago: who has subscribed hears of it. */
  announce({ provider }: SimulatedProvider): void {
    this.#network?.push(provider, null);
  }

  dropSockets({ host }: SimulatedProvider): void {
    this.#network?.dropSockets(host);
  }

  /** The one after it, and after the last the first. */
  nextOf(provider: SimulatedProvider): SimulatedProvider | undefined {
    return this.providers[(this.providers.indexOf(provider) + 1) % this.providers.length];
  }

  deafenSockets({ host }: SimulatedProvider): void {
    this.#network?.deafenSockets(host);
  }

  muteSockets({ host }: SimulatedProvider): void {
    this.#network?.muteSockets(host);
  }

  /** A sender made it, and nobody may have been shown it. */
  made(transaction: ScriptedTransaction): void {
    this.#teller.made(transaction);
  }

  /** It is in no pool any more. */
  evict(hash: string): void {
    this.chain.evict(hash);
    this.#teller.pool();
  }
}
