import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '@txtrail/protocol';
import type { PageFolder } from '../../ports/page-folder.ts';
import { notFound, problem } from '../answer.ts';

/**
 * Scripts, styles and pictures from here alone, connections to here alone (WebSockets among them),
 * and nobody may frame it: a script that came in by another way could use the key that is typed in.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Names as the build makes them: no segment begins with a dot, so none leads up, and none is hidden. */
const fileName = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+$/;

/** The live page at `/`, as built files. What it shows has its address behind `#`, so no other path is the page. */
export function registerPageRoutes(app: FastifyInstance, page: PageFolder): void {
  app.register(fastifyStatic, {
    root: page.path,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    suppressWarning: true,
    allowedPath: (path) => page.holds(path.replace(/^\//, '')),
  });
  app.get('/', (_request, reply) => sendFile(reply, 'index.html', 'no-cache'));
  // Their names change with their content.
  const immutable = 'public, max-age=31536000, immutable';
  app.get('/assets/*', (request, reply) => sendFile(reply, `assets/${wildcardOf(request)}`, immutable));
  app.get('/:file', (request, reply) => sendFile(reply, (request.params as { file: string }).file, 'no-cache'));
}

function wildcardOf(request: FastifyRequest): string {
  return (request.params as { readonly '*': string })['*'];
}

function sendFile(reply: FastifyReply, name: string, cacheControl: string): FastifyReply {
  if (!fileName.test(name)) {
    reply.callNotFound();
    return reply;
  }
  return reply.headers({ ...pageHeaders, 'cache-control': cacheControl }).sendFile(name);
}

/** What is said where nothing is found: at `/`, that the page is not there yet. */
export function missingPage(request: FastifyRequest): Problem {
  if (request.url.split('?')[0] !== '/') return notFound();
  return problem('not_found', 'The live page is not built: run npm run build:dashboard, then load this again.');
}
