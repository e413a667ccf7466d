import { isUtf8 } from 'node:buffer';
import type { ServerOptions } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import type { Duplex } from 'node:stream';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorObject } from 'ajv';
import type { Problem } from '@txtrail/protocol';
import { TxTrailError } from '../lib/error.ts';
import type { Listener } from '../ports/listener.ts';
import type { Logger } from '../ports/logger.ts';
import { faultLevel, faultProblem, notFound, problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { sendRawAnswer } from './raw-answer.ts';
import { createValidation, fieldErrors } from './validation.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's bytes as they came: what an idempotency key is bound to. */
    rawBody: Uint8Array | null;
  }
}

export interface HttpServerOptions {
  readonly limits: GatewayLimits;
  /** What is said to a request that no route takes. */
  readonly missing?: (request: FastifyRequest) => Problem;
}

export interface HttpServerDeps {
  readonly listener: Listener;
  readonly logger: Logger;
}

/**
 * The HTTP server without its routes: parsing, checking against the routes' schemas, limits and
 * error answers, the same for the gateway and the admin port. Whatever goes wrong is answered as a
 * problem; nothing of an internal error's text goes out.
 */
export function createHttpServer(options: HttpServerOptions, deps: HttpServerDeps): FastifyInstance {
  const { limits } = options;
  const missing = options.missing ?? notFound;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { querystringParser: readQuery },
    serverFactory: (handler) => deps.listener.createServer(timeLimits(limits), handler),
    frameworkErrors: (error, _request, reply) =>
      sendAnswer(reply, problemAnswer(problemOf(error, limits) ?? notFound())),
    clientErrorHandler: answerClientError,
  });
  app.server.maxConnections = limits.connections;
  readJsonBodies(app);
  checkSchemas(app);
  app.setNotFoundHandler((request, reply) => sendAnswer(reply, problemAnswer(missing(request))));
  app.setErrorHandler((error, request, reply) => {
    const known = problemOf(error as Fault, limits);
    if (known === null) logFault(deps.logger, request, error);
    return sendAnswer(reply, problemAnswer(known ?? faultProblem(error)));
  });
  return app;
}

function timeLimits(limits: GatewayLimits): ServerOptions {
  const { requestTimeoutMs: requestTimeout, keepAliveTimeoutMs: keepAliveTimeout, headersTimeoutMs } = limits;
  return {
    requestTimeout,
    keepAliveTimeout,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: headersTimeoutMs / 2,
  };
}

/** Sends an answer as it is: the body is JSON text already. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status).headers({ 'x-content-type-options': 'nosniff', ...answer.headers });
  if (answer.body === '') return reply.send();
  return reply
    .type(answer.status >= 400 ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8')
    .send(answer.body);
}

interface Fault {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message?: string;
  readonly validation?: unknown;
}

function problemOf(fault: Fault, limits: GatewayLimits): Problem | null {
  if (fault.validation !== undefined) {
    const errors = fieldErrors(fault.validation as readonly ErrorObject[], limits.mistakesShown);
    return problem('invalid_request', 'The request has mistakes; each is listed with its path.', { errors });
  }
  if (fault instanceof TxTrailError) return null;
  switch (fault.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('body_too_large', 'The body is larger than this call takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('unsupported_media_type', 'Send the body as application/json.');
    case 'malformed_json':
      return problem('malformed_json', fault.message ?? 'The body is not valid JSON.');
    case 'forbidden_key':
      return problem('bad_request', fault.message ?? 'The body holds a forbidden key.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return notFound();
    default:
      return fault.statusCode === 400 ? problem('bad_request', 'The request cannot be parsed.') : null;
  }
}

/** One parser: strict UTF-8 JSON without keys that reach a prototype (S20); any other type is 415. */
function readJsonBodies(app: FastifyInstance): void {
  app.decorateRequest('rawBody', null);
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    request.rawBody = bytes;
    // Many clients send the type with every call, also where there is no body to send.
    if (bytes.length === 0 && request.routeOptions.schema?.body === undefined) return done(null, undefined);
    if (bytes.length === 0 || !isUtf8(bytes))
      return done(parseError('malformed_json', 'The body is not JSON in UTF-8.'));
    const text = bytes.toString('utf8');
    parse(request, text, (error, value) => {
      if (error === null) done(null, value);
      else done(isJson(text) ? forbiddenKey() : parseError('malformed_json', 'The body is not valid JSON.'));
    });
  });
}

/** What the strict parser refuses although it is JSON holds a forbidden key. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function forbiddenKey(): Error {
  return parseError('forbidden_key', 'The body holds a key that is not allowed, such as "__proto__".');
}

function parseError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, statusCode: 400 });
}

function checkSchemas(app: FastifyInstance): void {
  const validation = createValidation();
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const compile = httpPart === 'querystring' ? validation.query : validation.body;
    return compile<object>(schema as object) as (value: unknown) => boolean;
  });
  app.setSchemaErrorFormatter((errors) =>
    Object.assign(new Error('The request has mistakes.'), { validation: errors }),
  );
}

/** `types` is a comma separated list, and may be repeated. */
function readQuery(text: string): Record<string, unknown> {
  const query: Record<string, unknown> = parseQuery(text);
  const { types } = query;
  if (types !== undefined) query['types'] = [types].flat().flatMap((list) => String(list).split(','));
  return query;
}

function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const found = { ...problem('bad_request', 'The request cannot be read as HTTP.'), status };
  sendRawAnswer(socket, { status, body: JSON.stringify(found) });
}

function logFault(logger: Logger, request: FastifyRequest, error: unknown): void {
  const facts = { method: request.method, route: request.routeOptions.url ?? null, error };
  const level = faultLevel(error);
  logger[level](level === 'warn' ? 'a request was turned away' : 'a request failed', facts);
}
