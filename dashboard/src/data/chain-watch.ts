import type { TxTrailClient } from '@txtrail/client';
import type { Chain, ChainDetail } from '@txtrail/protocol';

export interface ChainWatchDeps {
  readonly client: Pick<TxTrailClient, 'chains' | 'chain'>;
  /** Calls back after that many milliseconds; returns the way to cancel. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly onChains: (chains: readonly Chain[]) => void;
  readonly onDetail: (detail: ChainDetail) => void;
}

const leastPauseMs = 500;
const mostPauseMs = 4000;
/** A page that nobody looks at asks so seldom. */
const hiddenPauseMs = 20_000;
/** Events come in bunches; one question answers them all. */
const soonMs = 60;
/** The list of all chains is read at every so many readings of the one that is shown. */
const listEvery = 8;

/**
 * Reads the chain that is shown again and again, for which no event is sent: twice in a block's
 * time, and at once when an event says that something has moved.
 */
export class ChainWatch {
  readonly #deps: ChainWatchDeps;
  #shown: string | null = null;
  #cancel: () => void = () => undefined;
  #asking: AbortController | null = null;
  #pauseMs = leastPauseMs;
  #round = 0;
  #isHidden = false;
  #isAskedAgain = false;

  constructor(deps: ChainWatchDeps) {
    this.#deps = deps;
  }

  /** @param chain CAIP-2; null: the first of all chains */
  show(chain: string | null): void {
    this.#shown = chain;
    this.#round = 0;
    this.#asking?.abort();
    this.#asking = null;
    this.#plan(0);
  }

  /** Something has moved. */
  soon(): void {
    if (this.#asking === null) this.#plan(soonMs);
    else this.#isAskedAgain = true;
  }

  setHidden(isHidden: boolean): void {
    this.#isHidden = isHidden;
    if (!isHidden) this.soon();
  }

  close(): void {
    this.#cancel();
    this.#asking?.abort();
    this.#asking = null;
  }

  #plan(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#deps.after(delayMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#isAskedAgain = false;
    try {
      await this.#read(asking.signal);
    } catch {
      // The connection's badge tells of a server that does not answer; this only asks again.
      this.#pauseMs = mostPauseMs;
    }
    if (asking.signal.aborted) return;
    this.#asking = null;
    const pause = this.#isHidden ? hiddenPauseMs : this.#pauseMs;
    this.#plan(this.#isAskedAgain && !this.#isHidden ? soonMs : pause);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { client, onChains, onDetail } = this.#deps;
    if (this.#round % listEvery === 0 || this.#shown === null) {
      const chains = await client.chains({ signal });
      if (signal.aborted) return;
      onChains(chains);
      this.#shown ??= chains[0]?.chain ?? null;
    }
    this.#round += 1;
    if (this.#shown === null) return;
    const detail = await client.chain(this.#shown, { signal });
    if (signal.aborted) return;
    this.#pauseMs = pauseFor(detail);
    onDetail(detail);
  }
}

/** Half of what recent blocks took, within bounds. */
export function pauseFor({ recentBlocks }: Pick<ChainDetail, 'recentBlocks'>): number {
  const newest = recentBlocks[0];
  const oldest = recentBlocks.at(Math.min(recentBlocks.length, 20) - 1);
  if (newest === undefined || oldest === undefined || newest === oldest) return leastPauseMs * 2;
  const perBlock = (Date.parse(newest.timestamp) - Date.parse(oldest.timestamp)) / (newest.number - oldest.number);
  return Math.min(mostPauseMs, Math.max(leastPauseMs, perBlock / 2));
}
