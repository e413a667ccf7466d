import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProviderReport } from '../ports/tracker-service.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WatchedProvider } from './watched-provider.ts';

/** A leader this many blocks behind another provider is left. */
export const leaderLagMaxBlocks = 5;
/** From this many blocks behind on, a provider is reported as lagging. */
export const laggingFromBlocks = 3;
/** A socket or head that stands still for less is not worth a change. */
export const silenceMinMs = 10_000;
/** The primary must be healthy and fresh for so many block times, and so long, before it leads again. */
export const returnAfterBlocks = 10;
export const returnAfterMinMs = 30_000;

export function silenceMsOf(blockTimeMs: number): number {
  return Math.max(3 * blockTimeMs, silenceMinMs);
}

export interface ProviderPoolOptions {
  readonly chain: string;
  readonly blockTimeMs: number;
}

export interface ProviderPoolDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  readonly onLeaderChange: () => void;
}

const states = ['starting', 'leading', 'standby', 'lagging', 'failing', 'refused'] as const;

/**
 * The providers of a chain and which of them leads: the one whose head is followed. Leadership is
 * sticky, since two providers differ by a block all the time and every change risks a fork that is
 * only theirs; it is left on failure, on lag and on standstill, and given back to the primary.
 */
export class ProviderPool {
  readonly members: readonly WatchedProvider[];
  readonly #options: ProviderPoolOptions;
  readonly #deps: ProviderPoolDeps;
  readonly #loggedStates = new Map<string, string>();
  #leader: WatchedProvider | null = null;
  /** Since when the primary that does not lead could have led; null: not now. */
  #primaryFreshSinceMs: number | null = null;

  constructor(members: readonly WatchedProvider[], options: ProviderPoolOptions, deps: ProviderPoolDeps) {
    this.members = members;
    this.#options = options;
    this.#deps = deps;
  }

  /** Who leads, judged anew; null while nobody can. */
  leader(): WatchedProvider | null {
    const chosen = this.#choose();
    if (chosen !== this.#leader) this.#change(chosen);
    return chosen;
  }

  /** Providers worth asking, the leader first; those in trouble only when there is no other. */
  askable(): readonly WatchedProvider[] {
    const serving = this.members.filter((member) => member.servesChain);
    const healthy = serving.filter((member) => member.healthy);
    const leader = this.leader();
    const others = (healthy.length > 0 ? healthy : serving).filter((member) => member !== leader);
    const sorted = others.toSorted((left, right) => rank(right, leader) - rank(left, leader));
    return leader === null ? sorted : [leader, ...sorted];
  }

  /** The best head that a provider which serves the chain shows; −1 before any did. */
  bestHead(): number {
    const heads = this.members.filter(trustworthy).map((member) => member.head?.number ?? -1);
    return Math.max(-1, ...heads);
  }

  report(): readonly ProviderReport[] {
    const best = this.bestHead();
    return this.members.map((member) => {
      const head = member.head?.number ?? null;
      return {
        name: member.name,
        role: member.provider.role,
        state: this.#stateOf(member, best),
        reason: member.trouble,
        head,
        lag: head === null || best < 0 ? null : Math.max(0, best - head),
      };
    });
  }

  /** Logs and counts what changed since the last time. */
  publishStates(): void {
    const { chain } = this.#options;
    for (const { name, state, reason } of this.report()) {
      for (const each of states) {
        this.#deps.metrics.providerState.set(each === state ? 1 : 0, { chain, provider: name, state: each });
      }
      if (this.#loggedStates.get(name) === state) continue;
      this.#loggedStates.set(name, state);
      const level = state === 'failing' || state === 'refused' ? 'warn' : 'info';
      this.#deps.logger[level](`provider is ${state}`, { provider: name, reason });
    }
  }

  #choose(): WatchedProvider | null {
    const current = this.#leader;
    const best = this.#bestCandidate();
    if (current === null || best === null || best === current) return best;
    if (!current.healthy && best.healthy) return best;
    if (!current.servesChain || current.conflict !== null) return best;
    if (best.healthy && (this.#isBehind(current, best) || this.#primaryReturns(current, best))) return best;
    return current;
  }

  #bestCandidate(): WatchedProvider | null {
    const leader = this.#leader;
    const able = this.members.filter(trustworthy);
    const healthy = able.filter((member) => member.healthy);
    const candidates = healthy.length > 0 ? healthy : able;
    const highest = Math.max(-1, ...candidates.map((member) => member.head?.number ?? -1));
    const fresh = candidates.filter((member) => (member.head?.number ?? -1) >= highest - leaderLagMaxBlocks);
    const moving =
      leader === null ? fresh : fresh.filter((member) => member !== leader || !this.#anyMoves(leader, fresh));
    const pick = moving.length > 0 ? moving : fresh;
    let best: WatchedProvider | null = null;
    for (const member of pick) if (best === null || rank(member, leader) > rank(best, leader)) best = member;
    return best;
  }

  /** Somebody's head moves while the leader's stands still. */
  #anyMoves(leader: WatchedProvider, others: readonly WatchedProvider[]): boolean {
    return others.some((other) => other !== leader && this.#isBehind(leader, other));
  }

  #isBehind(leader: WatchedProvider, other: WatchedProvider): boolean {
    const leaderHead = leader.head?.number ?? -1;
    const otherHead = other.head?.number ?? -1;
    if (otherHead - leaderHead >= leaderLagMaxBlocks) return true;
    const stillMs = this.#deps.clock.monotonic() - leader.headMovedMs;
    return (
      otherHead > leaderHead &&
      stillMs > silenceMsOf(this.#options.blockTimeMs) &&
      other.headMovedMs > leader.headMovedMs
    );
  }

  #primaryReturns(current: WatchedProvider, best: WatchedProvider): boolean {
    const nowMs = this.#deps.clock.monotonic();
    const isFresh = (best.head?.number ?? -1) >= (current.head?.number ?? -1) - 1;
    if (current.provider.role === 'primary' || best.provider.role !== 'primary' || !isFresh) {
      this.#primaryFreshSinceMs = null;
      return false;
    }
    this.#primaryFreshSinceMs ??= nowMs;
    return (
      nowMs - this.#primaryFreshSinceMs >= Math.max(returnAfterBlocks * this.#options.blockTimeMs, returnAfterMinMs)
    );
  }

  #change(chosen: WatchedProvider | null): void {
    const from = this.#leader;
    this.#leader = chosen;
    this.#primaryFreshSinceMs = null;
    this.#deps.metrics.leaderChanges.add(1, { chain: this.#options.chain });
    const facts = { from: from?.name ?? null, to: chosen?.name ?? null, reason: from?.trouble ?? null };
    if (chosen === null) this.#deps.logger.warn('no provider can lead', facts);
    else this.#deps.logger.info(from === null ? 'a provider leads' : 'another provider leads', facts);
    this.#deps.onLeaderChange();
  }

  #stateOf(member: WatchedProvider, best: number): ProviderReport['state'] {
    if (member.refusal !== null) return 'refused';
    if (!member.servesChain) return member.faultsInRow > 0 ? 'failing' : 'starting';
    if (!member.healthy) return 'failing';
    if (member === this.#leader) return 'leading';
    return best - (member.head?.number ?? best) >= laggingFromBlocks ? 'lagging' : 'standby';
  }
}

function trustworthy(member: WatchedProvider): boolean {
  return member.servesChain && member.conflict === null;
}

/** Primary before secondary, then the leader before others; the order of the configuration decides the rest. */
function rank(member: WatchedProvider, leader: WatchedProvider | null): number {
  const role = member.provider.role === 'primary' ? 2 : 0;
  return role + (member === leader ? 1 : 0) + (member.conflict === null ? 4 : 0);
}
