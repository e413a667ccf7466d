import type { Transaction, TransactionStatus, TxTrailEvent } from '@txtrail/protocol';

/** The contract's table of statuses, as moves from the status before an event to the one after it. */
const legalMoves: Readonly<Record<TransactionStatus, readonly TransactionStatus[]>> = {
  unknown: ['pending', 'included', 'confirmed', 'finalized', 'replaced', 'dropped', 'expired', 'failed'],
  pending: ['unknown', 'included', 'confirmed', 'replaced', 'dropped', 'expired', 'failed'],
  included: ['confirmed', 'finalized', 'pending', 'unknown'],
  confirmed: ['finalized', 'pending', 'unknown'],
  finalized: ['pending', 'unknown'],
  replaced: ['pending', 'included'],
  dropped: ['pending', 'included', 'replaced', 'expired'],
  expired: [],
  failed: ['included'],
};

const inBlock: readonly TransactionStatus[] = ['included', 'confirmed', 'finalized'];
/** Terminal whatever else; `replaced` is once its winner is final. */
const ends: readonly TransactionStatus[] = ['finalized', 'expired', 'failed'];

/** What a judge of one story must be told, since the story alone cannot show it. */
export interface StoryAllowances {
  /** It was tracked anew, so the story begins again at `unknown`; its revisions go on. */
  readonly mayBeginAgain: () => boolean;
  /** The chain broke its own word about a final block. */
  readonly finalityBroken: () => boolean;
}

const nothingAllowed: StoryAllowances = { mayBeginAgain: () => false, finalityBroken: () => false };

/** What was said since the transaction last stood in no block. */
interface Ladder {
  /** The block of the last `included` that no `reorged` took back. */
  blockHash: string | null;
  confirmed: boolean;
  safe: boolean;
  lastThreshold: number;
  executed: boolean;
}

/** What is known of a transaction before its next event. */
interface Story extends Ladder {
  revision: number;
  status: TransactionStatus;
  replacedFinally: boolean;
}

type Rule = readonly [holds: boolean, problem: string | (() => string)];

/**
 * Judges the events of one tracked transaction in their order: revisions without a gap, moves of the
 * status table only (I06), every `included` confirmed or taken back (I08), and the forbidden events.
 */
export function checkStory(events: readonly TxTrailEvent[]): readonly string[] {
  const checker = new StoryChecker();
  return events.flatMap((event) => checker.next(event));
}

/** The same, one event at a time. */
export class StoryChecker {
  readonly #allowances: StoryAllowances;
  readonly #story: Story = { revision: 0, status: 'unknown', replacedFinally: false, ...emptyLadder() };

  constructor(allowances: StoryAllowances = nothingAllowed) {
    this.#allowances = allowances;
  }

  /** The status that was said last. */
  get status(): TransactionStatus {
    return this.#story.status;
  }

  get revision(): number {
    return this.#story.revision;
  }

  /** Gives each broken promise in words. */
  next(event: TxTrailEvent): readonly string[] {
    const story = this.#story;
    const before = event.data.previousStatus ?? 'unknown';
    if (before === 'unknown' && story.status !== 'unknown' && this.#allowances.mayBeginAgain()) {
      Object.assign(story, emptyLadder(), { status: 'unknown', replacedFinally: false });
    }
    const problems = [
      ...checkMove(story, event, this.#allowances).map((problem) => `I06 ${problem}`),
      ...checkType(story, event).map((problem) => `I08 ${problem}`),
      ...checkShown(event),
    ];
    advance(story, event);
    return problems.map((problem) => `revision ${event.revision} (${event.type}): ${problem}`);
  }
}

function emptyLadder(): Ladder {
  return { blockHash: null, confirmed: false, safe: false, lastThreshold: 1, executed: false };
}

function failing(rules: readonly Rule[]): readonly string[] {
  const failed = rules.filter(([holds]) => !holds);
  return failed.map(([, problem]) => (typeof problem === 'string' ? problem : problem()));
}

function checkMove(story: Story, event: TxTrailEvent, allowances: StoryAllowances): readonly string[] {
  const { status } = event.data.transaction;
  const before = event.data.previousStatus ?? 'unknown';
  const violated = event.data.reorg?.beyondFinality === true;
  return failing([
    [event.revision === story.revision + 1, () => `follows revision ${story.revision}`],
    [before === story.status, () => `says that it was ${before}, and it was ${story.status}`],
    [before === status || legalMoves[before].includes(status), () => `moves from ${before} to ${status}`],
    [!(before === 'finalized' && status !== 'finalized') || violated, 'leaves finalized without a finality violation'],
    [story.status !== 'expired', 'comes after the transaction expired'],
    [story.status !== 'failed' || event.type === 'transaction.included', 'comes after the transaction failed'],
    [story.status !== 'finalized' || violated, 'comes after the transaction was final'],
    [!story.replacedFinally || allowances.finalityBroken(), 'comes after the replacement was final'],
    [
      story.blockHash === null || inBlock.includes(status) || event.type === 'transaction.reorged',
      'left its block without reorged',
    ],
  ]);
}

function checkType(story: Story, event: TxTrailEvent): readonly string[] {
  const { transaction, confirmations, reorg, replacement, failure } = event.data;
  const mined = story.blockHash !== null && transaction.blockHash === story.blockHash;
  switch (event.type) {
    case 'transaction.pending':
      return failing([
        [transaction.status === 'pending', 'shows another status'],
        [story.blockHash === null, 'comes while it is in a block'],
        [story.status !== 'pending', 'repeats what was said'],
      ]);
    case 'transaction.included':
      return failing([
        [transaction.status === 'included', 'shows another status'],
        [story.blockHash === null, 'a second included without reorged between'],
        [confirmations === 1, () => `counts ${confirmations}`],
      ]);
    case 'transaction.executed':
      return failing([
        [mined, 'is not in the block that was said'],
        [!story.executed && transaction.execution !== null, 'the outcome was said or is missing'],
      ]);
    case 'transaction.confirmation':
      return failing([
        [mined, 'is not in the block that was said'],
        [transaction.thresholds.includes(confirmations), () => `${confirmations} is no threshold`],
        [confirmations > story.lastThreshold, () => `${confirmations} comes after ${story.lastThreshold}`],
        [!story.confirmed, 'comes after confirmed'],
      ]);
    case 'transaction.confirmed':
      return failing([
        [mined, 'is not in the block that was said'],
        [!story.confirmed, 'comes twice'],
        [transaction.execution !== null, 'has no execution'],
        [confirmationsOf(transaction, confirmations), () => `counts ${confirmations}`],
      ]);
    case 'transaction.safe':
      return failing([
        [mined, 'is not in the block that was said'],
        [!story.safe, 'comes twice'],
        [transaction.execution !== null && transaction.finality !== 'none', 'lacks execution or finality'],
      ]);
    case 'transaction.finalized':
      return failing([
        [mined, 'is not in the block that was said'],
        [story.confirmed, 'comes before confirmed'],
        [transaction.execution !== null && transaction.finality === 'finalized', 'lacks execution or finality'],
        [transaction.isTerminal, 'is not terminal'],
      ]);
    case 'transaction.reorged':
      return failing([
        [reorg !== undefined && reorg.fromBlockHash === story.blockHash, 'is not from the block that was said'],
        [reorg !== undefined && reorg.depth >= 1, 'has no depth'],
        [!inBlock.includes(transaction.status), 'still shows a block'],
      ]);
    case 'transaction.replaced':
      return failing([
        [transaction.status === 'replaced' && story.blockHash === null, 'shows another status or a block'],
        [
          replacement !== undefined && replacement.hash === transaction.replacedBy,
          'names another winner than the transaction',
        ],
        [replacement !== undefined && replacement.hash !== transaction.hash, 'is replaced by itself'],
        [replacement?.final === true || story.status !== 'replaced', 'repeats what was said'],
        [
          transaction.isTerminal === (replacement?.final === true),
          'is terminal before the winner is final, or not after',
        ],
      ]);
    case 'transaction.failed':
      return failing([
        [failure !== undefined && transaction.status === 'failed' && transaction.isTerminal, 'lacks failure or end'],
      ]);
    case 'transaction.expired':
      return failing([
        [transaction.status === 'expired' && transaction.isTerminal, 'shows another status or no end'],
        [story.blockHash === null, 'comes while it is in a block'],
      ]);
    case 'transaction.dropped':
      return failing([
        [transaction.status === 'dropped' && !transaction.isTerminal, 'shows another status or an end'],
        [story.blockHash === null, 'comes while it is in a block'],
      ]);
    default:
      return [];
  }
}

function confirmationsOf(transaction: Transaction, confirmations: number): boolean {
  const required = transaction.requiredConfirmations;
  return typeof required !== 'number' || confirmations === required;
}

/** What the transaction within an event must show whatever the type. */
function checkShown(event: TxTrailEvent): readonly string[] {
  const { transaction, confirmations } = event.data;
  const mined = inBlock.includes(transaction.status);
  return failing([
    [
      transaction.confirmations === confirmations,
      () => `counts ${confirmations}, its transaction ${transaction.confirmations}`,
    ],
    [mined === (transaction.blockHash !== null), () => `is ${transaction.status} with block ${transaction.blockHash}`],
    [
      mined === (transaction.blockNumber !== null),
      () => `is ${transaction.status} with block number ${transaction.blockNumber}`,
    ],
    [mined || transaction.execution === null, 'has an execution outside a block'],
    [mined || transaction.finality === 'none', 'has a finality outside a block'],
    [
      transaction.isTerminal === ends.includes(transaction.status) || transaction.status === 'replaced',
      () => `is ${transaction.status} and ${transaction.isTerminal ? '' : 'not '}terminal`,
    ],
    [/^0x[0-9a-f]{64}$/.test(transaction.hash), 'the hash is not in lower case'],
  ]);
}

function advance(story: Story, event: TxTrailEvent): void {
  const { transaction, confirmations, replacement } = event.data;
  story.revision = event.revision ?? story.revision;
  story.status = transaction.status;
  story.replacedFinally = replacement?.final === true;
  if (event.type === 'transaction.included') story.blockHash = transaction.blockHash;
  if (event.type === 'transaction.confirmation') story.lastThreshold = confirmations;
  if (event.type === 'transaction.confirmed') story.confirmed = true;
  if (event.type === 'transaction.safe') story.safe = true;
  if (transaction.execution !== null) story.executed = true;
  if (event.type === 'transaction.reorged') Object.assign(story, emptyLadder());
}
