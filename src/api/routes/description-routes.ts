import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { createAsyncApiDocument } from '../descriptions/asyncapi-document.ts';
import type { Document } from '../descriptions/openapi-document.ts';
import { createOpenApiDocument } from '../descriptions/openapi-document.ts';
import { allOperations } from '../operations/all-operations.ts';
import { getAsyncApi, getOpenApi } from '../operations/description-operations.ts';
import type { Operation } from '../operations/operation.ts';
import { serve } from '../operations/serve.ts';
import { reading } from '../route-deps.ts';

/** The descriptions of the API: the same for everybody, made when the first one asks. */
export function registerDescriptionRoutes(app: FastifyInstance): void {
  serveDocument(app, getOpenApi, () => createOpenApiDocument(allOperations));
  serveDocument(app, getAsyncApi, createAsyncApiDocument);
}

function serveDocument(app: FastifyInstance, operation: Operation, create: () => Document): void {
  let made: { readonly body: string; readonly etag: string } | null = null;
  serve(
    app,
    operation,
    reading((request) => {
      made ??= textOf(create());
      const { body, etag } = made;
      const headers = { etag, 'cache-control': 'public, max-age=60' };
      return namesTag(request.headers['if-none-match'], etag)
        ? { status: 304, body: '', headers }
        : { status: 200, body, headers };
    }),
  );
}

function textOf(document: Document): { readonly body: string; readonly etag: string } {
  const body = JSON.stringify(document);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/** `If-None-Match`: tags in a list, perhaps weak ones, or `*`. */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
