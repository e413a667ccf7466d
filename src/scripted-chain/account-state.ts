import type { Address } from '../core/chain/block.ts';

export interface ScriptedAccount {
  readonly nonce: number;
  /** Wei. */
  readonly balance: bigint;
  /** `0x` hex; a delegated account (EIP-7702) holds `0xef0100` and the address. */
  readonly code: string;
}

/**
 * The accounts as one block leaves them. A state is never changed: each block makes a layer over
 * its parent's, so forks share what they have in common. Layers of equal span are merged, so a
 * look-up passes a logarithmic number of them however long the chain is.
 */
export interface AccountState {
  readonly changes: ReadonlyMap<Address, ScriptedAccount>;
  /** How many blocks' changes lie in this layer. */
  readonly span: number;
  readonly below: AccountState | null;
}

export function accountIn(state: AccountState, address: Address): ScriptedAccount | null {
  for (let layer: AccountState | null = state; layer !== null; layer = layer.below) {
    const found = layer.changes.get(address);
    if (found !== undefined) return found;
  }
  return null;
}

export function layerOver(below: AccountState | null, changes: ReadonlyMap<Address, ScriptedAccount>): AccountState {
  let layer: AccountState = { changes, span: 1, below };
  while (layer.below !== null && layer.below.span === layer.span) {
    const under: AccountState = layer.below;
    layer = { changes: new Map([...under.changes, ...layer.changes]), span: layer.span * 2, below: under.below };
  }
  return layer;
}
