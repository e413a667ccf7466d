import { chanceOf } from '../chance.ts';
import type { FaultSite } from './provider-fault.ts';

/** So many blocks beyond the root of the fork are final by then: the tracker has heard of some. */
const contradictedBlocks = 2;
/** Long enough to be made the leader and asked for everything, milliseconds. */
const aloneMs = 20_000;

/**
 * All others are down for a while when what is final already contradicts the fork of the provider
 * that is left. Its word alone takes nothing back that is final (F03, F18).
 */
export class LeftAlone {
  readonly #site: FaultSite;
  readonly #root: number;
  #isPlanned: boolean;
  readonly #down: FaultSite['provider'][] = [];

  /** @param root number of the last block that the fork has in common with the true chain */
  constructor(site: FaultSite, root: number) {
    this.#site = site;
    this.#root = root;
    this.#isPlanned = chanceOf(site.context.seed, `${site.provider.host} is left alone/${root}`) < 0.7;
  }

  beginIfContradicted(): void {
    const { chain, provider, context } = this.#site;
    if (!this.#isPlanned || chain.keeper.floor < this.#root + contradictedBlocks) return;
    this.#isPlanned = false;
    for (const other of chain.providers) {
      if (other === provider) continue;
      other.down += 1;
      chain.dropSockets(other);
      this.#down.push(other);
    }
    context.reach('left alone with a provider on a fork below what is final');
    context.time.after(aloneMs, () => this.end());
  }

  end(): void {
    for (const other of this.#down.splice(0)) other.down -= 1;
  }
}
