import { createOpenApiDocument } from '../../src/api/descriptions/openapi-document.ts';
import { allOperations } from '../../src/api/operations/all-operations.ts';
import type { Operation } from '../../src/api/operations/operation.ts';
import { DocumentSchemas } from './document-schemas.ts';

interface Response {
  readonly content?: Readonly<Record<string, unknown>>;
}

const document = createOpenApiDocument(allOperations) as {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
};
const schemas = new DocumentSchemas(document, { closed: true });
const patterns = allOperations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/**
 * What OpenAPI's description does not say of an answer that really came: its status, its type, a
 * member too many or too few. Nothing is said of a path that is none of the contract's.
 */
export function undescribedAnswer(
  request: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly headers: Pick<Headers, 'get'>; readonly text: string },
): readonly string[] {
  const operation = operationOf(request);
  if (operation === null || answer.status === 405) return [];
  const { path, method } = operation;
  const response = document.paths[path]?.[method.toLowerCase()]?.responses[answer.status];
  if (response === undefined) return [`${method} ${path} is not said to answer ${answer.status}`];
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (response.content === undefined) return answer.text === '' ? [] : [`${method} ${path} is not said to have a body`];
  if (response.content[type] === undefined) return [`${method} ${path} is not said to answer with ${type}`];
  if (!type.endsWith('json')) return [];
  const place = ['paths', path, method.toLowerCase(), 'responses', answer.status, 'content', type, 'schema'];
  const pointer = place.map((part) => `/${encodeURIComponent(String(part).replaceAll('/', '~1'))}`).join('');
  return schemas.problems(pointer, JSON.parse(answer.text)).map((problem) => `${method} ${path}: ${problem}`);
}

function operationOf({ method, path }: { readonly method: string; readonly path: string }): Operation | null {
  const bare = path.split('?')[0] ?? '';
  // Of two that fit, the one without a parameter is meant.
  const fitting = patterns.filter(({ operation, pattern }) => operation.method === method && pattern.test(bare));
  return (fitting.find(({ operation }) => operation.path === bare) ?? fitting[0])?.operation ?? null;
}
