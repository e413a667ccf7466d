import type { BlockHeader, ChainId, Hash } from '../core/chain/block.ts';
import {
  adopt,
  headerOf,
  headOf,
  isOnPath,
  judge,
  resumeTracking,
  trackFrom,
  type Settlement,
  type TrackedChain,
} from '../core/chain/head-tracker.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import { TxTrailError } from '../lib/error.ts';
import { doublingDelayMs } from '../lib/retry-delay.ts';
import type { ChainOutput, WatchResume } from '../ports/chain-output.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type BranchFinder, type Finding, isShownByAnother } from './branch-finder.ts';
import type { FinalityRule, SettledClaim } from './finality-rule.ts';
import type { HeadGate } from './head-gate.ts';
import { HeadSearch } from './head-search.ts';
import type { ProviderPool } from './provider-pool.ts';
import { secondWordUpTo } from './second-word.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** Without anything known, the chain is followed from this many blocks below the head at most. */
export const anchorDepthMax = 128;
/** The same where the chain names no finalized block. */
export const anchorDepthWithoutFinality = 64;
/**
 * Where nothing could be followed since the first registration: how far back the chain is followed
 * from all the same, and in how many steps the block of that time is looked for.
 */
export const anchorLookBackMaxMs = 3_600_000;
const anchorLookBackSteps = 8;
/** So many failed steps in a row, and the leader is passed over for a while. */
export const leaderFaultsMax = 2;
/** Between failed steps. */
export const stepRetryDelay = { baseMs: 25, maxMs: 5_000 } as const;
/** How long the leader may take to announce what another provider has announced. */
export const othersHintGraceMs = 1_000;

export interface ChainFollowerOptions {
  readonly chain: ChainId;
  readonly resume: WatchResume | null;
  readonly blockTimeMs: number;
  /** Since when somebody may wait for this chain, Unix milliseconds: what was mined from then on must be seen. */
  readonly sinceMs: number;
}

export interface ChainFollowerDeps {
  readonly pool: ProviderPool;
  readonly finder: BranchFinder;
  readonly finality: FinalityRule;
  readonly gate: HeadGate;
  readonly output: ChainOutput;
  readonly scope: WorkScope;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
  /** These blocks are not on the path any more. */
  readonly onReverted: (hashes: readonly Hash[]) => void;
}

/**
 * The one loop that moves the canonical path. Everything else only rings its bell: heads are hints
 * (H22), and what counts is what the leader shows when it is asked. A step is written durably
 * before the next begins, so the log never holds a block whose parent it does not.
 */
export class ChainFollower {
  readonly #options: ChainFollowerOptions;
  readonly #deps: ChainFollowerDeps;
  readonly #bell: Bell;
  #tracked: TrackedChain | null;
  #hint: { readonly from: WatchedProvider; readonly head: BlockHeader; readonly seenMs: number } | null = null;
  /** What the loop is at, or was last. */
  #search: HeadSearch | null = null;
  /** Who showed the head that the path has now. */
  #ledBy: WatchedProvider | null = null;
  #claim: SettledClaim | null = null;
  /** Monotonic time at which the leader is asked for its head without a hint of its own; null: no need. */
  #checkAtMs: number | null = 0;
  #faults = 0;
  /** Of whichever leader. */
  #failuresInRow = 0;
  #movedMs = 0;

  constructor(options: ChainFollowerOptions, deps: ChainFollowerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#bell = deps.scope.bell();
    const { resume, chain } = options;
    this.#tracked = resume === null ? null : resumeTracking(chain, resume.blocks, resume.safe, resume.finalized);
  }

  /** null until the chain is anchored. */
  get tracked(): TrackedChain | null {
    return this.#tracked;
  }

  /** Milliseconds since the head last moved. */
  get headAgeMs(): number {
    return this.#deps.clock.monotonic() - this.#movedMs;
  }

  start(): void {
    this.#movedMs = this.#deps.clock.monotonic();
    this.#deps.scope.run('following the chain', () => this.#run());
  }

  /** A provider shows a head. Only the leader's decides; another's makes us ask the leader. */
  hint(from: WatchedProvider, head: BlockHeader): void {
    const { clock, pool } = this.#deps;
    if (from === pool.leader()) {
      this.#hint = { from, head, seenMs: clock.now() };
      if (this.#search?.from === from) this.#search.heard(head);
      this.#bell.ring();
      return;
    }
    if (this.#deps.finality.waits) this.#bell.ring();
    const ours = this.#tracked === null ? -1 : headOf(this.#tracked).number;
    if (head.number <= ours) return;
    const graceMs = pool.leader()?.socketLive === true ? othersHintGraceMs : 0;
    this.#checkBy(clock.monotonic() + graceMs);
  }

  /** Who leads may have changed: ask. */
  check(): void {
    this.#checkBy(this.#deps.clock.monotonic());
  }

  claim(claim: SettledClaim): void {
    this.#claim = claim;
    this.#bell.ring();
  }

  async #run(): Promise<void> {
    const { scope } = this.#deps;
    while (!scope.stopped) {
      const leader = this.#deps.pool.leader();
      try {
        const moved = leader !== null && (await this.#step(leader));
        this.#faults = 0;
        this.#failuresInRow = 0;
        if (!moved && !scope.stopped) await this.#bell.wait(leader === null ? null : this.#untilCheckMs());
      } catch (error) {
        if (!(error instanceof TxTrailError) || !error.code.startsWith('provider_') || leader === null) throw error;
        await this.#onFault(leader, error);
      }
    }
  }

  /** @returns whether something was written, so that there may be more to do at once. */
  async #step(leader: WatchedProvider): Promise<boolean> {
    if (this.#tracked === null) {
      await this.#anchor(leader);
      return true;
    }
    await this.#settle(this.#tracked, leader);
    const shown = await this.#shownBy(leader, this.#tracked);
    if (shown === null) return false;
    const search = new HeadSearch(leader, shown.head, this.#deps);
    this.#search = search;
    const finding = await this.#deps.finder.find(this.#tracked, search);
    if (search.givenUp) this.check();
    return this.#follow(leader, shown, finding);
  }

  /** The head to go to: the leader's hint, or its answer when we have reason to ask; null: nothing to do. */
  async #shownBy(
    leader: WatchedProvider,
    tracked: TrackedChain,
  ): Promise<{ readonly head: BlockHeader; readonly seenMs: number } | null> {
    const hint = this.#hint;
    this.#hint = null;
    if (hint !== null && hint.from === leader) {
      const judgement = judge(tracked, hint.head);
      if (judgement.kind === 'known') return null;
      // An announcement alone takes nothing back; the leader's own answer does.
      if (judgement.kind !== 'fork') return hint;
      this.check();
    }
    if (this.#untilCheckMs() !== 0) return null;
    const head = await this.#headOf(leader);
    leader.noteHead(head);
    this.#checkAtMs = null;
    return { head, seenMs: this.#deps.clock.now() };
  }

  /** @throws TxTrailError `provider_bad_answer` when it shows a head that cannot be (H11) */
  async #headOf(leader: WatchedProvider): Promise<BlockHeader> {
    const head = await leader.ask((provider) => provider.head());
    if (await this.#deps.gate.admits(leader, head)) return head;
    throw new TxTrailError(
      'provider_bad_answer',
      `${leader.name} shows block ${head.number} as its head and not itself`,
      {
        retryable: true,
        facts: { provider: leader.name },
      },
    );
  }

  async #follow(
    leader: WatchedProvider,
    shown: { readonly head: BlockHeader; readonly seenMs: number },
    finding: Finding,
  ): Promise<boolean> {
    if (finding.kind === 'nothing') return false;
    if (finding.kind === 'conflict') {
      leader.noteConflict(finding.reason);
      this.#deps.logger.error('a provider contradicts what is kept', { provider: leader.name, reason: finding.reason });
      this.check();
      return true;
    }
    const tracked = this.#tracked as TrackedChain;
    const { seenMs } = shown;
    const { blocks, confirmedBeyondFinality } = finding;
    // After a reorg the others may still show the branch that is gone.
    const goesOn = blocks[0]?.parentHash === headOf(tracked).hash;
    const target = goesOn ? Math.max(shown.head.number, this.#deps.pool.bestHead()) : shown.head.number;
    const adoption = adopt(tracked, blocks, { provider: leader.name, seenMs, target, confirmedBeyondFinality });
    this.#ledBy = leader;
    const settlement = this.#byDepth(adoption.tracked, leader);
    const records = settlement.record === null ? adoption.records : [...adoption.records, settlement.record];
    await this.#write(records, settlement.tracked);
    this.#publish(records, shown.head.number);
    // It led part of the way only: go on to the same head, unless the leader told more meanwhile.
    if (headOf(settlement.tracked).hash !== shown.head.hash) this.#hint ??= { from: leader, ...shown };
    leader.warmUp();
    return true;
  }

  async #anchor(leader: WatchedProvider): Promise<void> {
    const head = await this.#headOf(leader);
    const { finality } = this.#deps;
    const settled = finality.wantsTags ? await leader.ask((provider) => provider.settled()) : null;
    const finalized = settled?.finalized ?? null;
    const lowest = finalized === null ? head.number - anchorDepthWithoutFinality : head.number - anchorDepthMax;
    const number = Math.max(0, Math.min(head.number, Math.max(finalized?.number ?? 0, lowest)));
    const block = await this.#blockBefore(leader, number);
    const { chain } = this.#options;
    const provider = leader.name;
    const anchored: ChainRecord = { kind: 'anchored', chain, block: headerOf(block), target: head.number, provider };
    const from = trackFrom(chain, block);
    // How far it has settled is told in the same breath: until then nothing old can be placed.
    const settlement = settled === null ? null : finality.byTag(from, { provider, ...settled });
    const record = settlement?.record ?? null;
    await this.#write(record === null ? [anchored] : [anchored, record], settlement?.tracked ?? from);
    this.#deps.logger.info('the chain is followed from here', {
      block: block.number,
      head: head.number,
      provider: leader.name,
    });
    this.check();
  }

  /** The block of that number, or an older one where that is younger than what is waited for. */
  async #blockBefore(leader: WatchedProvider, number: number): Promise<BlockHeader> {
    const { blockTimeMs, sinceMs } = this.#options;
    const lowest = Math.max(0, number - Math.ceil(anchorLookBackMaxMs / blockTimeMs));
    let block = await this.#shownBlock(leader, number);
    for (let step = 1; step <= anchorLookBackSteps && block.timestampMs > sinceMs && block.number > lowest; step += 1) {
      // Further with each step: blocks may come faster than they should.
      const blocks = Math.ceil((step * (block.timestampMs - sinceMs)) / blockTimeMs);
      block = await this.#shownBlock(leader, Math.max(lowest, block.number - blocks));
    }
    return block;
  }

  async #shownBlock(leader: WatchedProvider, number: number): Promise<BlockHeader> {
    const block = await leader.ask((provider) => provider.blockByNumber(number));
    if (block !== null) return block;
    throw new TxTrailError('provider_bad_answer', `${leader.name} does not show block ${number} below its head`, {
      retryable: true,
    });
  }

  async #settle(tracked: TrackedChain, leader: WatchedProvider): Promise<void> {
    const claim = this.#claim;
    this.#claim = null;
    const { finality } = this.#deps;
    let settlement: Settlement | null = null;
    if (claim !== null && finality.wantsTags) settlement = finality.byTag(tracked, claim);
    // By the depth below a head that this leader has shown, and not the one before it.
    else if (this.#ledBy === leader) settlement = this.#byDepth(tracked, leader);
    if (settlement !== null && settlement.record !== null) await this.#write([settlement.record], settlement.tracked);
  }

  #byDepth(tracked: TrackedChain, leader: WatchedProvider): Settlement {
    const { finality, pool } = this.#deps;
    return finality.byDepth(tracked, leader.name, (due) => secondWordUpTo(tracked, due, { leader, pool }));
  }

  async #write(records: readonly ChainRecord[], next: TrackedChain): Promise<void> {
    // Before it is durable: what the records make the core ask for is judged by the path they lead to.
    // Should the write fail, everything stops, and nothing was told that rests on it.
    this.#tracked = next;
    await this.#deps.output.chain(records);
  }

  #publish(records: readonly ChainRecord[], target: number): void {
    const { metrics, clock, logger, onReverted } = this.#deps;
    const labels = { chain: this.#options.chain };
    for (const record of records) {
      if (record.kind === 'reverted') {
        metrics.reorgDepthBlocks.observe(record.blocks.length, labels);
        const facts = { depth: record.blocks.length, ancestor: record.ancestor, provider: record.provider };
        if (record.beyondFinality) {
          logger.error('final blocks were taken back, as several providers say', facts);
          for (const member of this.#deps.pool.members) member.noteConflict(null);
        } else logger.info('the chain was reorganised', facts);
        onReverted(record.blocks.map((block) => block.hash));
      }
      if (record.kind === 'applied' && record.block.number === target) {
        metrics.blockLatencySeconds.observe(Math.max(0, record.seenMs - record.block.timestampMs) / 1_000, labels);
      }
    }
    this.#movedMs = clock.monotonic();
  }

  async #onFault(leader: WatchedProvider, error: TxTrailError): Promise<void> {
    this.#faults += 1;
    // A timeout has cost its time already; other faults are given a second try.
    if (error.code === 'provider_timeout' || this.#faults % leaderFaultsMax === 0) leader.coolDown(error.message);
    this.#deps.logger.debug('a step failed', { provider: leader.name, code: error.code, reason: error.message });
    const replaced = this.#deps.pool.leader() !== leader;
    if (replaced) this.#faults = 0;
    this.#failuresInRow += 1;
    // Each is tried at once; when all have failed, there is no hurry, whoever leads. A provider that
    // comes back rings the bell, so that nobody sleeps through it.
    const tries = leaderFaultsMax * this.#deps.pool.members.length;
    if (!replaced) await this.#bell.wait(doublingDelayMs(this.#faults, stepRetryDelay));
    else if (this.#failuresInRow >= tries) await this.#bell.wait(stepRetryDelay.maxMs);
    // Not by the bell, which would keep the next failure from waiting.
    this.#checkAtMs = this.#deps.clock.monotonic();
  }

  #checkBy(atMs: number): void {
    this.#checkAtMs = Math.min(this.#checkAtMs ?? Number.POSITIVE_INFINITY, atMs);
    this.#bell.ring();
  }

  #untilCheckMs(): number | null {
    return this.#checkAtMs === null ? null : Math.max(0, this.#checkAtMs - this.#deps.clock.monotonic());
  }
}

/**
 * A provider whose path contradicted ours is believed again once it shows our finalized block (or,
 * without one, the oldest we keep) under its number. Where nobody can lead any more, it also is when
 * another shows the same block there as it does: each may have been alone with it before (F05).
 */
export async function recheckConflict(
  member: WatchedProvider,
  tracked: TrackedChain,
  pool: Pick<ProviderPool, 'leader' | 'members'>,
): Promise<void> {
  const number = tracked.finalized?.number ?? headOf(tracked).number;
  const block = await member.ask((provider) => provider.blockByNumber(number));
  if (block === null) return;
  const agrees = tracked.finalized === null ? isOnPath(tracked, block) : block.hash === tracked.finalized.hash;
  if (agrees || (pool.leader() === null && (await isShownByAnother(pool, member, block)))) member.noteConflict(null);
}
