import type { Execution, Transaction, TxTrailEvent } from '@txtrail/protocol';
import { StoryChecker } from '../../harness/story-checker.ts';
import type { Placement } from './block-tree.ts';
import type { SometimesState } from './sometimes.ts';
import { fieldProblems, type TrackedRegistration } from './tracked-registration.ts';
import { groundOf } from './event-grounds.ts';
import type { TrueChain } from './true-chain.ts';
import { ladderProblems, type InclusionStory } from './ladder.ts';

/** One event as the exact model is held against it. */
export interface Told {
  readonly type: string;
  readonly blockHash: string | null;
  readonly confirmations: number;
  readonly depth: number | null;
  readonly final: boolean;
}

export interface StoryDeps {
  readonly chain: TrueChain;
  readonly clockOffMs: number;
  readonly reach: (state: SometimesState) => void;
}

/** Everything that was said about one tracked transaction, judged event by event. */
export class TrackedStory {
  readonly registration: TrackedRegistration;
  readonly told: Told[] = [];
  readonly #deps: StoryDeps;
  readonly #checker: StoryChecker;
  /** So many sets of options are known to ask for the default events. */
  #wholeUpTo = 0;
  #inclusion: InclusionStory | null = null;
  #winner: Placement | null = null;
  #winnerFinal = false;
  #last: TxTrailEvent | null = null;
  /** The block that was taken back last, and what the transaction had come to in it. */
  #left: { readonly blockHash: string; readonly execution: Execution | null } | null = null;

  constructor(registration: TrackedRegistration, deps: StoryDeps) {
    this.registration = registration;
    this.#deps = deps;
    this.#checker = new StoryChecker({
      mayBeginAgain: () => registration.again,
      finalityBroken: () => deps.chain.finalityBroken || this.#wasClaimedWrongly(),
    });
  }

  get status(): string {
    return this.#checker.status;
  }

  /** What was said of the block that it stands in; null: it stands in none. */
  get inclusion(): InclusionStory | null {
    return this.#inclusion;
  }

  /** Told, or at least shown where it was not asked for; only what was given to us to send can fail. */
  hasFailed(shown: Transaction): boolean {
    return this.isWhole ? this.status === 'failed' : shown.status === 'failed' && this.registration.raw;
  }

  get winner(): Placement | null {
    return this.#winner;
  }

  get winnerFinal(): boolean {
    return this.#winnerFinal;
  }

  get wasReorged(): boolean {
    return this.#left !== null;
  }

  /** The default events were asked for throughout, so nothing of the story is left out. */
  get isWhole(): boolean {
    const { options } = this.registration;
    if (options.length === this.#wholeUpTo) return true;
    const isWhole = options.every(({ types }) => wholeTypes.every((type) => types.includes(type)));
    if (isWhole) this.#wholeUpTo = options.length;
    return isWhole;
  }

  /** Takes the next event in the order of the subscriber's numbers. */
  next(event: TxTrailEvent, atMs: number): readonly string[] {
    const { registration } = this;
    const shown = event.data.transaction;
    registration.id ??= shown.id;
    const story = this.isWhole ? this.#checker.next(event) : this.#countOnly(event);
    const { problems: groundless, sinceMs } = groundOf(event, {
      ...{ chain: this.#deps.chain, registration, winnerBefore: this.#winner },
      ...{ atMs, clockAheadMs: this.#deps.clockOffMs },
    });
    const problems = [
      ...story,
      ...groundless,
      ...fieldProblems(registration, shown).map((problem) => `§3 ${problem}`),
      ...this.#afterUntracking(sinceMs),
      ...this.#take(event),
    ];
    this.#told(event);
    this.#last = event;
    const where = `${shown.id} ${shown.hash} revision ${event.revision} (${event.type})`;
    return problems.map((problem) => `${where}: ${problem}`);
  }

  /** Where not everything was asked for, the story has holes, but its numbers have none. */
  #countOnly(event: TxTrailEvent): readonly string[] {
    const before = this.#last?.revision ?? 0;
    return event.revision === before + 1 ? [] : [`I05 revision ${event.revision} follows revision ${before}`];
  }

  /** What was numbered before the request to stop may still come; nothing that came true after it. */
  #afterUntracking(sinceMs: number | null): readonly string[] {
    const { untrackedAtMs, again } = this.registration;
    if (untrackedAtMs === null || again || sinceMs === null || sinceMs <= untrackedAtMs) return [];
    return [`§3 came true ${sinceMs - untrackedAtMs} ms after it was untracked`];
  }

  #take(event: TxTrailEvent): readonly string[] {
    const { transaction, confirmations, previousStatus, late } = event.data;
    if (previousStatus === 'unknown' && this.#inclusion !== null && this.registration.again) this.#inclusion = null;
    const problems = this.#checkLadder(event);
    this.#reachStates(event);
    switch (event.type) {
      case 'transaction.included':
        this.#inclusion = inclusionOf(transaction, late);
        break;
      case 'transaction.reorged':
        this.#left = {
          blockHash: event.data.reorg?.fromBlockHash ?? '',
          execution: this.#inclusion?.execution ?? null,
        };
        this.#inclusion = null;
        break;
      case 'transaction.replaced':
        this.#winner = this.#winnerOf(event);
        this.#winnerFinal = event.data.replacement?.final === true;
        break;
      case 'transaction.confirmation':
        this.#inclusion?.thresholds.push(confirmations);
        break;
      case 'transaction.confirmed':
        if (this.#inclusion !== null) this.#inclusion.confirmed = { confirmations };
        break;
      case 'transaction.safe':
        if (this.#inclusion !== null) this.#inclusion.safe = true;
        break;
      case 'transaction.finalized':
        if (this.#inclusion !== null) this.#inclusion.finalized = { confirmations };
        break;
      default:
        break;
    }
    if (this.#inclusion !== null) this.#inclusion.execution ??= transaction.execution;
    if (event.type !== 'transaction.replaced') {
      this.#winner = null;
      this.#winnerFinal = false;
    }
    return problems;
  }

  #checkLadder(event: TxTrailEvent): readonly string[] {
    const inclusion = this.#inclusion;
    const { transaction, confirmations, late } = event.data;
    if (inclusion === null || event.type === 'transaction.reorged') return [];
    const problems: string[] = [];
    if (event.type === 'transaction.executed') {
      // An outcome is as late as the inclusion that it belongs to.
      if (late !== inclusion.includedLate) problems.push(`§1 says ${late ? '' : 'not '}late, unlike its included`);
    } else if (event.type === 'transaction.confirmation') {
      if (late && !inclusion.late) problems.push('§1 says late, and what came before it was news');
      inclusion.late = late;
    }
    if (!this.isWhole || this.registration.changed) return problems;
    if (inclusion.execution === null && transaction.execution !== null && event.type !== 'transaction.executed') {
      problems.push('I03 shows an outcome that no executed said');
    }
    if (event.type === 'transaction.confirmation') {
      const missing = transaction.thresholds.find(
        (one) => one > 1 && one < confirmations && !inclusion.thresholds.includes(one),
      );
      if (missing !== undefined) problems.push(`I03 the threshold ${missing} was left out`);
    }
    if (event.type === 'transaction.finalized') {
      problems.push(...ladderProblems({ ...inclusion, finalized: { confirmations } }, transaction));
    }
    return problems;
  }

  #winnerOf(event: TxTrailEvent): Placement | null {
    const { replacement } = event.data;
    if (replacement === undefined) return null;
    const placements = this.#deps.chain.tree.placementsOf(replacement.hash);
    return placements.find(({ block }) => block.hash === replacement.blockHash) ?? null;
  }

  #wasClaimedWrongly(): boolean {
    const { claimed, hash } = this.registration;
    const own = this.#deps.chain.details(hash);
    if (own === null) return false;
    return (
      (claimed.from !== null && claimed.from !== own.from) || (claimed.nonce !== null && claimed.nonce !== own.nonce)
    );
  }

  #told(event: TxTrailEvent): void {
    const { transaction, confirmations, reorg, replacement } = event.data;
    this.told.push({
      type: event.type,
      blockHash: reorg?.fromBlockHash ?? replacement?.blockHash ?? transaction.blockHash,
      confirmations,
      depth: reorg?.depth ?? null,
      final: replacement?.final ?? false,
    });
  }

  #reachStates(event: TxTrailEvent): void {
    const { reach } = this.#deps;
    for (const state of statesOf(event, this.#last, this.#left)) reach(state);
  }
}

/** Without these a story has holes. */
const wholeTypes = [
  'transaction.pending',
  'transaction.included',
  'transaction.executed',
  'transaction.confirmation',
  'transaction.confirmed',
  'transaction.finalized',
  'transaction.reorged',
  'transaction.replaced',
  'transaction.failed',
  'transaction.expired',
];

function inclusionOf(transaction: Transaction, late: boolean): InclusionStory {
  return {
    ...{ blockHash: transaction.blockHash, execution: transaction.execution, late, includedLate: late, safe: false },
    ...{ thresholds: [], confirmed: null, finalized: null },
  };
}

/** The states that an event brings about, given the one before it and the block that it left last. */
function statesOf(
  event: TxTrailEvent,
  last: TxTrailEvent | null,
  left: { readonly blockHash: string; readonly execution: Execution | null } | null,
): readonly SometimesState[] {
  const { transaction, replacement, reorg, previousStatus } = event.data;
  const sameStep = last !== null && last.time === event.time && !event.data.late;
  const states: SometimesState[] = [];
  switch (event.type) {
    case 'transaction.pending':
      states.push(previousStatus === 'replaced' ? 'replaced and its winner reorged out' : 'pending');
      break;
    case 'transaction.included':
      if (previousStatus === 'unknown') states.push('included and never seen pending');
      if (previousStatus === 'failed') states.push('failed and included after all');
      if (previousStatus === 'replaced' || last?.data.previousStatus === 'replaced')
        states.push('replaced and included after all');
      if (transaction.execution === 'reverted') states.push('reverted');
      if (left !== null) states.push(...returnStates(transaction, left));
      break;
    case 'transaction.executed':
      states.push('outcome after included');
      break;
    case 'transaction.confirmation':
      if (sameStep && last.type === 'transaction.confirmation') states.push('two thresholds in one step');
      if (sameStep) states.push('several confirmations at once');
      break;
    case 'transaction.finalized':
      if (sameStep && event.data.confirmations < Number(transaction.requiredConfirmations)) {
        states.push('confirmed by finality before its count');
      }
      break;
    case 'transaction.reorged':
      states.push('reorged');
      if (reorg?.beyondFinality === true) states.push('reorged beyond finality');
      break;
    case 'transaction.replaced':
      if (replacement !== undefined) states.push(`replaced: ${replacement.reason}`);
      if (replacement?.final === true) states.push('replaced for good');
      if (last?.type === 'transaction.reorged') states.push('replaced after reorged');
      break;
    case 'transaction.failed':
      states.push('failed');
      break;
    case 'transaction.expired':
      states.push('expired');
      break;
    default:
      break;
  }
  return states;
}

function returnStates(
  transaction: Transaction,
  left: { readonly blockHash: string; readonly execution: Execution | null },
): readonly SometimesState[] {
  const { blockHash, execution } = transaction;
  if (blockHash === left.blockHash) return ['reorged and included in the same block again'];
  const other = execution !== null && left.execution !== null && execution !== left.execution;
  return [
    'reorged and included in another block',
    ...(other ? (['reorged and included with another outcome'] as const) : []),
  ];
}
