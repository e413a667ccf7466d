import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { TxTrailError } from '../lib/error.ts';
import { redactUrls } from '../lib/redact-urls.ts';
import type { LogFacts, Logger } from '../ports/logger.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Log lines that wait for a stderr that nobody reads; what comes on top is dropped rather than kept. */
const waitingBytes = 1024 * 1024;

/** JSON lines on stderr. Of every URL in a fact or an error only scheme and host are written (S19). */
export function createLogger(options: LoggerOptions, deps: { readonly stream?: DestinationStream } = {}): Logger {
  const stream = deps.stream ?? destination({ dest: 2, sync: false, minLength: 0, maxLength: waitingBytes });
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFacts },
    },
    stream,
  );
  return wrap(logger);
}

function wrap(logger: PinoLogger<never>): Logger {
  return {
    debug: (message, facts = {}) => logger.debug(facts, message),
    info: (message, facts = {}) => logger.info(facts, message),
    warn: (message, facts = {}) => logger.warn(facts, message),
    error: (message, facts = {}) => logger.error(facts, message),
    child: (facts) => wrap(logger.child(redactFacts(facts))),
  };
}

function redactFacts(facts: LogFacts): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, redact(value, 0)]));
}

/** Facts are small and flat; what is nested deeper than this is somebody's payload and is left out. */
const deepest = 4;

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.includes('://') ? redactUrls(value) : value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '…';
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, redact(entry, depth + 1)]));
}

function describeError(error: Error, depth: number): object {
  const { code, facts } = error as { readonly code?: unknown; readonly facts?: unknown };
  // Of what passes by itself its code says more than the place in our sources, which many lines would repeat.
  const isPassing = error instanceof TxTrailError && error.retryable;
  return {
    name: error.name,
    message: redactUrls(error.message),
    ...(code === undefined ? {} : { code: String(code) }),
    ...(facts === undefined ? {} : { facts: redact(facts, depth + 1) }),
    ...(isPassing ? {} : { stack: redactUrls(error.stack ?? '') }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
