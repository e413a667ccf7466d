import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { undescribedAnswer } from '../../../test/harness/described-answers.ts';
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
  expect(JSON.stringify(document)).not.toMatch(/checkedLater|maxSerializedBytes|wellFormed/);
});

describe('answers of the gateway have exactly the members that it describes', () => {
  const hash = `0x${'ab'.repeat(32)}`;
  let fixture: GatewayFixture;
  let id = '';
  beforeAll(async () => {
    fixture = await startGateway();
    const made = await fixture.call('POST', '/v1/transactions', { json: { chain: 'ethereum', hash } });
    id = made.json.id;
  });
  afterAll(() => fixture.gateway.drain());

  const calls: readonly [string, string, number, CallOptions?][] = [
    ['POST', '/v1/transactions', 201, { json: { chain: 'polygon', hash } }],
    ['POST', '/v1/transactions', 422, { json: { chain: 'polygon' } }],
    ['POST', '/v1/transactions', 409, { json: { chain: 'ethereum', hash, confirmations: 2 } }],
    ['POST', '/v1/transactions', 401, { key: null }],
    ['POST', '/v1/transactions', 400, { body: '{' }],
    ['POST', '/v1/transactions', 415, { body: 'x', headers: { 'content-type': 'text/plain' } }],
    ['POST', '/v1/transactions/batch', 200, { json: { transactions: [{ chain: 'ethereum', hash }, 7] } }],
    ['GET', '/v1/transactions?limit=1', 200],
    ['GET', '/v1/transactions/ID', 200],
    ['GET', '/v1/transactions/none', 404],
    ['PATCH', '/v1/transactions/ID', 200, { json: { metadata: 1 } }],
    ['POST', '/v1/transactions/ID/refresh', 200],
    ['GET', '/v1/transactions/ID/history', 200],
    ['GET', '/v1/events', 200],
    ['GET', '/v1/events?cursor=garbage', 422],
    ['GET', '/v1/chains', 200],
    ['GET', '/v1/chains/ethereum', 200],
    ['POST', '/v1/tokens', 201, { json: { subscriber: 'alice' } }],
    ['POST', '/v1/tokens', 422, { json: {} }],
    ['GET', '/v1/ws', 400],
    ['GET', '/openapi.json', 200],
    ['GET', '/asyncapi.json', 200],
  ];

  test.each(calls)('%s %s is %d', async (method, url, status, options) => {
    const path = url.replace('ID', id);
    const answer = await fixture.call(method, path, options);
    expect(answer.status).toBe(status);
    expect(undescribedAnswer({ method, path }, answer)).toEqual([]);
  });

  test('and what it does not describe is found out', async () => {
    const answer = await fixture.call('GET', `/v1/transactions/${id}`);
    const request = { method: 'GET', path: `/v1/transactions/${id}` };
    const other = (text: string, status = 200) => undescribedAnswer(request, { ...answer, status, text });
    expect(other(answer.text)).toEqual([]);
    expect(other(JSON.stringify({ ...answer.json, colour: 'red' }))).toHaveLength(1);
    expect(other(JSON.stringify({ ...answer.json, hash: undefined }))).toHaveLength(1);
    expect(other(JSON.stringify({ ...answer.json, status: 'mined' }))).toHaveLength(1);
    expect(other(answer.text, 202)).toHaveLength(1);
  });
});
