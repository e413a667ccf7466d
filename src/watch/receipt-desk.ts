import type { BlockRef, ChainId, Hash } from '../core/chain/block.ts';
import { baseOf, isOnPath, type TrackedChain } from '../core/chain/head-tracker.ts';
import type { ReceiptFact } from '../core/records/fact-record.ts';
import type { ProbeRecord } from '../core/records/probe-record.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import type { ChainOutput } from '../ports/chain-output.ts';
import type { ReceiptAnswer } from '../ports/chain-provider.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** Receipts that may wait; further ones are forgotten and asked again by the core. */
export const receiptsWaitingMax = 100_000;
/** Blocks whose receipts are asked for side by side. */
export const receiptBlocksInFlightMax = 4;
/** Receipts of one block that are asked for at once. */
export const receiptsPerQuestionMax = 1_000;
/** A receipt comes moments after its block, or after a while: asked again at a growing distance (H30). */
export const receiptRetryDelay = { baseMs: 100, maxMs: 5_000 } as const;

export type ReceiptProbe = Extract<ProbeRecord, { kind: 'receipt' }>;

export interface ReceiptDeskDeps {
  readonly pool: ProviderPool;
  readonly tracked: () => TrackedChain | null;
  readonly output: ChainOutput;
  readonly clock: Clock;
  readonly scope: WorkScope;
  readonly metrics: WatchMetrics;
}

interface BlockWants {
  readonly block: BlockRef;
  /** Transaction hash to its index. */
  readonly wanted: Map<Hash, number>;
  /** Questions in a row that brought nothing. */
  attempt: number;
  /** Monotonic time of the next question. */
  dueMs: number;
}

/**
 * Fetches receipts, those of one block together, until they are there or their block has left the
 * chain. Whom to ask turns with each attempt: a provider that has the block may not have its
 * receipts yet.
 */
export class ReceiptDesk {
  readonly #chain: ChainId;
  readonly #deps: ReceiptDeskDeps;
  readonly #bell: Bell;
  readonly #blocks = new Map<Hash, BlockWants>();
  readonly #inFlight = new Set<Hash>();
  #waitingCount = 0;

  constructor(options: { readonly chain: ChainId }, deps: ReceiptDeskDeps) {
    this.#chain = options.chain;
    this.#deps = deps;
    this.#bell = deps.scope.bell();
  }

  add(probe: ReceiptProbe): void {
    const labels = { chain: this.#chain, kind: 'receipt' };
    if (this.#waitingCount >= receiptsWaitingMax) return this.#deps.metrics.forgotten.add(1, labels);
    const block = { number: probe.blockNumber, hash: probe.blockHash };
    if (this.#hasLeft(block)) return;
    const wants = this.#blocks.get(block.hash) ?? { block, wanted: new Map<Hash, number>(), attempt: 0, dueMs: 0 };
    if (!wants.wanted.has(probe.hash)) this.#waitingCount += 1;
    wants.wanted.set(probe.hash, probe.index);
    this.#blocks.set(block.hash, wants);
    this.#bell.ring();
  }

  /** These blocks are not on the path any more: nothing of theirs is wanted. */
  drop(blockHashes: readonly Hash[]): void {
    for (const hash of blockHashes) {
      const wants = this.#blocks.get(hash);
      if (wants !== undefined) this.#forget(wants);
    }
  }

  start(): void {
    this.#deps.scope.run('asking for receipts', async () => {
      while (!this.#deps.scope.stopped) {
        const untilDueMs = this.#startDue();
        this.#deps.metrics.waiting.set(this.#waitingCount, { chain: this.#chain, kind: 'receipt' });
        await this.#bell.wait(untilDueMs);
      }
    });
  }

  /** @returns milliseconds until the next block is due; null when only the bell can bring one. */
  #startDue(): number | null {
    const nowMs = this.#deps.clock.monotonic();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [hash, wants] of this.#blocks) {
      if (this.#inFlight.size >= receiptBlocksInFlightMax) return null;
      if (this.#inFlight.has(hash)) continue;
      nextMs = Math.min(nextMs, wants.dueMs);
      if (wants.dueMs > nowMs) continue;
      this.#inFlight.add(hash);
      this.#deps.scope.run(`asking for receipts of block ${wants.block.number}`, () => this.#turn(wants));
    }
    return nextMs === Number.POSITIVE_INFINITY ? null : Math.max(0, nextMs - nowMs);
  }

  /** One question; a place in flight is never held by a block that waits. */
  async #turn(wants: BlockWants): Promise<void> {
    try {
      const progressed = this.#isWanted(wants) && (await this.#ask(wants));
      wants.attempt = progressed ? 0 : wants.attempt + 1;
      const delayMs = progressed ? 0 : doublingDelayMs(wants.attempt, receiptRetryDelay);
      wants.dueMs = this.#deps.clock.monotonic() + delayMs;
      if (!this.#isWanted(wants)) this.#forget(wants);
    } finally {
      this.#inFlight.delete(wants.block.hash);
      this.#bell.ring();
    }
  }

  async #ask(wants: BlockWants): Promise<boolean> {
    const members = this.#deps.pool.askable();
    const member = members[wants.attempt % Math.max(1, members.length)];
    if (member === undefined) return false;
    const wanted = [...wants.wanted].slice(0, receiptsPerQuestionMax).map(([hash, index]) => ({ hash, index }));
    try {
      const answers = await member.ask((provider) => provider.receipts(wants.block, wanted));
      const found = answers.filter((answer) => answer !== null);
      if (found.length === 0 || !this.#isWanted(wants)) return false;
      await this.#deps.output.facts(found.map((answer) => this.#factOf(answer, member.name)));
      for (const { hash } of found) if (wants.wanted.delete(hash)) this.#waitingCount -= 1;
      return true;
    } catch (error) {
      if (error instanceof TxTrailError && error.code.startsWith('provider_')) return false;
      throw error;
    }
  }

  #factOf(answer: ReceiptAnswer, provider: string): ReceiptFact {
    const { hash, blockHash, execution, gasUsed, effectiveGasPrice } = answer;
    return { kind: 'receipt', chain: this.#chain, hash, blockHash, provider, execution, gasUsed, effectiveGasPrice };
  }

  #isWanted(wants: BlockWants): boolean {
    return wants.wanted.size > 0 && this.#blocks.get(wants.block.hash) === wants && !this.#hasLeft(wants.block);
  }

  /** It stands in the window under another hash. Below the window and above the head nothing speaks against it. */
  #hasLeft(block: BlockRef): boolean {
    const tracked = this.#deps.tracked();
    if (tracked === null || block.number < baseOf(tracked).number) return false;
    const head = tracked.blocks[tracked.blocks.length - 1];
    return head !== undefined && block.number <= head.number && !isOnPath(tracked, block);
  }

  #forget(wants: BlockWants): void {
    this.#waitingCount -= wants.wanted.size;
    wants.wanted.clear();
    if (this.#blocks.get(wants.block.hash) === wants) this.#blocks.delete(wants.block.hash);
  }
}
