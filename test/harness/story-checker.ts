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

/** What is known of a transaction before its next event. */
interface Story {
  revision: number;
  status: TransactionStatus;
  /** The block of the last `included` that no `reorged` took back. */
  blockHash: string | null;
  confirmed: boolean;
  lastThreshold: number;
  executed: boolean;
  replacedFinally: boolean;
}

/**
 * Judges the events of one tracked transaction in their order: revisions without a gap, moves of the
 * status table only (I06), every `included` confirmed or taken back (I08), and the forbidden events.
 */
export function checkStory(events: readonly TxTrailEvent[]): readonly string[] {
  const story: Story = {
    revision: 0,
    status: 'unknown',
    blockHash: null,
    confirmed: false,
    lastThreshold: 1,
    executed: false,
    replacedFinally: false,
  };
  return events.flatMap((event) => {
    const problems = [...checkMove(story, event), ...checkType(story, event), ...checkShown(event)];
    advance(story, event);
    return problems.map((problem) => `revision ${event.revision} (${event.type}): ${problem}`);
  });
}

function failing(rules: readonly (readonly [boolean, string])[]): readonly string[] {
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function checkMove(story: Story, event: TxTrailEvent): readonly string[] {
  const { status } = event.data.transaction;
  const before = event.data.previousStatus ?? 'unknown';
  const violated = event.data.reorg?.beyondFinality === true;
  return failing([
    [event.revision === story.revision + 1, `follows revision ${story.revision}`],
    [before === status || legalMoves[before].includes(status), `moves from ${before} to ${status}`],
    [!(before === 'finalized' && status !== 'finalized') || violated, 'leaves finalized without a finality violation'],
    [story.status !== 'expired', 'comes after the transaction expired'],
    [story.status !== 'failed' || event.type === 'transaction.included', 'comes after the transaction failed'],
    [story.status !== 'finalized' || violated, 'comes after the transaction was final'],
    [!story.replacedFinally, 'comes after the replacement was final'],
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
        [confirmations === 1, `counts ${confirmations}`],
      ]);
    case 'transaction.executed':
      return failing([
        [mined, 'is not in the block that was said'],
        [!story.executed && transaction.execution !== null, 'the outcome was said or is missing'],
      ]);
    case 'transaction.confirmation':
      return failing([
        [mined, 'is not in the block that was said'],
        [transaction.thresholds.includes(confirmations), `${confirmations} is no threshold`],
        [confirmations > story.lastThreshold, `${confirmations} comes after ${story.lastThreshold}`],
        [!story.confirmed, 'comes after confirmed'],
      ]);
    case 'transaction.confirmed':
      return failing([
        [mined, 'is not in the block that was said'],
        [!story.confirmed, 'comes twice'],
        [transaction.execution !== null, 'has no execution'],
        [confirmationsOf(transaction, confirmations), `counts ${confirmations}`],
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
      `counts ${confirmations}, its transaction ${transaction.confirmations}`,
    ],
    [mined === (transaction.blockHash !== null), `is ${transaction.status} with block ${transaction.blockHash}`],
    [
      mined === (transaction.blockNumber !== null),
      `is ${transaction.status} with block number ${transaction.blockNumber}`,
    ],
    [mined || transaction.execution === null, 'has an execution outside a block'],
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
  if (transaction.execution !== null) story.executed = true;
  if (event.type === 'transaction.reorged') {
    story.blockHash = null;
    story.confirmed = false;
    story.lastThreshold = 1;
    story.executed = false;
  }
}
