import type { BlockHeader, ChainId } from '../core/chain/block.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs, fullJitterDelayMs } from '../lib/retry-delay.ts';
import type { HeadSink, HeadSubscription } from '../ports/chain-provider.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { HeadGate } from './head-gate.ts';
import { silenceMsOf } from './provider-pool.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** A provider of another chain is asked again this often: its operator may have mended it. */
export const refusedRecheckMs = 30_000;
/** Between questions to a provider that does not answer; full jitter. */
export const deadPollDelay = { baseMs: 500, maxMs: 10_000 } as const;
/** While a socket lives, its provider is polled at most this many silences apart, as a check. */
export const livePollSilences = 6;

export interface HeadWatchOptions {
  readonly chain: ChainId;
  readonly blockTimeMs: number;
  readonly pollIntervalMs: number;
}

export interface HeadWatchDeps {
  readonly member: WatchedProvider;
  readonly gate: HeadGate;
  readonly scope: WorkScope;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  /** Something about this provider is new: its head, or that it answers or fails. */
  readonly onNews: (member: WatchedProvider, head: BlockHeader | null) => void;
}

/**
 * Watches one provider's head: by its socket where that lives, by polling where it does not, and
 * by both as a check. A socket counts as alive only while heads come: one that is silent while
 * polling shows progress is made anew (H20). The chain id is asked first, and again after every
 * reconnection and outage: what answers then may be another node.
 */
export class HeadWatch implements HeadSink {
  readonly #options: HeadWatchOptions;
  readonly #deps: HeadWatchDeps;
  readonly #bell: Bell;
  readonly #silenceMs: number;
  #subscription: HeadSubscription | null = null;
  #chainChecked = false;
  #announced: BlockHeader | null = null;
  /** Monotonic time of the last sign of life of the socket. */
  #socketHeardMs = 0;
  #polledMs = Number.NEGATIVE_INFINITY;

  constructor(options: HeadWatchOptions, deps: HeadWatchDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#bell = deps.scope.bell();
    this.#silenceMs = silenceMsOf(options.blockTimeMs);
  }

  start(): void {
    this.#deps.scope.run(`watching ${this.#deps.member.name}`, () => this.#run());
  }

  stop(): void {
    this.#subscription?.stop();
    this.#subscription = null;
  }

  onHead(head: BlockHeader): void {
    const { member, gate, clock } = this.#deps;
    this.#announced = head;
    this.#socketHeardMs = clock.monotonic();
    if (!this.#chainChecked || !member.servesChain) return;
    member.socketLive = true;
    // What needs a proof is asked for.
    if (gate.isLeap(head)) return this.#pollNow();
    member.noteHead(head);
    this.#deps.onNews(member, head);
    // A socket that lives says nothing of calls that failed: whether they are answered again has to be asked.
    if (member.faultsInRow > 0) this.#pollNow();
  }

  onState(state: 'up' | 'down', reason: string): void {
    const { member, logger, clock } = this.#deps;
    member.socketLive = state === 'up';
    this.#socketHeardMs = clock.monotonic();
    // What answers now may be another node, and a socket is also lost for serving another chain.
    this.#chainChecked = false;
    logger.info(`socket is ${state}`, { provider: member.name, reason });
    // The first head after a subscription is not guaranteed, and none comes after a loss: ask now.
    this.#pollNow();
  }

  #pollNow(): void {
    this.#polledMs = Number.NEGATIVE_INFINITY;
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    const { scope, member } = this.#deps;
    while (!scope.stopped) {
      const delayMs = (await this.#turn()) ? this.#untilPollMs() : this.#untilRetryMs();
      this.#deps.onNews(member, null);
      if (delayMs > 0) await this.#bell.wait(delayMs);
    }
  }

  /** @returns false when the provider did not answer as it should. */
  async #turn(): Promise<boolean> {
    const { member, gate } = this.#deps;
    try {
      if (!this.#chainChecked && !(await this.#checkChain())) return false;
      this.#subscription ??= member.provider.followHeads(this);
      if (this.#untilPollMs() > 0) return true;
      this.#polledMs = this.#deps.clock.monotonic();
      const head = await member.ask((provider) => provider.head());
      if (!(await gate.admits(member, head))) return true;
      member.noteHead(head);
      this.#deps.onNews(member, head);
      this.#judgeSocket(head);
      return true;
    } catch (error) {
      if (!(error instanceof TxTrailError)) throw error;
      this.#chainChecked = false;
      return false;
    }
  }

  async #checkChain(): Promise<boolean> {
    const { member, logger } = this.#deps;
    const wasRefused = member.refusal !== null;
    const served = await member.ask((provider) => provider.chainId());
    const right = member.noteChain(served, this.#options.chain);
    this.#chainChecked = right;
    if (!right && !wasRefused) logger.error('provider is refused', { provider: member.name, reason: member.refusal });
    return right;
  }

  #judgeSocket(polled: BlockHeader): void {
    const { member, clock, logger, metrics } = this.#deps;
    if (!member.socketLive || this.#subscription === null) return;
    const silentMs = clock.monotonic() - this.#socketHeardMs;
    const progressed = polled.number > (this.#announced?.number ?? -1);
    if (silentMs < this.#silenceMs || !progressed) return;
    member.socketLive = false;
    this.#socketHeardMs = clock.monotonic();
    metrics.socketRestarts.add(1, { chain: this.#options.chain, provider: member.name });
    logger.warn('socket is deaf and is made anew', { provider: member.name, silentMs, polled: polled.number });
    this.#subscription.restart(`no head for ${Math.round(silentMs)} ms while the chain moved`);
  }

  #untilPollMs(): number {
    const nowMs = this.#deps.clock.monotonic();
    const sincePollMs = nowMs - this.#polledMs;
    if (!this.#deps.member.socketLive) return Math.max(0, this.#options.pollIntervalMs - sincePollMs);
    const untilSilentMs = this.#silenceMs - (nowMs - this.#socketHeardMs);
    const untilCheckMs = livePollSilences * this.#silenceMs - sincePollMs;
    const spacingMs = this.#options.pollIntervalMs - sincePollMs;
    return Math.max(0, spacingMs, Math.min(untilSilentMs, untilCheckMs));
  }

  #untilRetryMs(): number {
    const { member, random } = this.#deps;
    if (member.refusal !== null) return refusedRecheckMs;
    // At least a moment, so that a fault which comes at once cannot spin.
    const shortest = doublingDelayMs(member.faultsInRow, { baseMs: 20, maxMs: 500 });
    return shortest + fullJitterDelayMs(member.faultsInRow, deadPollDelay, random);
  }
}
