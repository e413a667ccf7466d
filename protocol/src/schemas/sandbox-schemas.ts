const secondsField = {
  type: 'integer',
  minimum: 1,
  maximum: 120,
  description: 'a whole number of seconds from 1 to 120',
} as const;

/** `POST /sandbox/reorg`. */
export const sandboxReorgSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['depth'],
  properties: {
    depth: { type: 'integer', minimum: 1, maximum: 1000, description: 'a whole number of blocks from 1 to 1000' },
  },
} as const;

/** `POST /sandbox/stall`. */
export const sandboxStallSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['provider', 'seconds'],
  properties: {
    provider: { type: 'string', minLength: 1, maxLength: 64, description: 'the name of a provider' },
    seconds: secondsField,
  },
} as const;

/** `POST /sandbox/gas-spike`. */
export const sandboxGasSpikeSchema = {
  type: 'object',
  description: 'an object',
  additionalProperties: false,
  required: ['seconds'],
  properties: { seconds: secondsField },
} as const;
