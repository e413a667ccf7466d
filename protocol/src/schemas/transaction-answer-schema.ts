import { transactionStatuses } from '../status.ts';
import type { Transaction } from '../transaction.ts';
import {
  chainIdField,
  countField,
  orNull,
  shownAddressField,
  shownHashField,
  shownTimeField,
} from './answer-fields.ts';
import { confirmationsField } from './fields.ts';
import type { PropertiesOf } from './json-schema.ts';

const weiField = { type: 'string', pattern: '^[0-9]+$', examples: ['21000'] } as const;

const properties = {
  id: {
    title: 'Its id, which follows from tenant, chain, hash and subscriber',
    type: 'string',
    pattern: '^tx_[0-9a-zA-Z]{1,64}$',
  },
  chain: { title: 'The chain', description: 'CAIP-2', type: 'string' },
  chainId: chainIdField,
  hash: { ...shownHashField, title: 'Its hash' },
  subscriber: { title: 'Whose registration it is', type: 'string' },
  status: {
    title: 'Where it stands',
    description: 'Values may be added: treat one you do not know as not terminal.',
    type: 'string',
    enum: transactionStatuses,
  },
  execution: {
    title: 'What the chain made of it',
    description: 'null before it is in a block',
    enum: ['success', 'reverted', null],
  },
  finality: {
    title: 'How far the chain has settled its block',
    description: 'Values may be added.',
    type: 'string',
    enum: ['none', 'safe', 'finalized'],
  },
  isTerminal: { title: 'Whether nothing more is expected', type: 'boolean' },
  confirmations: {
    ...countField,
    title: 'Blocks on top of it, its own being the first',
    description: '0 while it is in no block',
  },
  requiredConfirmations: { ...confirmationsField, title: 'What makes it confirmed' },
  thresholds: {
    title: 'Counts that give an event each before that',
    type: 'array',
    items: { type: 'integer', minimum: 1 },
    examples: [[3]],
  },
  blockNumber: orNull({ ...countField, title: 'Number of its block' }),
  blockHash: orNull({ ...shownHashField, title: 'Hash of its block' }),
  transactionIndex: orNull({ ...countField, title: 'Its place in the block' }),
  blockTimestamp: orNull({ ...shownTimeField, title: 'Time of its block' }),
  from: orNull({ ...shownAddressField, title: 'Its sender' }),
  to: orNull({ ...shownAddressField, title: 'Its recipient; null also where it creates a contract' }),
  nonce: orNull({ ...countField, title: 'Its nonce' }),
  gasUsed: orNull({ ...weiField, title: 'Gas it used' }),
  effectiveGasPrice: orNull({ ...weiField, title: 'What a unit of gas cost, in wei', examples: ['1000000007'] }),
  replacedBy: orNull({ ...shownHashField, title: 'Hash of the transaction that took its nonce' }),
  replaces: orNull({ ...shownHashField, title: 'Hash of the transaction whose nonce it took' }),
  reason: {
    title: 'Why it was replaced, or the class of the error it failed with',
    type: ['string', 'null'],
    examples: ['repriced'],
  },
  metadata: { title: 'What was given at registration', description: 'any JSON; null where nothing was given' },
  createdAt: { ...shownTimeField, title: 'When it was registered' },
  firstSeenAt: orNull({ ...shownTimeField, title: 'When a provider first showed it' }),
  includedAt: orNull({ ...shownTimeField, title: 'When it was first found in its block' }),
  confirmedAt: orNull({ ...shownTimeField, title: 'When it was confirmed' }),
  finalizedAt: orNull({ ...shownTimeField, title: 'When it was final' }),
  updatedAt: { ...shownTimeField, title: 'When anything of this last changed' },
} as const satisfies PropertiesOf<Transaction>;

/** A tracked transaction, as every channel shows it. */
export const transactionSchema = {
  title: 'A tracked transaction',
  description: 'What is not known (yet) is null.',
  type: 'object',
  required: Object.keys(properties),
  properties,
  examples: [
    {
      id: 'tx_8d0f3f2b6c1e4a5d9b7c6e5f4a3b2c1d',
      chain: 'eip155:1',
      chainId: 1,
      hash: '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060',
      subscriber: 'user-4711',
      status: 'included',
      execution: 'success',
      finality: 'none',
      isTerminal: false,
      confirmations: 1,
      requiredConfirmations: 12,
      thresholds: [3],
      blockNumber: 46147,
      blockHash: '0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd',
      transactionIndex: 0,
      blockTimestamp: '2015-08-07T03:30:33.000Z',
      from: '0xa1e4380a3b1f749673e270229993ee55f35663b4',
      to: '0x5df9b87991262f6ba471f09758cde1c0fc1de734',
      nonce: 0,
      gasUsed: '21000',
      effectiveGasPrice: '50000000000000',
      replacedBy: null,
      replaces: null,
      reason: null,
      metadata: { order: 17 },
      createdAt: '2015-08-07T03:30:20.120Z',
      firstSeenAt: '2015-08-07T03:30:20.480Z',
      includedAt: '2015-08-07T03:30:34.017Z',
      confirmedAt: null,
      finalizedAt: null,
      updatedAt: '2015-08-07T03:30:34.017Z',
    } satisfies Transaction,
  ],
} as const;
