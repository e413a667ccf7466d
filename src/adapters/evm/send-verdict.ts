import type { SendAnswer } from '../../ports/chain-provider.ts';

/**
 * The first line that matches decides, so the order is part of the table: "already known" and the
 * nonce classes come first, since vendors wrap them in generic errors; `final` classes are those
 * where every node of the chain must judge alike.
 */
const verdicts: readonly (readonly [failureClass: string, final: boolean, pattern: RegExp])[] = [
  [
    'already_known',
    false,
    /already known|(?<!un)known transaction|already imported|alreadyimported|already in mempool|alreadyknown|existing txn with same hash|already in the system|transaction already exists/,
  ],
  // Another transaction of ours or of somebody else may have used the nonce: only a lookup by hash tells (H82).
  [
    'nonce_used',
    false,
    /nonce too low|nonce is too low|ownnoncealreadyused|oldnonce|invalid transaction nonce|pool\(stale\)|nonce has already been used|nonce already used/,
  ],
  [
    'nonce_gap',
    false,
    /nonce too high|noncegap|nonce too far|nonce is too distant|exceeds next nonce|nonce out of range|gapped-nonce tx/,
  ],
  [
    'replace_underpriced',
    false,
    /replacement transaction underpriced|insufficient gas price to replace|could not replace existing|there is another tx which has the same nonce|another transaction with same nonce/,
  ],
  [
    'fatal_tx',
    true,
    /can't replace blob-txn|intrinsic ?gas|floor data gas|exceeds block gas limit|exceeds the block gas limit|gas limit too high|gas limit is too high|invalid sender|invalid chain ?id|wrong ?chain ?id|invalid signature|negative value|oversized data|gas uint64 overflow|priority fee per gas higher than max fee|tip above fee cap|max initcode size exceeded|transaction type not supported|\brlp\b|failed to decode|could not decode|missing blob hashes|only replay-protected/,
  ],
  [
    'reserved_type',
    false,
    /address already reserved|authority already reserved|in-flight transaction limit reached|transaction type .*conflicts/,
  ],
  ['below_base_fee', false, /less than block base fee|below current base fee|max fee per gas less than/],
  ['fee_cap_node', false, /exceeds the configured cap/],
  [
    'underpriced',
    false,
    /underpriced|gas price below|feetoolow|fee too low|gas price below minimum|gas price too low|below configured minimum/,
  ],
  [
    'pool_full',
    false,
    /txpool is full|pool size constraints|sub-pool is full|queue full|pool full|account limit exceeded|had higher priority|future transaction tries to replace/,
  ],
  [
    'funds',
    false,
    /insufficient funds|upfront cost exceeds|insufficientfunds|overdraws|would cause overdraft|exceeds account balance|insufficient balance/,
  ],
  ['sim_revert', false, /execution reverted|always failing transaction/],
];

/** Codes that stand for a fault of the server, whatever their words: method or parameters unknown, internal error. */
const serverFaultCodes: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32603]);

/**
 * What a node's error on `eth_sendRawTransaction` says about the transaction; null when it says
 * nothing about it and is a fault of the provider.
 */
export function sendVerdictOf(error: { readonly code: number; readonly message: string }): SendAnswer | null {
  const message = error.message.toLowerCase();
  for (const [failureClass, final, pattern] of verdicts) {
    if (!pattern.test(message)) continue;
    if (failureClass === 'already_known') return { outcome: 'known' };
    return { outcome: 'rejected', failureClass, final, message: error.message };
  }
  if (error.code === 1000) return { outcome: 'known' };
  if (serverFaultCodes.has(error.code)) return null;
  return { outcome: 'rejected', failureClass: 'unknown', final: false, message: error.message };
}
