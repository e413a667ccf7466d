import type { ReplacementReason } from '@txtrail/protocol';
import type { BlockHeader, BlockRef, BlockTransaction, CallDetails } from '../chain/block.ts';
import type { ChainView, PlacedTransaction } from '../chain/chain-view.ts';
import type { MinedInput } from '../transaction/input.ts';
import type { Tracked } from '../transaction/tracked.ts';
import type { InputStep } from './input-step.ts';

/**
 * The block was there when the transaction was registered; only we had not got to it yet. What was
 * announced may have been of another branch, so a block that says itself that it is younger is.
 */
export function isCatchingUp(tracked: Tracked, block: BlockHeader): boolean {
  const { applied, head } = tracked.registered;
  return block.number > applied && block.number <= head && block.timestampMs <= tracked.createdAtMs;
}

/**
 * What is found by looking back was there when the transaction was registered, unless a reorg has
 * brought its block since.
 */
export function wasThere(tracked: Tracked, view: ChainView, block: BlockHeader): boolean {
  const { position } = view.blockAt(block.number) ?? {};
  return position === undefined || position < tracked.registered.position || isCatchingUp(tracked, block);
}

export function minedInputOf(placed: PlacedTransaction, lookedBack: boolean): MinedInput {
  const { block, transaction, provider } = placed;
  return {
    block: refOf(block),
    index: transaction.index,
    timestampMs: block.timestampMs,
    details: detailsOf(transaction),
    provider,
    lookedBack,
  };
}

export function feedRival(step: InputStep, tracked: Tracked, placed: PlacedTransaction, lookedBack: boolean): void {
  const { block, transaction, provider } = placed;
  step.feed(tracked, {
    kind: 'outbid',
    rival: {
      hash: transaction.hash,
      reason: reasonOf(tracked.details, transaction),
      block: refOf(block),
      provider,
      lookedBack,
      final: false,
    },
  });
}

/** The names that wallets use for it (EIP-2831): a speed-up is the same call again, a cancellation a nothing to oneself. */
function reasonOf(ours: CallDetails | null, rival: BlockTransaction): ReplacementReason {
  if (ours !== null && ours.callDigest === rival.callDigest) return 'repriced';
  return rival.selfCancel ? 'cancelled' : 'replaced';
}

function refOf(block: BlockRef): BlockRef {
  return { number: block.number, hash: block.hash };
}

function detailsOf(transaction: BlockTransaction): CallDetails {
  const { from, nonce, to, callDigest, selfCancel } = transaction;
  return { from, nonce, to, callDigest, selfCancel };
}
