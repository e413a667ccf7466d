import type { Address, Hash } from '../core/chain/block.ts';
import type { Scheduler } from '../ports/clock.ts';
import { revertingAddress } from './accounts.ts';
import type { SandboxWallet } from './accounts.ts';
import type { DemoNode } from './demo-node.ts';
import type { DemoTracker } from './demo-tracker.ts';
import { restingBaseFee } from './fee-market.ts';
import { leastKeptFeeCap } from './price-floor.ts';
import type { Payment } from './scene-plan.ts';
import { signTransaction } from './sign-transaction.ts';

/** How much a transaction offers. `low` waits below the usual base fee, `dust` is not even kept, `tight` holds while the fee stands. */
export type Offer = 'usual' | 'low' | 'dust' | 'tight';

export interface StageOptions {
  readonly chain: string;
  readonly chainId: number;
  readonly blockTimeMs: number;
}

export interface StageDeps {
  readonly node: DemoNode;
  readonly tracker: DemoTracker;
  readonly scheduler: Scheduler;
  /** Aborts when the demo ends. */
  readonly signal: AbortSignal;
  /** Told of each registration. */
  readonly onTracked: (id: string) => void;
}

const plainGas = 21_000n;
const contractGas = 60_000n;
const usualTip = restingBaseFee;
const smallTip = restingBaseFee / 100n;
/** The demo's events are numbered apart from those of whoever tries the sandbox, who is `default`. */
const subscriber = 'demo';

/** One wallet on the stage: what a scene is made of. */
export class SceneStage {
  readonly #wallet: SandboxWallet;
  readonly #options: StageOptions;
  readonly #deps: StageDeps;

  constructor(wallet: SandboxWallet, options: StageOptions, deps: StageDeps) {
    this.#wallet = wallet;
    this.#options = options;
    this.#deps = deps;
  }

  get address(): Address {
    return this.#wallet.address;
  }

  nextNonce(): Promise<number> {
    return this.#deps.node.nextNonce(this.#wallet.address);
  }

  async send(nonce: number, payment: Pick<Payment, 'to' | 'value'>, offer: Offer = 'usual'): Promise<Hash> {
    const { to, value } = payment;
    const fees = feesOf(offer, await this.#deps.node.baseFee());
    const gas = to === revertingAddress ? contractGas : plainGas;
    const { chainId } = this.#options;
    const signed = signTransaction({ chainId, nonce, to, value, input: '0x', gas, ...fees }, this.#wallet.privateKey);
    return this.#deps.node.send(signed.raw);
  }

  async track(hash: Hash, label: string): Promise<void> {
    const { id } = await this.#deps.tracker.track(this.#request(hash, label));
    this.#deps.onTracked(id);
  }

  async trackBatch(entries: readonly { readonly hash: Hash; readonly label: string }[]): Promise<void> {
    const requests = entries.map(({ hash, label }) => this.#request(hash, label));
    for (const result of await this.#deps.tracker.trackBatch(requests)) {
      if ('error' in result) throw new Error(result.error.detail);
      this.#deps.onTracked(result.transaction.id);
    }
  }

  /** Lets so many block times pass. Rejects when the demo ends. */
  blocks(count: number): Promise<void> {
    return this.#deps.scheduler.sleep(count * this.#options.blockTimeMs, this.#deps.signal);
  }

  /** Waits until a block holds it, or so many block times are over. */
  async mined(hash: Hash, mostBlocks = 5): Promise<void> {
    await this.#until(() => this.#deps.node.isMined(hash), mostBlocks);
  }

  /** Waits until the pool has given it up, or so many block times are over. */
  async gone(hash: Hash, mostBlocks: number): Promise<void> {
    await this.#until(async () => !(await this.#deps.node.isKnown(hash)), mostBlocks);
  }

  async #until(condition: () => Promise<boolean>, mostBlocks: number): Promise<void> {
    const stepBlocks = 0.5;
    for (let waited = 0; waited < mostBlocks && !(await condition()); waited += stepBlocks)
      await this.blocks(stepBlocks);
  }

  #request(hash: Hash, label: string): Parameters<DemoTracker['track']>[0] {
    return { chain: this.#options.chain, hash, subscriber, metadata: { label } };
  }
}

function feesOf(
  offer: Offer,
  baseFee: bigint,
): { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint } {
  switch (offer) {
    case 'usual':
      return { maxFeePerGas: baseFee * 2n + usualTip, maxPriorityFeePerGas: usualTip };
    case 'tight':
      return { maxFeePerGas: baseFee + baseFee / 20n, maxPriorityFeePerGas: smallTip };
    case 'low':
      return { maxFeePerGas: restingBaseFee / 2n, maxPriorityFeePerGas: smallTip };
    case 'dust':
      return { maxFeePerGas: leastKeptFeeCap / 2n, maxPriorityFeePerGas: smallTip };
  }
}
