import type {
  EventType,
  FailureData,
  ReorgData,
  ReplacementData,
  TransactionEventData,
  TxTrailEvent,
} from '../event.ts';
import { transactionStatuses } from '../status.ts';
import { blockReferenceSchema, countField, shownHashField, shownTimeField } from './answer-fields.ts';
import type { JsonSchema, PropertiesOf } from './json-schema.ts';
import { transactionSchema } from './transaction-answer-schema.ts';

const reorgProperties = {
  fromBlockNumber: { ...countField, title: 'Number of the block that left' },
  fromBlockHash: { ...shownHashField, title: 'Its hash' },
  depth: { title: 'Blocks that left the canonical chain', type: 'integer', minimum: 1 },
  beyondFinality: { title: 'Whether one left that the chain had called final', type: 'boolean' },
} as const satisfies PropertiesOf<ReorgData>;

const replacementProperties = {
  hash: { ...shownHashField, title: 'Hash of the transaction that took the nonce' },
  reason: {
    title: 'What it is to the one replaced',
    description:
      '`repriced`: the same recipient, value and data. `cancelled`: to the sender itself with value 0. `replaced`: anything else',
    type: 'string',
    enum: ['repriced', 'cancelled', 'replaced'],
  },
  blockNumber: { ...countField, title: 'Number of its block' },
  blockHash: { ...shownHashField, title: 'Hash of its block' },
  final: { title: 'Whether that block is final', type: 'boolean' },
} as const satisfies PropertiesOf<ReplacementData>;

const failureProperties = {
  class: { title: 'The class of the error', type: 'string', examples: ['funds'] },
  message: { title: 'What a provider said', type: 'string' },
  providers: { title: 'The providers that said it', type: 'array', items: { type: 'string' } },
} as const satisfies PropertiesOf<FailureData>;

const reorgSchema = object('The reorg', reorgProperties);
const replacementSchema = object('What replaced it', replacementProperties);
const failureSchema = object('Why it failed', failureProperties);
const expirySchema = object('Why it expired', {
  reason: { title: 'The reason', description: 'Values may be added.', type: 'string', examples: ['expires_at'] },
});

const commonData = {
  transaction: transactionSchema,
  previousStatus: { title: 'The status before', enum: [...transactionStatuses, null] },
  confirmations: { ...countField, title: 'Confirmations that belong to the fact' },
  late: { title: 'Whether it was due already when the transaction was registered', type: 'boolean' },
} as const;

const furtherData = {
  reorg: { ...reorgSchema, description: 'in `transaction.reorged`' },
  replacement: { ...replacementSchema, description: 'in `transaction.replaced`' },
  failure: { ...failureSchema, description: 'in `transaction.failed`' },
  expiry: { ...expirySchema, description: 'in `transaction.expired`' },
} as const;

const dataProperties = { ...commonData, ...furtherData } as const satisfies PropertiesOf<TransactionEventData>;

/** Each event type that this version says: when, and what its `data` has beside the common members. */
export const saidEvents = {
  'transaction.pending': { when: 'seen in a pool for the first time, or again after it was thought gone' },
  'transaction.included': { when: 'in a canonical block' },
  'transaction.executed': { when: 'the outcome came after `transaction.included` was sent' },
  'transaction.confirmation': { when: 'a threshold was passed; `confirmations` is the threshold' },
  'transaction.confirmed': { when: 'the required confirmations are reached' },
  'transaction.safe': { when: 'the chain calls its block safe; sent where it is asked for' },
  'transaction.finalized': { when: 'the chain calls its block final' },
  'transaction.reorged': { when: 'its block left the canonical chain', further: 'reorg' },
  'transaction.replaced': {
    when: 'a rival used its nonce; sent again when the rival is final',
    further: 'replacement',
  },
  'transaction.failed': { when: 'every provider rejected the broadcast', further: 'failure' },
  'transaction.expired': { when: 'its time ended before it was in a block', further: 'expiry' },
} as const satisfies Partial<Record<EventType, { readonly when: string; readonly further?: keyof typeof furtherData }>>;

export type SaidEventType = keyof typeof saidEvents;

const saidTypes = Object.keys(saidEvents) as readonly SaidEventType[];

/** One event, whatever its type. */
export const eventSchema = eventOf(
  'An event',
  'At once a CloudEvent 1.0 and a Standard Webhooks payload. Types are added: go on past one you do not know.',
  { title: 'What happened', type: 'string', enum: saidTypes },
  {
    title: 'The fact',
    type: 'object',
    required: Object.keys(commonData),
    properties: dataProperties,
  },
);

/** An entry of a transaction's history: the event, and why it was said. */
export const historyEntrySchema = {
  ...eventSchema,
  title: 'An event with the evidence of its verdict',
  required: [...eventSchema.required, 'evidence'],
  properties: {
    ...eventSchema.properties,
    evidence: {
      title: 'Why it was said',
      type: 'object',
      required: ['rule', 'providers', 'block'],
      properties: {
        rule: { title: 'The rule that decided', type: 'string', examples: ['R03'] },
        providers: { title: 'The providers that showed it', type: 'array', items: { type: 'string' } },
        block: { ...blockReferenceSchema, title: 'The block that it rests on', type: ['object', 'null'] },
      },
    },
  },
} as const;

/** The payload of each event type, exactly. */
export const eventSchemas: Readonly<Record<SaidEventType, JsonSchema>> = Object.fromEntries(
  saidTypes.map((type) => [type, eventOfType(type)]),
) as Record<SaidEventType, JsonSchema>;

function eventOfType(type: SaidEventType): JsonSchema {
  const said: { readonly when: string; readonly further?: keyof typeof furtherData } = saidEvents[type];
  const further = said.further === undefined ? {} : { [said.further]: furtherData[said.further] };
  const members = { ...commonData, ...further };
  const data = { title: 'The fact', type: 'object', required: Object.keys(members), properties: members } as const;
  return eventOf(type, said.when, { title: 'What happened', type: 'string', const: type }, data);
}

function eventOf<Type extends JsonSchema, Data extends JsonSchema>(
  title: string,
  description: string,
  type: Type,
  data: Data,
) {
  const properties = {
    specversion: { title: 'The version of CloudEvents', const: '1.0' },
    id: { title: 'Its id: the same for the same fact, however often it is sent', type: 'string', pattern: '^evt_' },
    source: { title: 'Who says it', const: 'txtrail' },
    type,
    subject: { title: 'Chain and hash of the transaction', type: 'string', examples: ['eip155:1/0x5c50…'] },
    time: { ...shownTimeField, title: 'When it was decided' },
    timestamp: { ...shownTimeField, title: 'The same, by the name of Standard Webhooks' },
    datacontenttype: { title: 'The type of `data`', const: 'application/json' },
    tenant: { title: 'Id of the tenant', type: 'string' },
    subscriber: { title: 'Whose event it is', type: 'string' },
    seq: { title: '1, 2, 3… per subscriber with no gap', type: 'integer', minimum: 1 },
    revision: {
      title: '1, 2, 3… per tracked transaction',
      description: 'null where there is no transaction',
      type: ['integer', 'null'],
      minimum: 1,
    },
    data,
  } as const satisfies PropertiesOf<TxTrailEvent>;
  return { title, description, type: 'object', required: Object.keys(properties), properties } as const;
}

function object<Properties extends Readonly<Record<string, JsonSchema>>>(title: string, properties: Properties) {
  return { title, type: 'object', required: Object.keys(properties), properties } as const;
}
