import { errorCodes } from '../problem.ts';
import type { FieldError, Problem } from '../problem.ts';
import type { PropertiesOf } from './json-schema.ts';

const fieldErrorSchema = {
  type: 'object',
  required: ['path', 'message'],
  properties: {
    path: {
      title: 'Where the mistake stands',
      description: 'a JSON Pointer (RFC 6901) into the body or the query; the empty text is the whole',
      type: 'string',
      examples: ['/hash'],
    },
    message: { title: 'What is wrong', type: 'string', examples: ['must be 0x and 64 hexadecimal digits'] },
  } satisfies PropertiesOf<FieldError>,
} as const;

/** Every answer of 400 and above. */
export const problemSchema = {
  title: 'A problem',
  description: 'RFC 9457. Go by `code`, which is never renamed; where it is one you do not know, by `status`.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { title: 'The code as a URI', type: 'string', format: 'uri' },
    title: { title: 'The code in words', type: 'string' },
    status: { title: 'The HTTP status', type: 'integer', minimum: 400, maximum: 599 },
    detail: { title: 'What happened this time, and what to do', type: 'string' },
    code: { title: 'What went wrong', type: 'string', enum: Object.keys(errorCodes) },
    errors: { title: 'Each mistake, with 422', type: 'array', items: fieldErrorSchema },
    oldestCursor: { title: 'With cursor_too_old: go on from here', type: 'string' },
  } satisfies PropertiesOf<Problem>,
  examples: [
    {
      type: 'https://txtrail.dev/errors/invalid_request',
      title: 'The request has mistakes',
      status: 422,
      detail: 'The request has mistakes; each is listed with its path.',
      code: 'invalid_request',
      errors: [{ path: '/hash', message: 'must be 0x and 64 hexadecimal digits' }],
    } satisfies Problem,
  ],
} as const;
