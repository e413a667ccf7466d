import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DocumentSchemas } from '../../../test/harness/document-schemas.ts';
import { startGateway } from '../../../test/harness/gateway-fixture.ts';
import type { CallOptions, GatewayFixture } from '../../../test/harness/gateway-fixture.ts';
import { allOperations } from '../operations/all-operations.ts';
import { createOpenApiDocument } from './openapi-document.ts';

const document = createOpenApiDocument(allOperations);

test('the document is a valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(JSON.stringify(document)));
  expect(result.errors ?? []).toEqual([]);
  expect([result.valid, validator.version]).toEqual([true, '3.1']);
});

test('every example in it fits the schema that it stands beside', () => {
  const schemas = new DocumentSchemas(document);
  const examples = schemas.examples();
  expect(examples.length).toBeGreaterThan(20);
  const wrong = examples.flatMap(({ pointer, example }) =>
    schemas.problems(pointer, example).map((problem) => `${pointer}: ${problem}`),
  );
  expect(wrong).toEqual([]);
});

test('what it refers to is there, and every named schema is referred to', () => {
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"#\/components\/(\w+\/[\w-]+)"/g)].map((match) => match[1]));
  const { components } = document as { readonly components: Readonly<Record<string, object>> };
  const there = ['schemas', 'headers'].flatMap((kind) =>
    Object.keys(components[kind] ?? {}).map((name) => `${kind}/${name}`),
  );
  expect([...references].sort()).toEqual(there.sort());
});

test('keywords of our own do not stand in it', () => {
  expect(JSON.stringify(document)).not.toMatch(/checkedLater|maxSerializedBytes/);
});

describe('real answers have exactly the members that it describes', () => {
  const hash = `0x${'ab'.repeat(32)}`;
  const schemas = new DocumentSchemas(document, { closed: true });
  let fixture: GatewayFixture;
  let id = '';
  beforeAll(async () => {
    fixture = await startGateway();
    const made = await fixture.call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    id = made.json.id;
  });
  afterAll(() => fixture.gateway.drain());

  const calls: readonly [string, string, string, number, CallOptions?][] = [
    ['POST', '/v1/transactions', '/v1/transactions', 201, { json: { chain: 'polygon', hash } }],
    ['POST', '/v1/transactions', '/v1/transactions', 422, { json: { chain: 'polygon' } }],
    ['POST', '/v1/transactions', '/v1/transactions', 409, { json: { chain: 'ethereum', hash, confirmations: 2 } }],
    ['POST', '/v1/transactions', '/v1/transactions', 401, { key: null }],
    ['POST', '/v1/transactions', '/v1/transactions', 400, { body: '{' }],
    ['POST', '/v1/transactions', '/v1/transactions', 415, { body: 'x', headers: { 'content-type': 'text/plain' } }],
    [
      'POST',
      '/v1/transactions/batch',
      '/v1/transactions/batch',
      200,
      { json: { transactions: [{ chain: 'ethereum', hash }, 7] } },
    ],
    ['GET', '/v1/transactions', '/v1/transactions?limit=1', 200],
    ['GET', '/v1/transactions/{id}', '/v1/transactions/ID', 200],
    ['GET', '/v1/transactions/{id}', '/v1/transactions/none', 404],
    ['PATCH', '/v1/transactions/{id}', '/v1/transactions/ID', 200, { json: { metadata: 1 } }],
    ['GET', '/v1/transactions/{id}/history', '/v1/transactions/ID/history', 200],
    ['GET', '/v1/events', '/v1/events', 200],
    ['GET', '/v1/events', '/v1/events?cursor=garbage', 422],
    ['GET', '/v1/chains', '/v1/chains', 200],
    ['GET', '/v1/chains/{chain}', '/v1/chains/ethereum', 200],
    ['POST', '/v1/tokens', '/v1/tokens', 201, { json: { subscriber: 'alice' } }],
    ['POST', '/v1/tokens', '/v1/tokens', 422, { json: {} }],
    ['GET', '/v1/ws', '/v1/ws', 400],
    ['GET', '/openapi.json', '/openapi.json', 200],
  ];

  test.each(calls)('%s %s: %s is %d', async (method, path, url, status, options) => {
    const answer = await fixture.call(method, url.replace('ID', id), options);
    expect(answer.status).toBe(status);
    const type = String(answer.headers.get('content-type')).split(';')[0] ?? '';
    const place = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
    const pointer = place.map((part) => `/${encodeURIComponent(part.replaceAll('/', '~1'))}`).join('');
    expect(schemas.problems(pointer, answer.json)).toEqual([]);
  });
});
