import { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import { ScriptedProvider } from '../../../src/scripted-chain/scripted-provider.ts';
import { chanceOf } from '../chance.ts';
import type { Context } from '../context.ts';
import { beginMs, blocksBefore, type ChainPlan } from '../seed-plan.ts';
import type { SimulatedHost, SimulatedNetwork } from './simulated-network.ts';

/** One true chain and what its providers show of it. */
export class SimulatedChain {
  readonly plan: ChainPlan;
  readonly chain: ScriptedChain;
  readonly providers: readonly ScriptedProvider[];
  readonly hosts: readonly SimulatedHost[];
  /** Hosts that take no connection just now. */
  readonly down = new Set<string>();

  constructor(plan: ChainPlan, context: Context) {
    this.plan = plan;
    this.chain = new ScriptedChain({
      chainId: plan.chainId,
      genesisTimeMs: beginMs - blocksBefore * plan.blockTimeMs,
      blockTimeMs: plan.blockTimeMs,
      safeDepth: plan.safeDepth,
      finalizedDepth: plan.finalizedDepth,
    });
    this.chain.mine({ count: blocksBefore });
    this.providers = plan.providers.map(({ name }) => new ScriptedProvider({ name }, { chain: this.chain }));
    this.hosts = plan.providers.map(({ host, latencyMs }, at) => ({
      name: host,
      provider: this.providers[at] as ScriptedProvider,
      isUp: () => !this.down.has(host),
      latencyMs: (about) =>
        latencyMs * (1 + chanceOf(context.seed, `${host}/${about}/${Math.floor(context.time.nowMs / 1_000)}`)),
    }));
  }

  /** Lets subscribers hear of what changes. */
  join(network: SimulatedNetwork): void {
    this.chain.watch((change) => {
      for (const provider of this.providers) network.push(provider, change);
    });
  }
}
