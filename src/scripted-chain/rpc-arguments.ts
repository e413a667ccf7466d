import type { Address, Hash } from '../core/chain/block.ts';
import type { ProviderView } from './provider-view.ts';
import { RpcFailure, rpcFailures } from './rpc-failure.ts';
import type { ScriptedBlock } from './scripted-block.ts';

export type BlockChoice =
  | { readonly kind: 'block'; readonly block: ScriptedBlock }
  | { readonly kind: 'pending' }
  | { readonly kind: 'unknown' };

export function hashArgument(params: readonly unknown[], place: number): Hash {
  const value = textArgument(params, place);
  if (!/^0x[0-9a-f]*$/i.test(value))
    throw rpcFailures.invalid(
      place,
      'json: cannot unmarshal hex string without 0x prefix into Go value of type common.Hash',
    );
  if (value.length !== 66)
    throw rpcFailures.invalid(place, `hex string has length ${value.length - 2}, want 64 for common.Hash`);
  return value.toLowerCase();
}

export function addressArgument(params: readonly unknown[], place: number): Address {
  const value = textArgument(params, place);
  if (!/^0x[0-9a-f]{40}$/i.test(value))
    throw rpcFailures.invalid(place, `hex string has length ${value.length - 2}, want 40 for common.Address`);
  return value.toLowerCase();
}

export function textArgument(params: readonly unknown[], place: number): string {
  const value = params[place];
  if (value === undefined) throw rpcFailures.missing(place);
  if (typeof value !== 'string') throw rpcFailures.invalid(place, 'json: cannot unmarshal non-string');
  return value;
}

export function quantityArgument(value: unknown, place: number): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^0x[0-9a-f]+$/i.test(value))
    throw rpcFailures.invalid(place, 'hex string without 0x prefix');
  if (/^0x0./i.test(value)) throw rpcFailures.invalid(place, 'hex number with leading zero digits');
  return Number(value);
}

/** A block by tag, number, hash or EIP-1898 object; left out, the latest. */
export function blockArgument(view: ProviderView, params: readonly unknown[], place: number): BlockChoice {
  const value = params[place] ?? 'latest';
  if (typeof value === 'object' && !Array.isArray(value))
    return blockOfObject(view, value as Record<string, unknown>, place);
  if (typeof value !== 'string') throw rpcFailures.invalid(place, 'json: cannot unmarshal non-string');
  if (/^0x[0-9a-f]{64}$/i.test(value)) return chosen(view.block(value.toLowerCase()));
  switch (value) {
    case 'latest':
      return chosen(view.head);
    case 'pending':
      return { kind: 'pending' };
    case 'earliest':
      return chosen(view.at(0));
    case 'safe':
    case 'finalized': {
      const settled = view.settled(value);
      if (settled === null) throw new RpcFailure(-32000, `${value} block not found`);
      return chosen(settled);
    }
    default:
      return chosen(view.at(quantityArgument(value, place)));
  }
}

function blockOfObject(view: ProviderView, value: Readonly<Record<string, unknown>>, place: number): BlockChoice {
  const { blockHash, blockNumber } = value;
  if (typeof blockHash === 'string') return chosen(view.block(blockHash.toLowerCase()));
  if (blockNumber === undefined) throw rpcFailures.invalid(place, 'either blockNumber or blockHash must be specified');
  return blockArgument(view, [blockNumber], 0);
}

/** The block whose state is asked for; the pending state is read as the head's. */
export function stateArgument(view: ProviderView, params: readonly unknown[], place: number): ScriptedBlock {
  const choice = blockArgument(view, params, place);
  if (choice.kind === 'unknown') throw rpcFailures.headerNotFound();
  return choice.kind === 'pending' ? view.head : choice.block;
}

function chosen(block: ScriptedBlock | null): BlockChoice {
  return block === null ? { kind: 'unknown' } : { kind: 'block', block };
}
