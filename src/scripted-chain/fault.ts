/** A lie or a gap in what one method answers; the rest of the exchange is as it should be. */
export type ContentFault =
  /** null instead of what is there. */
  | { readonly kind: 'null_result' }
  /** The transaction is not known: neither it nor its receipt. */
  | { readonly kind: 'unknown_transaction' }
  | { readonly kind: 'empty_receipts' }
  /** The last receipts of a block are left out; default one. */
  | { readonly kind: 'short_receipts'; readonly missing?: number }
  /** Receipts of a block that left the canonical chain, where there is one (H32). */
  | { readonly kind: 'orphaned_receipts' }
  | { readonly kind: 'wrong_chain_id'; readonly chainId: number }
  /** A block without the transactions that it has (H10). */
  | { readonly kind: 'empty_block' }
  | { readonly kind: 'forged_parent' }
  /** A quantity that no double can carry; default the block's number. */
  | { readonly kind: 'unsafe_number'; readonly field?: string }
  | { readonly kind: 'missing_field'; readonly field: string }
  /** The node does not know the tag (H19). */
  | { readonly kind: 'missing_tag'; readonly tag: 'safe' | 'finalized' }
  /** Whatever else a script wants to make of an answer. */
  | { readonly kind: 'altered'; readonly alter: (result: unknown, params: readonly unknown[]) => unknown }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown };

/** Something wrong with the exchange that carries the answers. */
export type TransportFault =
  | {
      readonly kind: 'http_status';
      readonly status: number;
      readonly body?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'wrong_id' }
  /** The right answers in another order, as JSON-RPC allows. */
  | { readonly kind: 'batch_reversed' }
  /** Every answer of a batch twice. */
  | { readonly kind: 'batch_repeated' }
  /** The answers of two calls under each other's ids. */
  | { readonly kind: 'batch_swapped' }
  /** The last answer of a batch is left out. */
  | { readonly kind: 'batch_incomplete' }
  /** The provider takes no batches. */
  | { readonly kind: 'batch_refused' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Ends the connection without an answer. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'drip'; readonly byteDelayMs: number }
  | { readonly kind: 'huge'; readonly bytes: number };

/** Something wrong with what a socket pushes; requests over it are answered all the same (H20). */
export type PushFault =
  | { readonly kind: 'deaf' }
  | { readonly kind: 'skipped_heads' }
  | { readonly kind: 'repeated_heads' }
  /** Every other head comes after its successor. */
  | { readonly kind: 'unordered_heads' };

export type Fault = ContentFault | TransportFault | PushFault;

/** When a fault strikes. What is left out does not narrow it. */
export interface FaultRule {
  readonly fault: Fault;
  /** Method names; `newHeads` and `newPendingTransactions` stand for pushes. Default: those that the fault is about. */
  readonly methods?: readonly string[];
  readonly transport?: 'http' | 'ws';
  /** A look at the call's parameters. */
  readonly when?: (params: readonly unknown[]) => boolean;
  /** Places within a batch; a single call stands at 0. */
  readonly positions?: readonly number[];
  /** Strikes so often, then no more. */
  readonly times?: number;
  /**
   * Share of the calls that it strikes, 0 to 1, decided by the seed, the call and the time (in steps
   * of `windowMs`, default a second): not by the order of calls, so that a run can be repeated.
   */
  readonly probability?: number;
  readonly seed?: number;
  readonly windowMs?: number;
  /** True: the call is carried out before the fault strikes (a send that fails and yet lands, H81, H84). */
  readonly afterWork?: boolean;
}

const receipts = ['eth_getTransactionReceipt', 'eth_getBlockReceipts'];
const blocks = ['eth_getBlockByNumber', 'eth_getBlockByHash'];

/** The methods that a fault is about unless its rule names others; null: every request. */
export const methodsOfFault: Readonly<Record<Fault['kind'], readonly string[] | null>> = {
  null_result: receipts,
  unknown_transaction: ['eth_getTransactionByHash', 'eth_getTransactionReceipt'],
  empty_receipts: ['eth_getBlockReceipts'],
  short_receipts: ['eth_getBlockReceipts'],
  orphaned_receipts: receipts,
  wrong_chain_id: ['eth_chainId', 'net_version'],
  empty_block: blocks,
  forged_parent: blocks,
  unsafe_number: blocks,
  missing_field: blocks,
  missing_tag: ['eth_getBlockByNumber'],
  altered: null,
  error: null,
  http_status: null,
  html: null,
  truncated: null,
  wrong_id: null,
  batch_reversed: null,
  batch_repeated: null,
  batch_swapped: null,
  batch_incomplete: null,
  batch_refused: null,
  hang: null,
  drop: null,
  delay: null,
  drip: null,
  huge: null,
  deaf: ['newHeads', 'newPendingTransactions'],
  skipped_heads: ['newHeads'],
  repeated_heads: ['newHeads'],
  unordered_heads: ['newHeads'],
};

const contentKinds: ReadonlySet<Fault['kind']> = new Set<ContentFault['kind']>([
  'null_result',
  'unknown_transaction',
  'empty_receipts',
  'short_receipts',
  'orphaned_receipts',
  'wrong_chain_id',
  'empty_block',
  'forged_parent',
  'unsafe_number',
  'missing_field',
  'missing_tag',
  'altered',
  'error',
]);

const pushKinds: ReadonlySet<Fault['kind']> = new Set<PushFault['kind']>([
  'deaf',
  'skipped_heads',
  'repeated_heads',
  'unordered_heads',
]);

export function isContentFault(fault: Fault): fault is ContentFault {
  return contentKinds.has(fault.kind);
}

export function isPushFault(fault: Fault): fault is PushFault {
  return pushKinds.has(fault.kind);
}

export function isTransportFault(fault: Fault): fault is TransportFault {
  return !contentKinds.has(fault.kind) && !pushKinds.has(fault.kind);
}
