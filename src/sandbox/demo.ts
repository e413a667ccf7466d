import { seededRandom } from '../lib/seeded-random.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { demoWallets } from './accounts.ts';
import type { DemoNode } from './demo-node.ts';
import type { DemoTracker } from './demo-tracker.ts';
import { SceneDeck } from './scene-plan.ts';
import type { ScenePlan } from './scene-plan.ts';
import { SceneStage } from './scene-stage.ts';
import { playScene } from './scenes.ts';

export interface DemoOptions {
  readonly chain: string;
  readonly chainId: number;
  readonly blockTimeMs: number;
  /** The same seed gives the same scenes in the same order. */
  readonly seed: number;
}

export interface DemoDeps {
  readonly node: DemoNode;
  readonly tracker: DemoTracker;
  /** Asks for a reorg of so many blocks; whether one came of it is not the demo's affair. */
  readonly reorg: (depth: number) => void;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
}

/** Between two scenes, in block times. */
const pause = { least: 0.75, spread: 1.5 };
/** Blocks before the first reorg, and between two: about 18 s, and 46 to 60 s, at two seconds a block. */
const firstReorgBlocks = 9;
const reorgPause = { least: 23, spread: 7 };
/** How many finished transactions stay tracked; the oldest is let go for each new one. */
export const demoTransactionsMax = 240;
const lowFeeScenes = 3;

/**
 * The demo traffic: wallets that send, speed up, cancel and forget, registered like anybody's
 * transactions, and a reorg now and then. It meets chain and tracker over their ports alone.
 */
export class Demo {
  readonly #options: DemoOptions;
  readonly #deps: DemoDeps;
  readonly #deck: SceneDeck;
  readonly #ending = new AbortController();
  readonly #idle = [...demoWallets];
  readonly #running = new Set<Promise<void>>();
  readonly #tracked: string[] = [];

  constructor(options: DemoOptions, deps: DemoDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#deck = new SceneDeck(seededRandom(options.seed));
  }

  start(): void {
    this.#keep(this.#playScenes());
    this.#keep(this.#reorganise());
  }

  /** Ends every scene where it stands. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }

  /** Sends a few transactions that the rising fee will leave behind. */
  onGasSpike(): void {
    for (let sent = 0; sent < lowFeeScenes; sent += 1) this.#begin(() => this.#deck.plan('low_fee'));
  }

  async #playScenes(): Promise<void> {
    const fraction = seededRandom(this.#options.seed ^ 0x5ce4e5);
    for (;;) {
      this.#begin(() => this.#deck.next());
      await this.#blocks(pause.least + pause.spread * fraction());
    }
  }

  async #reorganise(): Promise<void> {
    const fraction = seededRandom(this.#options.seed ^ 0x4e046);
    for (let wait = firstReorgBlocks; ; wait = reorgPause.least + reorgPause.spread * fraction()) {
      await this.#blocks(wait);
      this.#deps.reorg(fraction() < 0.5 ? 2 : 3);
    }
  }

  /** Where every wallet is on stage already, the scene is left out. */
  #begin(draw: () => ScenePlan): void {
    const wallet = this.#idle.shift();
    if (wallet === undefined) return;
    const plan = draw();
    const { scheduler, node, tracker } = this.#deps;
    const { signal } = this.#ending;
    const onTracked = (id: string): void => this.#letOldGo(id);
    const stage = new SceneStage(wallet, this.#options, { node, tracker, scheduler, signal, onTracked });
    const played = playScene(plan, stage).catch((error: unknown) => {
      if (!signal.aborted) this.#deps.logger.warn('a scene of the demo failed', { scene: plan.kind, error });
    });
    this.#keep(played.finally(() => this.#idle.push(wallet)));
  }

  #letOldGo(id: string): void {
    this.#tracked.push(id);
    const old = this.#tracked.length > demoTransactionsMax ? this.#tracked.shift() : undefined;
    if (old !== undefined) this.#keep(this.#deps.tracker.untrack(old));
  }

  #blocks(count: number): Promise<void> {
    return this.#deps.scheduler.sleep(count * this.#options.blockTimeMs, this.#ending.signal);
  }

  /** Work that `stop` waits for; what it fails with after that is of no interest. */
  #keep(work: Promise<void>): void {
    const kept: Promise<void> = work
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#deps.logger.warn('the demo was disturbed', { error });
      })
      .finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }
}
