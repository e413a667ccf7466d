import { unreachable } from '../lib/assert.ts';
import type { Hash } from '../core/chain/block.ts';
import type { ContentFault } from './fault.ts';
import type { ProviderView } from './provider-view.ts';
import { quantity, receiptIn, renderReceipt } from './render.ts';
import { RpcFailure } from './rpc-failure.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import { digestOf } from './scripted-transaction.ts';

export interface FaultyCall {
  readonly view: ProviderView;
  readonly method: string;
  readonly params: readonly unknown[];
}

/**
 * What a fault makes of an honest result.
 * @throws RpcFailure where the fault is an error object
 */
export function applyContentFault(fault: ContentFault, result: unknown, call: FaultyCall): unknown {
  switch (fault.kind) {
    case 'null_result':
    case 'unknown_transaction':
      return null;
    case 'empty_receipts':
      return Array.isArray(result) ? [] : result;
    case 'short_receipts':
      return Array.isArray(result) ? result.slice(0, Math.max(0, result.length - (fault.missing ?? 1))) : result;
    case 'orphaned_receipts':
      return orphanedReceipts(result, call);
    case 'wrong_chain_id':
      return call.method === 'net_version' ? String(fault.chainId) : quantity(fault.chainId);
    case 'empty_block':
      return changed(result, { transactions: [] });
    case 'forged_parent':
      return changed(result, { parentHash: digestOf({ forged: isObject(result) ? result['parentHash'] : null }) });
    case 'unsafe_number':
      return changed(result, { [fault.field ?? 'number']: quantity(2n ** 53n + 1n) });
    case 'missing_field':
      return isObject(result)
        ? Object.fromEntries(Object.entries(result).filter(([name]) => name !== fault.field))
        : result;
    case 'missing_tag':
      if (call.params[0] === fault.tag) throw new RpcFailure(-32000, `${fault.tag} block not found`);
      return result;
    case 'altered':
      return fault.alter(result, call.params);
    case 'error':
      throw new RpcFailure(fault.code, fault.message, fault.data);
    default:
      return unreachable(fault);
  }
}

/** The receipt of the same transaction, or the receipts of the same height, from off the provider's path. */
function orphanedReceipts(honest: unknown, { view, method, params }: FaultyCall): unknown {
  const { blocks } = view.chain;
  const isOrphan = (block: ScriptedBlock): boolean => !blocks.isOn(block, view.head);
  if (method === 'eth_getTransactionReceipt') {
    const hash = String(params[0]) as Hash;
    const orphan = blocks.holders(hash).findLast(isOrphan);
    const receipt = orphan === undefined ? null : receiptIn(orphan, hash);
    return orphan === undefined || receipt === null ? honest : renderReceipt(receipt, orphan);
  }
  const first: unknown = Array.isArray(honest) ? honest[0] : null;
  if (!isObject(first)) return honest;
  const orphan = blocks.atHeight(Number(first['blockNumber'])).findLast(isOrphan);
  return orphan === undefined ? honest : orphan.receipts.map((receipt) => renderReceipt(receipt, orphan));
}

function changed(result: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  return isObject(result) ? { ...result, ...fields } : result;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
