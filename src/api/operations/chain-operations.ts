import { chainField, emptyQuerySchema, listQuerySchema } from '@txtrail/protocol';
import { chainDetailSchema, chainPageSchema } from '@txtrail/protocol/answers';
import type { Operation } from './operation.ts';

export const listChains: Operation = {
  id: 'listChains',
  method: 'GET',
  path: '/v1/chains',
  topic: 'chains',
  summary: 'List the chains that are followed',
  access: 'subscriber',
  isWrite: false,
  query: listQuerySchema,
  answers: [
    {
      status: 200,
      when: 'Each chain with its head, finality, lag and providers.',
      schema: chainPageSchema,
      links: [
        { name: 'next', operationId: 'listChains', parameters: { cursor: '$response.body#/nextCursor' } },
        { name: 'first', operationId: 'getChain', parameters: { chain: '$response.body#/data/0/chain' } },
      ],
    },
  ],
  problems: ['invalid_cursor'],
};

export const getChain: Operation = {
  id: 'getChain',
  method: 'GET',
  path: '/v1/chains/{chain}',
  topic: 'chains',
  summary: 'Read a chain with its blocks and reorgs of late',
  access: 'subscriber',
  isWrite: false,
  pathParameters: { chain: chainField },
  query: emptyQuerySchema,
  answers: [{ status: 200, when: 'The chain as it stands.', schema: chainDetailSchema }],
  problems: ['not_found'],
};
