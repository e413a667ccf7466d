import { errorCodes } from '@txtrail/protocol';
import type { ErrorCode } from '@txtrail/protocol';
import type { JsonSchema } from '@txtrail/protocol/answers';
import { problemsOf } from '../operations/operation.ts';
import type { Access, Operation, OperationAnswer, OperationLink, Topic } from '../operations/operation.ts';
import { namedSchemas } from './named-schemas.ts';
import { createSchemaWriter } from './schema-writer.ts';
import type { SchemaWriter } from './schema-writer.ts';

/** The version of the contract, which both descriptions carry: raised by additions, since nothing is ever renamed. */
export const contractVersion = '1.0.0';

export type Document = Readonly<Record<string, unknown>>;

const topics: Readonly<Record<Topic, string>> = {
  transactions: 'Tracking transactions and reading what became of them',
  events: 'Reading events and acknowledging them',
  chains: 'What is known of the chains',
  tokens: 'A way in for browsers',
  descriptions: 'The API in words for programs; no key needed',
};

/** The OpenAPI 3.1 description of operations. */
export function createOpenApiDocument(operations: readonly Operation[]): Document {
  const schemas = createSchemaWriter({ named: namedSchemas, otherwise: 'anything' });
  const byPath = Map.groupBy(operations, (operation) => operation.path);
  const paths = [...byPath].map(([path, ofPath]) => [
    path,
    Object.fromEntries(ofPath.map((operation) => [operation.method.toLowerCase(), describe(operation, schemas)])),
  ]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'TxTrail',
      summary: 'Tells what became of blockchain transactions, from pending to finality',
      description:
        'JSON under `/v1`, with `Authorization: Bearer KEY`. A 2xx on a write means that it is durable. Answers may gain ' +
        'members, and events types: go on past what you do not know. What is asked beside these calls is 404.',
      version: contractVersion,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this description was read' }],
    security: [{ key: [] }],
    tags: Object.entries(topics).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: schemas.components(),
      headers: sharedHeaders,
      securitySchemes,
    },
  };
}

function describe(operation: Operation, schemas: SchemaWriter): Document {
  const { id, topic, summary, description, access, body, takesTokenInUrl = false } = operation;
  const parameters = parametersOf(operation, schemas);
  return {
    operationId: id,
    tags: [topic],
    summary,
    ...(description === undefined ? {} : { description }),
    security: [...securityOf[access], ...(takesTokenInUrl ? [{ tokenInUrl: [] }] : [])],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemas.write(body) } } } }),
    responses: responsesOf(operation, schemas),
  };
}

const securitySchemes = {
  key: { type: 'http', scheme: 'bearer', description: "A tenant's key" },
  token: { type: 'http', scheme: 'bearer', description: "A subscriber's token, as POST /v1/tokens makes it" },
  tokenInUrl: { type: 'apiKey', in: 'query', name: 'token', description: 'The same, for who cannot set headers' },
} as const;

const securityOf: Readonly<Record<Access, readonly object[]>> = {
  public: [],
  tenant: [{ key: [] }],
  subscriber: [{ key: [] }, { token: [] }],
};

/** How lists are written in a query: `types=a,b`. */
const listStyle = { style: 'form', explode: false } as const;

function parametersOf(operation: Operation, schemas: SchemaWriter): readonly Document[] {
  const { pathParameters = {}, query, headers = {}, isWrite } = operation;
  const required = new Set(query?.required ?? []);
  return [
    ...Object.entries(pathParameters).map(([name, schema]) => parameter('path', name, schema, true, schemas)),
    ...Object.entries(query?.properties ?? {}).map(([name, schema]) => ({
      ...parameter('query', name, schema, required.has(name), schemas),
      ...(schema['type'] === 'array' ? listStyle : {}),
    })),
    ...Object.entries({ ...headers, ...(isWrite ? writeHeaders : {}), ...everyHeader }).map(([name, schema]) =>
      parameter('header', name, schema, false, schemas),
    ),
  ];
}

function parameter(
  place: string,
  name: string,
  schema: JsonSchema,
  required: boolean,
  schemas: SchemaWriter,
): Document {
  const { title, examples, ...written } = schemas.write(schema) as { title?: string; examples?: readonly unknown[] };
  return {
    name,
    in: place,
    required,
    description: title,
    schema: examples === undefined ? written : { ...written, examples },
  };
}

const writeHeaders: Readonly<Record<string, JsonSchema>> = {
  'idempotency-key': {
    title: 'The same key and request get the same answer, for a day; the same key with another request is 409',
    description: '1 to 255 printable ASCII characters',
    type: 'string',
    pattern: '^[\\x20-\\x7e]{1,255}$',
    examples: ['order-17'],
  },
};

const everyHeader: Readonly<Record<string, JsonSchema>> = {
  traceparent: {
    title: "The caller's trace (W3C Trace Context); one that is not valid is left aside",
    type: 'string',
    examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  },
};

const sharedHeaders = {
  traceparent: { description: 'The trace that the call belongs to', schema: { type: 'string' } },
  'retry-after': { description: 'Seconds to wait', schema: { type: 'string', pattern: '^[0-9]+$' } },
  'www-authenticate': { description: 'How to authenticate', schema: { type: 'string' } },
  'idempotent-replayed': {
    description: '`true` where the answer was given before, under the same Idempotency-Key',
    schema: { type: 'string', const: 'true' },
  },
} as const;

function headerReferences(...names: readonly (keyof typeof sharedHeaders)[]): Document {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function responsesOf(operation: Operation, schemas: SchemaWriter): Document {
  const good = operation.answers.map((answer) => [String(answer.status), responseOf(operation, answer, schemas)]);
  const byStatus = Map.groupBy(problemsOf(operation), (code) => errorCodes[code].status);
  const bad = [...byStatus].map(([status, codes]) => [String(status), problemResponse(status, codes, schemas)]);
  return Object.fromEntries([...good, ...bad].sort(([one], [other]) => Number(one) - Number(other)));
}

function responseOf(operation: Operation, answer: OperationAnswer, schemas: SchemaWriter): Document {
  const { when, schema, contentType = 'application/json', headers = {}, links = [] } = answer;
  const own = Object.entries(headers).map(([name, { title, ...written }]) => [
    name,
    { description: title, schema: written },
  ]);
  return {
    description: when,
    headers: {
      ...Object.fromEntries(own),
      ...headerReferences('traceparent', ...(operation.isWrite ? (['idempotent-replayed'] as const) : [])),
    },
    ...(schema === undefined ? {} : { content: { [contentType]: { schema: schemas.write(schema) } } }),
    ...(links.length === 0 ? {} : { links: Object.fromEntries(links.map((link) => [link.name, linkOf(link)])) }),
  };
}

function linkOf({ operationId, parameters, body }: OperationLink): Document {
  return {
    operationId,
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
  };
}

function problemResponse(status: number, codes: readonly ErrorCode[], schemas: SchemaWriter): Document {
  const named = codes.map((code) => `\`${code}\`: ${errorCodes[code].title}`);
  const extra = status === 401 ? (['www-authenticate'] as const) : status === 503 ? (['retry-after'] as const) : [];
  return {
    description: `${named.join('. ')}.`,
    headers: headerReferences('traceparent', ...extra),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            schemas.write(namedSchemas['Problem']!),
            { properties: { status: { const: status }, code: { enum: codes } } },
          ],
        },
      },
    },
  };
}
