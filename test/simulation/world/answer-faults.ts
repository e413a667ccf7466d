import type { ContentFault, FaultRule } from '../../../src/scripted-chain/fault.ts';
import { digestOf } from '../../../src/scripted-chain/scripted-transaction.ts';
import { type FaultSite, type ProviderFault, setRules } from './provider-fault.ts';

/**
 * Lies and gaps in what a provider answers. Each can be told from within: it contradicts itself,
 * another answer of the same provider, or what was asked; or it is a null, which proves nothing.
 * So they may befall all providers at once. Not among them, since one provider's word is all that
 * there is for it: another outcome under a true receipt, and another block under a true tag.
 */
export const answerFaults: readonly ProviderFault[] = [
  rules('receipt_missing', () => [{ fault: { kind: 'null_result' } }]),
  rules('block_missing', () => [{ fault: { kind: 'null_result' }, methods: ['eth_getBlockByHash'] }]),
  rules('orphaned_receipt', ({ context }) => {
    context.reach('receipts of orphaned blocks');
    return [{ fault: { kind: 'orphaned_receipts' } }];
  }),
  rules('forged_parent', () => [{ fault: { kind: 'forged_parent' } }]),
  rules('forged_receipt', ({ chance, context }) => {
    context.reach('a provider forges receipts');
    const alter = chance.pick(forgeries);
    return [{ fault: { kind: 'altered', alter: ofEach(alter) }, methods: receiptMethods }];
  }),
  rules('empty_block', ({ context }) => {
    context.reach('blocks without their transactions');
    return [{ fault: { kind: 'empty_block' } }];
  }),
  rules('short_receipts', ({ chance }) => [
    { fault: chance.pick<ContentFault>([{ kind: 'short_receipts' }, { kind: 'empty_receipts' }]) },
  ]),
  rules('indexing', ({ context }) => {
    context.reach('a provider that indexes');
    const fault = { kind: 'error', code: -32000, message: 'transaction indexing is in progress' } as const;
    return [{ fault, methods: ['eth_getTransactionByHash', 'eth_getTransactionReceipt'] }];
  }),
  rules('tag_missing', ({ chance, context }) => {
    context.reach('tags missing');
    const tags = chance.pick([['safe'], ['finalized'], ['safe', 'finalized']] as const);
    return tags.map((tag) => ({ fault: { kind: 'missing_tag', tag } }));
  }),
  rules('broken_fields', ({ chance }) => [{ fault: chance.pick(brokenFields) }]),
  {
    name: 'wrong_chain',
    victims: 'everybody',
    begin: (site) => {
      const end = setRules(site, [{ fault: { kind: 'wrong_chain_id', chainId: site.chain.plan.chainId + 1 } }]);
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

/** Changes an object, or each of a list; what is neither stays as it is. */
function ofEach(change: (fields: Fields) => Fields): (result: unknown) => unknown {
  const one = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'hash' in value !== 'transactionHash' in value
      ? change(value as Fields)
      : value;
  return (result) => (Array.isArray(result) ? result.map(one) : one(result));
}

function rules(name: ProviderFault['name'], of: (site: FaultSite) => readonly FaultRule[]): ProviderFault {
  return { name, victims: 'everybody', begin: (site) => setRules(site, of(site)) };
}
