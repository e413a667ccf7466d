import type { Chain, ChainDetail, ProviderStatus, RecentBlock, RecentReorg } from '../chain.ts';
import { blockReferenceSchema, chainIdField, countField, shownHashField, shownTimeField } from './answer-fields.ts';
import type { PropertiesOf } from './json-schema.ts';

const providerProperties = {
  name: { title: 'Its name in the configuration', type: 'string', examples: ['main'] },
  role: { title: 'Its role in the configuration', type: 'string', enum: ['primary', 'secondary'] },
  state: {
    title: 'How it does',
    description: '`leading`: its head is the one followed. `refused`: it serves another chain. Values may be added.',
    type: 'string',
    examples: ['leading'],
  },
  reason: { title: 'Why it is not leading, where there is something to say', type: ['string', 'null'] },
  head: { title: 'Number of the newest block it showed', type: ['integer', 'null'], minimum: 0 },
  lag: { title: 'Blocks behind the best head that any provider shows', type: ['integer', 'null'], minimum: 0 },
} as const satisfies PropertiesOf<ProviderStatus>;

const providerSchema = {
  title: 'An RPC endpoint of a chain',
  type: 'object',
  required: Object.keys(providerProperties),
  properties: providerProperties,
} as const;

const headSchema = {
  title: 'The newest canonical block',
  description: 'null before the chain was first seen',
  type: ['object', 'null'],
  required: ['number', 'hash', 'timestamp'],
  properties: { ...blockReferenceSchema.properties, timestamp: { ...shownTimeField, title: 'Its time' } },
} as const;

const settledBlockSchema = { ...blockReferenceSchema, type: ['object', 'null'] } as const;

const finalitySchema = {
  title: 'How far the chain is settled',
  type: 'object',
  required: ['source', 'safe', 'finalized'],
  properties: {
    source: { title: "The chain's own tags, or a depth below the head", type: 'string', enum: ['tag', 'depth'] },
    safe: { ...settledBlockSchema, title: 'The safe block' },
    finalized: { ...settledBlockSchema, title: 'The finalized block' },
  } satisfies PropertiesOf<Chain['finality']>,
} as const;

const chainProperties = {
  chain: { title: 'The chain', description: 'CAIP-2', type: 'string', examples: ['eip155:1'] },
  name: { title: "The preset's name", type: ['string', 'null'], examples: ['ethereum'] },
  chainId: chainIdField,
  head: headSchema,
  finality: finalitySchema,
  lag: {
    title: 'Blocks behind the best head that any provider shows',
    description: 'null: no provider leads, so nobody can tell',
    type: ['integer', 'null'],
    minimum: 0,
  },
  providers: { title: 'Its providers', type: 'array', items: providerSchema },
} as const satisfies PropertiesOf<Chain>;

/** An entry of `GET /v1/chains`. */
export const chainSchema = {
  title: 'A chain that is followed',
  type: 'object',
  required: Object.keys(chainProperties),
  properties: chainProperties,
} as const;

const recentBlockProperties = {
  ...blockReferenceSchema.properties,
  parentHash: { ...shownHashField, title: 'Hash of the block before it' },
  timestamp: { ...shownTimeField, title: 'Its time' },
  transactions: { ...countField, title: 'How many transactions it holds' },
} as const satisfies PropertiesOf<RecentBlock>;

const recentBlockSchema = {
  title: 'A block of late',
  type: 'object',
  required: Object.keys(recentBlockProperties),
  properties: recentBlockProperties,
} as const;

const recentReorgProperties = {
  time: { ...shownTimeField, title: 'When it was seen' },
  depth: { title: 'Blocks that left the canonical chain', type: 'integer', minimum: 1 },
  ancestor: { ...blockReferenceSchema, title: 'The last block that both branches share' },
  beyondFinality: { title: 'Whether a block left that the chain had called final', type: 'boolean' },
  orphaned: { title: 'The blocks that left, highest first', type: 'array', items: recentBlockSchema },
} as const satisfies PropertiesOf<RecentReorg>;

const recentReorgSchema = {
  title: 'A reorg of late',
  type: 'object',
  required: Object.keys(recentReorgProperties),
  properties: recentReorgProperties,
} as const;

const chainDetailProperties = {
  ...chainProperties,
  recentBlocks: { title: 'Canonical blocks, newest first', type: 'array', items: recentBlockSchema },
  recentReorgs: { title: 'Reorgs, newest first', type: 'array', items: recentReorgSchema },
} as const satisfies PropertiesOf<ChainDetail>;

/** `GET /v1/chains/{chain}`. */
export const chainDetailSchema = {
  title: 'A chain with what happened on it of late',
  type: 'object',
  required: Object.keys(chainDetailProperties),
  properties: chainDetailProperties,
} as const;
