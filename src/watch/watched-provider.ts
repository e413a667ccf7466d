import type { BlockHeader, ChainId } from '../core/chain/block.ts';
import { TxTrailError } from '../lib/error.ts';
import type { ChainProvider } from '../ports/chain-provider.ts';
import type { Clock } from '../ports/clock.ts';

/** Faults in a row from which a provider counts as failing until it answers again. */
export const faultsInRowMax = 2;
/** How long a provider that failed as the leader is passed over. */
export const coolDownMs = 15_000;
/** So many of the heads that it has shown are kept. */
const shownHeadsMax = 128;
/** A provider that limits us is left alone this long where it does not say how long. */
export const limitedRestMs = 2_000;

/**
 * A provider with what its answers have shown of it so far. It holds facts; who leads is the
 * pool's to decide.
 */
export class WatchedProvider {
  readonly provider: ChainProvider;
  readonly #clock: Clock;
  #served: ChainId | null = null;
  #refusal: string | null = null;
  #head: BlockHeader | null = null;
  readonly #shownHeads: BlockHeader[] = [];
  #headMovedMs = 0;
  #faultsInRow = 0;
  #fault: string | null = null;
  #coolUntilMs = 0;
  #coolReason: string | null = null;
  #restUntilMs = 0;
  #conflict: string | null = null;
  #doubt: string | null = null;
  /** True while its socket is up and not known to be deaf. */
  socketLive = false;

  constructor(provider: ChainProvider, clock: Clock) {
    this.provider = provider;
    this.#clock = clock;
  }

  get name(): string {
    return this.provider.name;
  }

  get head(): BlockHeader | null {
    return this.#head;
  }

  /** Its latest heads in the order in which it showed them. */
  get shownHeads(): readonly BlockHeader[] {
    return this.#shownHeads;
  }

  /** Monotonic time at which its head last changed. */
  get headMovedMs(): number {
    return this.#headMovedMs;
  }

  get refusal(): string | null {
    return this.#refusal;
  }

  get faultsInRow(): number {
    return this.#faultsInRow;
  }

  /** Why its word on the chain is not taken: it contradicts what is final. */
  get conflict(): string | null {
    return this.#conflict;
  }

  /** Its chain was asked for and is ours. */
  get servesChain(): boolean {
    return this.#served !== null && this.#refusal === null;
  }

  /** It answers, and nothing speaks against asking it first. */
  get healthy(): boolean {
    return this.servesChain && this.trouble === null;
  }

  /** Why a question that everybody is asked is not put to it, in words; null: it is, also where it failed before. */
  get whyNotAsked(): string | null {
    if (this.#refusal !== null) return this.#refusal;
    if (!this.servesChain) return this.#fault ?? 'it has not said yet which chain it serves';
    if (this.#conflict !== null) return this.#conflict;
    return this.#clock.monotonic() < this.#restUntilMs ? this.#fault : null;
  }

  /** What is wrong with it, in words; null: nothing. */
  get trouble(): string | null {
    if (this.#refusal !== null) return this.#refusal;
    if (this.#conflict !== null) return this.#conflict;
    if (this.#doubt !== null) return this.#doubt;
    // One that never answered yet has nothing to its credit.
    if (this.#faultsInRow >= (this.#served === null ? 1 : faultsInRowMax)) return this.#fault;
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#coolUntilMs) return this.#coolReason;
    if (nowMs < this.#restUntilMs) return this.#fault;
    return null;
  }

  /** Asks and keeps account; every question to a provider goes through here. */
  async ask<Answer>(question: (provider: ChainProvider) => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await question(this.provider);
      this.#faultsInRow = 0;
      return answer;
    } catch (error) {
      this.#noteFault(error);
      throw error;
    }
  }

  /** @returns whether it serves the chain that it should. */
  noteChain(served: ChainId, wanted: ChainId): boolean {
    this.#served = served;
    this.#refusal = served === wanted ? null : `it serves ${served} instead of ${wanted}`;
    if (this.#refusal !== null) this.#head = null;
    return this.#refusal === null;
  }

  noteHead(head: BlockHeader): void {
    if (this.#head?.hash !== head.hash) {
      this.#headMovedMs = this.#clock.monotonic();
      this.#shownHeads.push(head);
      if (this.#shownHeads.length > shownHeadsMax) this.#shownHeads.shift();
    }
    this.#head = head;
    this.#doubt = null;
  }

  /** It shows a head that cannot be believed: it has none until it shows another. */
  noteDoubt(reason: string): void {
    this.#doubt = reason;
    this.#head = null;
  }

  coolDown(reason: string): void {
    this.#coolUntilMs = this.#clock.monotonic() + coolDownMs;
    this.#coolReason = reason;
  }

  /** It led a step to its end: whatever cooled it is over. */
  warmUp(): void {
    this.#coolUntilMs = 0;
  }

  noteConflict(reason: string | null): void {
    this.#conflict = reason;
  }

  #noteFault(error: unknown): void {
    if (!(error instanceof TxTrailError)) return;
    // A method that a provider does not have says nothing about the rest of it.
    if (error.facts['errorClass'] === 'unsupported') return;
    this.#faultsInRow += 1;
    this.#fault = error.message;
    if (error.code !== 'provider_rate_limited') return;
    const retryAfterMs = error.facts['retryAfterMs'];
    this.#restUntilMs = this.#clock.monotonic() + (typeof retryAfterMs === 'number' ? retryAfterMs : limitedRestMs);
  }
}
