import type { JsonSchema } from './json-schema.ts';

/** The single fields that answers and events are made of. What requests are made of is in `fields.ts`. */

export const countField = { type: 'integer', minimum: 0 } as const;

/** Always in lower case, whatever the request's was. */
export const shownHashField = {
  type: 'string',
  pattern: '^0x[0-9a-f]{64}$',
  examples: ['0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060'],
} as const;

export const shownAddressField = {
  type: 'string',
  pattern: '^0x[0-9a-f]{40}$',
  examples: ['0xa1e4380a3b1f749673e270229993ee55f35663b4'],
} as const;

export const shownTimeField = {
  description: 'ISO 8601, UTC',
  type: 'string',
  format: 'date-time',
  examples: ['2026-01-31T12:00:00.000Z'],
} as const;

export const chainIdField = {
  title: 'The EIP-155 number of the chain',
  description: 'null on a chain that has none',
  type: ['integer', 'null'],
  examples: [1],
} as const;

export const blockReferenceSchema = {
  title: 'A block',
  type: 'object',
  required: ['number', 'hash'],
  properties: {
    number: { ...countField, title: 'Its number' },
    hash: { ...shownHashField, title: 'Its hash' },
  },
} as const;

/** The field, or null where its value is not known. */
export function orNull<Schema extends JsonSchema & { readonly type: string }>(
  field: Schema,
): Omit<Schema, 'type'> & { readonly type: readonly [Schema['type'], 'null'] } {
  return { ...field, type: [field.type, 'null'] };
}
