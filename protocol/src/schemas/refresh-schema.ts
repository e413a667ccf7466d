import type { Refresh, RefreshedTransaction, RefreshReason } from '../refresh.ts';
import type { PropertiesOf } from './json-schema.ts';
import { transactionSchema } from './transaction-answer-schema.ts';

const providerName = { title: 'Name of a provider', type: 'string', examples: ['main'] } as const;

const reasonProperties = {
  provider: providerName,
  reason: { title: 'What it said, or why it was not asked', type: 'string', examples: ['it does not show it'] },
} as const satisfies PropertiesOf<RefreshReason>;

const refreshProperties = {
  asked: { title: 'The providers that were asked', type: 'array', items: providerName },
  answered: { title: 'Those of them that answered in time', type: 'array', items: providerName },
  outcome: {
    title: 'What came of it',
    description:
      '`included`: one shows it in a block of the chain that is followed, or in one that is final. `pending`: one shows it, in ' +
      'no such block. `absent`: none of those that answered shows it, which is no proof that it is gone. `unknown`: none ' +
      'answered. Values may be added.',
    type: 'string',
    examples: ['included'],
  },
  reasons: {
    title: 'One for each provider of the chain',
    type: 'array',
    items: {
      title: 'A provider and what it said',
      type: 'object',
      required: Object.keys(reasonProperties),
      properties: reasonProperties,
    },
  },
} as const satisfies PropertiesOf<Refresh>;

const refreshSchema = {
  title: 'What the providers said',
  type: 'object',
  required: Object.keys(refreshProperties),
  properties: refreshProperties,
} as const;

/** The answer of `POST /v1/transactions/{id}/refresh`. */
export const refreshedTransactionSchema = {
  ...transactionSchema,
  title: 'A tracked transaction, after its providers were asked',
  required: [...transactionSchema.required, 'refresh'],
  properties: { ...transactionSchema.properties, refresh: refreshSchema },
  examples: [
    {
      ...transactionSchema.examples[0],
      refresh: {
        asked: ['main', 'spare'],
        answered: ['main'],
        outcome: 'included',
        reasons: [
          { provider: 'main', reason: 'it shows it in block 46147' },
          { provider: 'spare', reason: 'it did not answer in 5 s' },
        ],
      },
    } satisfies RefreshedTransaction,
  ],
} as const;
