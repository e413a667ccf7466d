import type { ReorgData } from '@txtrail/protocol';
import { nonceKey, type WindowBlock } from '../chain/chain-view.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import type { Tracked } from '../transaction/tracked.ts';
import { inOrder } from './bucket-index.ts';
import { isWaiting, lookUp, submit, wantsLookup } from './deadlines.ts';
import type { InputStep } from './input-step.ts';
import { feedRival, isCatchingUp, minedInputOf } from './match.ts';
import type { FollowedChain } from './status-node.ts';

export function applyChainRecord(step: InputStep, record: ChainRecord): void {
  const chain = step.node.chain(record.chain);
  const safeBefore = chain.view.safe?.number ?? -1;
  const finalizedBefore = chain.view.finalized?.number ?? -1;
  const change = chain.view.apply(record, step.mark.position);
  if (record.kind === 'anchored') return openMarks(step, chain);
  if (record.kind === 'reverted') return revertBlocks(step, chain, record);
  if (change.applied !== null) {
    matchBlock(step, chain, change.applied);
    reachHeights(step, chain, change.applied.header.number);
  }
  if (record.kind === 'settled' && finalizedBefore === -1) openSettledMarks(step, chain);
  if (change.safeMoved) settle(step, chain, safeBefore, chain.view.safe?.number ?? -1);
  if (change.finalizedMoved) settle(step, chain, finalizedBefore, chain.view.finalized?.number ?? -1);
  // Below the window no reorg reaches.
  for (const block of change.left) chain.index.byBlock.drop(block.header.hash);
}

/** Transactions registered before the chain was first seen: what it shows now is not news. */
function openMarks(step: InputStep, chain: FollowedChain): void {
  for (const partition of step.node.partitions) {
    for (const tracked of inOrder(partition.transactions.values())) {
      if (tracked.chain !== chain.view.chain || tracked.registered.head !== -1) continue;
      tracked.registered.head = chain.view.target;
      if (tracked.lookup !== null) lookUp(step, tracked);
    }
  }
}

/**
 * The same for how far it had settled, which is told a little after the blocks. A lookup answered
 * before it could not tell whether an old block is final, so whoever is still unseen is looked up anew:
 * on a quiet chain no block may come to ask again.
 */
function openSettledMarks(step: InputStep, chain: FollowedChain): void {
  for (const partition of step.node.partitions) {
    for (const tracked of inOrder(partition.transactions.values())) {
      if (tracked.chain !== chain.view.chain) continue;
      const { registered } = tracked;
      if (registered.applied === -1 && registered.finalized === -1) {
        registered.safe = chain.view.safe?.number ?? -1;
        registered.finalized = chain.view.finalized?.number ?? -1;
      }
      if (tracked.lookup !== null && wantsLookup(tracked)) lookUp(step, tracked);
    }
  }
}

function matchBlock(step: InputStep, chain: FollowedChain, block: WindowBlock): void {
  for (const transaction of block.transactions) {
    const placed = { block: block.header, transaction, provider: block.provider };
    for (const tracked of chain.index.byHash.get(transaction.hash)) {
      step.feed(tracked, { kind: 'mined', ...minedInputOf(placed, isCatchingUp(tracked, block.header)) });
    }
    for (const tracked of chain.index.byNonce.get(nonceKey(transaction.from, transaction.nonce))) {
      if (tracked.hash !== transaction.hash) feedRival(step, tracked, placed, isCatchingUp(tracked, block.header));
    }
  }
}

function reachHeights(step: InputStep, chain: FollowedChain, height: number): void {
  for (const tracked of chain.index.byDueHeight.get(height)) step.feed(tracked, { kind: 'advance' });
  for (const tracked of chain.index.byLookupHeight.get(height)) {
    if (wantsLookup(tracked)) lookUp(step, tracked);
    else tracked.lookup = null;
    step.node.touched(tracked);
  }
}

function settle(step: InputStep, chain: FollowedChain, from: number, to: number): void {
  const heights = [...chain.index.byUnsettledHeight.keys()].filter((height) => height > from && height <= to);
  for (const height of heights.sort((left, right) => left - right)) {
    for (const tracked of chain.index.byUnsettledHeight.get(height)) step.feed(tracked, { kind: 'advance' });
  }
}

function revertBlocks(
  step: InputStep,
  chain: FollowedChain,
  record: Extract<ChainRecord, { readonly kind: 'reverted' }>,
): void {
  for (const block of record.blocks) {
    const reorg: ReorgData = {
      fromBlockNumber: block.number,
      fromBlockHash: block.hash,
      depth: record.blocks.length,
      beyondFinality: record.beyondFinality,
    };
    for (const tracked of chain.index.byBlock.get(block.hash)) {
      const kind = tracked.inclusion !== null ? 'unmined' : 'unoutbid';
      step.feed(tracked, { kind, reorg, provider: record.provider });
      askAnew(step, tracked);
    }
  }
}

/**
 * What we were given to send may be in no pool any more, or was never sent because its own block or a
 * rival's was there first. Where that block was not said yet, it is still unseen as far as anybody knows.
 */
function askAnew(step: InputStep, tracked: Tracked): void {
  if (!isWaiting(tracked)) return;
  if (tracked.broadcast !== null) submit(step, tracked);
  else if (wantsLookup(tracked)) lookUp(step, tracked);
}
