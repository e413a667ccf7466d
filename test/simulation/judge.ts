import type { ChangeRequest, TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';

/** Where a reader that begins, or comes back, says that it stands. */
export type ReadingPlace =
  /** Before the oldest kept. */
  | { readonly fromStart: true }
  /** Behind the delivery that came with this cursor. */
  | { readonly afterCursor: string }
  /** Behind what this consumer acknowledged. */
  | { readonly acknowledgedBy: string };

/** Which events a reader asked for; what is left out narrows nothing. */
export interface ReadingFilter {
  readonly types?: readonly string[] | undefined;
  readonly transaction?: string | undefined;
  readonly chain?: string | undefined;
}

/**
 * What clients tell of what they asked for and what they got; it answers with the promises that are
 * broken by it, in words. Times are simulated milliseconds, told in their order.
 */
export interface ClientJudge {
  /** A request to track is on its way; `hash` is that of the request or of its raw transaction. */
  asked(asking: { readonly request: TrackRequest; readonly hash: string; readonly atMs: number }): void;
  /** It was answered with a 2xx. */
  registered(answered: {
    readonly request: TrackRequest;
    readonly answer: Transaction;
    readonly atMs: number;
  }): readonly string[];
  /** A request to change is on its way. */
  changing(asking: { readonly id: string; readonly change: ChangeRequest }): void;
  changed(id: string, answer: Transaction, atMs: number): readonly string[];
  /** A request to stop is on its way. */
  untracking(id: string): void;
  untracked(id: string, atMs: number): void;
  /** A transaction as any other answer shows it. */
  shown(transaction: Transaction): readonly string[];
  /** A reader begins or comes back. */
  resumed(
    resumption: ReadingPlace & {
      readonly reader: string;
      /** null: the whole tenant. */
      readonly subscriber: string | null;
      readonly filter?: ReadingFilter | undefined;
    },
  ): void;
  /** `durable` false: it was sent, and may be lost with its connection. */
  acknowledged(told: {
    readonly subscriber: string;
    readonly consumer: string;
    readonly seq: number;
    readonly durable: boolean;
  }): void;
  received(delivery: {
    readonly reader: string;
    readonly subscriber: string | null;
    readonly event: TxTrailEvent;
    /** The bytes as they came. */
    readonly text: string;
    readonly cursor: string;
    readonly atMs: number;
  }): readonly string[];
}
