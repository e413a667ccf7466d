import type { Transaction } from '@txtrail/protocol';
import type { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';

const inBlock: readonly Transaction['status'][] = ['included', 'confirmed', 'finalized'];

/** What is wrong with what we say about a transaction, held against the scripted chain itself (I02). */
export function disagreements(transaction: Transaction, chain: ScriptedChain): readonly string[] {
  const { hash, status, blockHash, replacedBy } = transaction;
  const holder = chain.blocks.holder(hash, chain.head);
  const problems: string[] = [];
  if (holder !== null && !inBlock.includes(status)) problems.push(`is ${status}, and block ${holder.number} holds it`);
  if (holder !== null && inBlock.includes(status) && blockHash !== holder.hash) problems.push(`is not in ${blockHash}`);
  if (holder === null && inBlock.includes(status)) problems.push(`is ${status}, and no canonical block holds it`);
  const winner = replacedBy === null ? null : chain.blocks.holder(replacedBy, chain.head);
  if (status === 'replaced' && winner === null) problems.push(`is replaced by ${replacedBy}, which is in no block`);
  return problems.map((problem) => `${hash} ${problem}`);
}
