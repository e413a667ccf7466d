import { TxTrailError } from '../lib/error.ts';
import type { Logger } from '../ports/logger.ts';
import type { SettledClaim } from './finality-rule.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** While nobody leads, for instance in the first moments, it is looked for again this often. */
export const leaderlessWaitMs = 250;

export interface SettledWatchOptions {
  readonly blockTimeMs: number;
  readonly pollIntervalMs: number;
}

export interface SettledWatchDeps {
  readonly pool: ProviderPool;
  readonly scope: WorkScope;
  readonly logger: Logger;
  readonly onClaim: (claim: SettledClaim) => void;
}

/** Asks the leader for the safe and finalized blocks: each block or each poll interval, whichever is longer. */
export class SettledWatch {
  readonly #intervalMs: number;
  readonly #deps: SettledWatchDeps;
  readonly #bell: Bell;

  constructor(options: SettledWatchOptions, deps: SettledWatchDeps) {
    this.#intervalMs = Math.max(options.blockTimeMs, options.pollIntervalMs);
    this.#deps = deps;
    this.#bell = deps.scope.bell();
  }

  start(): void {
    this.#deps.scope.run('asking for settled blocks', async () => {
      while (!this.#deps.scope.stopped) {
        const asked = await this.#ask();
        await this.#bell.wait(asked ? this.#intervalMs : Math.min(this.#intervalMs, leaderlessWaitMs));
      }
    });
  }

  async #ask(): Promise<boolean> {
    const leader = this.#deps.pool.leader();
    if (leader === null) return false;
    try {
      const settled = await leader.ask((provider) => provider.settled());
      this.#deps.onClaim({ provider: leader.name, ...settled });
    } catch (error) {
      if (!(error instanceof TxTrailError)) throw error;
      this.#deps.logger.debug('settled blocks were not told', { provider: leader.name, reason: error.message });
    }
    return true;
  }
}
