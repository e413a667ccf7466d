import type { Operation, OperationAnswer } from './operation.ts';

const described = (title: string): readonly OperationAnswer[] => [
  {
    status: 200,
    when: 'The description.',
    schema: { title, type: 'object' },
    headers: {
      etag: { title: 'Changes when the description does', type: 'string' },
      'cache-control': { title: 'How long it may be kept', type: 'string' },
    },
  },
  { status: 304, when: 'It is still the one that `If-None-Match` names.' },
];

const ifNoneMatch = { 'if-none-match': { title: 'The `etag` of the description at hand', type: 'string' } } as const;

export const getOpenApi: Operation = {
  id: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  topic: 'descriptions',
  summary: 'Read this description (OpenAPI 3.1)',
  access: 'public',
  isWrite: false,
  query: null,
  headers: ifNoneMatch,
  answers: described('An OpenAPI 3.1 document'),
  problems: [],
};

export const getAsyncApi: Operation = {
  id: 'getAsyncApi',
  method: 'GET',
  path: '/asyncapi.json',
  topic: 'descriptions',
  summary: 'Read the description of sockets and streams (AsyncAPI 3)',
  access: 'public',
  isWrite: false,
  query: null,
  headers: ifNoneMatch,
  answers: described('An AsyncAPI 3 document'),
  problems: [],
};
