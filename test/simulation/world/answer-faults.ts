import type { ContentFault } from '../../../src/scripted-chain/fault.ts';
import { digestOf } from '../../../src/scripted-chain/scripted-transaction.ts';
import { type ProviderFault, ruled, setRules } from './provider-fault.ts';

/**
 * Lies and gaps in what a provider answers. Each can be told from within: it contradicts itself,
 * another answer of the same provider, or what was asked; or it is a null, which proves nothing.
 * So they may befall all providers at once. Not among them, since one provider's word is all that
 * there is for it: another outcome in a true receipt, and a tag ahead of its time.
 */
export const answerFaults: readonly ProviderFault[] = [
  ruled('receipt_missing', 'receipts missing', () => [{ fault: { kind: 'null_result' } }]),
  ruled('block_missing', 'blocks missing by hash', () => [
    { fault: { kind: 'null_result' }, methods: ['eth_getBlockByHash'] },
  ]),
  ruled('orphaned_receipt', 'receipts of orphaned blocks', () => [{ fault: { kind: 'orphaned_receipts' } }]),
  ruled('forged_parent', 'blocks with a forged parent', () => [{ fault: { kind: 'forged_parent' } }]),
  ruled('forged_receipt', 'forged receipts', ({ chance }) => [
    { fault: { kind: 'altered', alter: ofEach(chance.pick(forgeries)) }, methods: receiptMethods },
  ]),
  ruled('empty_block', 'blocks without their transactions', () => [{ fault: { kind: 'empty_block' } }]),
  ruled('short_receipts', 'block receipts cut short', ({ chance }) => [
    { fault: chance.pick<ContentFault>([{ kind: 'short_receipts' }, { kind: 'empty_receipts' }]) },
  ]),
  ruled('indexing', 'a provider that indexes', () => [
    {
      fault: { kind: 'error', code: -32000, message: 'transaction indexing is in progress' },
      methods: ['eth_getTransactionByHash', 'eth_getTransactionReceipt'],
    },
  ]),
  ruled('tag_missing', 'tags missing', ({ chance }) => {
    const tags = chance.pick([['safe'], ['finalized'], ['safe', 'finalized']] as const);
    return tags.map((tag) => ({ fault: { kind: 'missing_tag', tag } }));
  }),
  ruled('broken_fields', 'fields broken or missing', ({ chance }) => [{ fault: chance.pick(brokenFields) }]),
  {
    name: 'wrong_chain',
    victims: 'everybody',
    begin: (site) => {
      const chainId = site.chain.plan.chainId + 1;
      const end = setRules(site, 'a provider of another chain', [{ fault: { kind: 'wrong_chain_id', chainId } }]);
      // Another node answers behind the same name, and is asked because the connection was lost.
      if (site.chance.happens(0.7)) {
        site.context.reach('another chain after a reconnect');
        site.chain.dropSockets(site.provider);
      }
      return end;
    },
  },
];

const receiptMethods = ['eth_getTransactionReceipt', 'eth_getBlockReceipts'];

type Fields = Readonly<Record<string, unknown>>;

const forgeries: readonly ((receipt: Fields) => Fields)[] = [
  (receipt) => ({ ...receipt, blockHash: digestOf({ forged: receipt['blockHash'] }) }),
  (receipt) => ({ ...receipt, transactionHash: digestOf({ forged: receipt['transactionHash'] }) }),
  (receipt) => ({ ...receipt, transactionIndex: '0x63' }),
  (receipt) => ({ ...receipt, status: '0x7' }),
  ({ status: _status, ...receipt }) => receipt,
  (receipt) => ({ ...receipt, blockHash: null, blockNumber: null }),
];

const brokenFields: readonly ContentFault[] = [
  { kind: 'unsafe_number' },
  { kind: 'unsafe_number', field: 'timestamp' },
  { kind: 'missing_field', field: 'hash' },
  { kind: 'missing_field', field: 'parentHash' },
  { kind: 'missing_field', field: 'transactions' },
  { kind: 'missing_field', field: 'transactionsRoot' },
  { kind: 'altered', alter: ofEach((block) => ({ ...block, hash: String(block['hash']).slice(0, -1) })) },
];

/** Changes an object, or each of a list; what is neither a block nor a receipt stays as it is. */
function ofEach(change: (fields: Fields) => Fields): (result: unknown) => unknown {
  const one = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && ('parentHash' in value || 'transactionHash' in value)
      ? change(value as Fields)
      : value;
  return (result) => (Array.isArray(result) ? result.map(one) : one(result));
}
