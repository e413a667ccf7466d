import type { TransactionStatus } from '@txtrail/protocol';
import type { InputOf, TransactionInput, TransactionInputKind } from './input.ts';
import type { Step } from './step.ts';
import {
  advance,
  advanceRival,
  expire,
  fail,
  ignore,
  include,
  learn,
  noteReceipt,
  outbid,
  reinstate,
  retract,
  see,
  stopSending,
  take,
} from './transitions.ts';

type Row = { readonly [Kind in TransactionInputKind]: (step: Step, input: InputOf<Kind>) => void };

/** Not in a block as far as was said: the block, the rival or the pool may show it at any time. */
const waiting: Row = {
  seen: see,
  accepted: take,
  refused: fail,
  mined: include,
  unmined: retract,
  outbid,
  unoutbid: ignore,
  receipt: noteReceipt,
  advance,
  expire,
};

/** In a canonical block: only that block's fate, its receipt and the head's progress matter. */
const inBlock: Row = {
  seen: learn,
  accepted: stopSending,
  refused: ignore,
  mined: ignore,
  unmined: retract,
  outbid: ignore,
  unoutbid: ignore,
  receipt: noteReceipt,
  advance,
  expire: ignore,
};

/**
 * Status × input: every cell, checked by the compiler. `docs/internals/status-machine.md` draws it
 * and numbers the rules; a test holds the drawing and this table equal.
 */
export const transitionTable: { readonly [Status in TransactionStatus]: Row } = {
  unknown: waiting,
  // Seen in a pool once, a refusal elsewhere is about that other pool.
  pending: { ...waiting, seen: learn, accepted: stopSending, refused: stopSending },
  dropped: waiting,
  included: inBlock,
  confirmed: inBlock,
  finalized: inBlock,
  replaced: {
    ...inBlock,
    // Against a rival that rests on a wrong claim of sender or nonce, the block is right.
    mined: include,
    unoutbid: reinstate,
    advance: advanceRival,
  },
  failed: { ...inBlock, seen: learn, mined: include, receipt: noteReceipt, unmined: retract },
  expired: { ...inBlock, seen: learn, unmined: ignore, receipt: ignore, advance: ignore },
};

/** Applies one input; what is to be said collects in the step. */
export function transition(step: Step, input: TransactionInput): void {
  const row = transitionTable[step.tracked.status];
  // The lookup pairs each kind with its own handler; the compiler cannot follow that through a union.
  (row[input.kind] as (step: Step, input: TransactionInput) => void)(step, input);
}
