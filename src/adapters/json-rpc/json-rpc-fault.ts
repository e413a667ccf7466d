import { TxTrailError } from '../../lib/error.ts';

/** Longest part of a provider's own words that a message of ours repeats. */
export const excerptMaxChars = 200;

/**
 * What kind of trouble an error object of a provider is. Codes collide between clients, so messages
 * are read first; the order of the table is part of it.
 */
export type RpcErrorClass = 'rate_limit' | 'quota' | 'indexing' | 'missing_data' | 'unsupported' | 'other';

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
}

const errorPatterns: readonly (readonly [RpcErrorClass, RegExp])[] = [
  ['quota', /monthly capacity limit|\/billing|reached the free tier|daily request count exceeded|quota/],
  ['rate_limit', /too many requests|rate limit|request limit|has exceeded|credits limited to|over rate/],
  [
    'unsupported',
    /method is not whitelisted|not included in your current plan|method not found|not supported|does not exist\/is not available/,
  ],
  // "Not yet indexed" is no answer at all, so it is kept apart from what a provider does not have (H31).
  ['indexing', /indexing is in progress/],
  [
    'missing_data',
    /header not found|unknown block|block not found|missing trie node|beyond head block|history unavailable|pruned history|block .*not available|(?:safe|finalized) (?:block|is not)|transaction not found/,
  ],
];

const errorCodeClasses: Readonly<Record<number, RpcErrorClass>> = {
  429: 'rate_limit',
  [-32005]: 'rate_limit',
  [-32601]: 'unsupported',
  [-32004]: 'unsupported',
  [-32001]: 'missing_data',
  [-39001]: 'missing_data',
  4444: 'missing_data',
};

export function classifyRpcError(error: RpcErrorObject): RpcErrorClass {
  const message = error.message.toLowerCase();
  for (const [errorClass, pattern] of errorPatterns) {
    if (pattern.test(message)) return errorClass;
  }
  return errorCodeClasses[error.code] ?? 'other';
}

export interface FaultPlace {
  readonly provider: string;
  readonly method: string;
}

/** An error object as a TxTrailError: `provider_rate_limited`, or `provider_error` with its class in the facts. */
export function rpcErrorFault(place: FaultPlace, error: RpcErrorObject): TxTrailError {
  const errorClass = classifyRpcError(error);
  const limited = errorClass === 'rate_limit' || errorClass === 'quota';
  return new TxTrailError(
    limited ? 'provider_rate_limited' : 'provider_error',
    `${place.provider} answered ${place.method} with error ${error.code}: ${excerpt(error.message)}`,
    {
      retryable: errorClass !== 'unsupported',
      facts: { ...place, errorClass, rpcCode: error.code, rpcMessage: excerpt(error.message) },
    },
  );
}

export function badAnswer(place: FaultPlace, wrong: string): TxTrailError {
  return new TxTrailError('provider_bad_answer', `${place.provider} answered ${place.method} with ${wrong}`, {
    retryable: true,
    facts: { ...place },
  });
}

export function timedOut(place: FaultPlace, timeoutMs: number): TxTrailError {
  return new TxTrailError('provider_timeout', `${place.provider} did not answer ${place.method} in ${timeoutMs} ms`, {
    retryable: true,
    facts: { ...place, timeoutMs },
  });
}

/** `why` must not come from a URL: a path or query of an endpoint holds its key. */
export function unreachable(place: FaultPlace, why: string, cause?: unknown): TxTrailError {
  return new TxTrailError('provider_unreachable', `${place.provider} cannot be reached for ${place.method}: ${why}`, {
    retryable: true,
    facts: { ...place },
    cause,
  });
}

export function limited(place: FaultPlace, status: number, retryAfterMs: number | null): TxTrailError {
  const errorClass: RpcErrorClass = status === 402 ? 'quota' : 'rate_limit';
  return new TxTrailError('provider_rate_limited', `${place.provider} refused ${place.method} with HTTP ${status}`, {
    retryable: true,
    facts: { ...place, errorClass, status, retryAfterMs },
  });
}

/** The class of a provider's error object; null for every other error. */
export function rpcErrorClassOf(error: unknown): RpcErrorClass | null {
  if (!(error instanceof TxTrailError)) return null;
  const errorClass = error.facts['errorClass'];
  return typeof errorClass === 'string' ? (errorClass as RpcErrorClass) : null;
}

/** A provider's words made fit for a log line: no control characters, one line, bounded, addresses cut out. */
export function excerpt(text: string): string {
  const clean = text
    .slice(0, excerptMaxChars * 4)
    // Some gateways repeat the address asked, and with it the key.
    .replace(/\b(?:https?|wss?):\/\/\S+/gi, '[address]')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean.length <= excerptMaxChars ? clean : `${clean.slice(0, excerptMaxChars)}…`;
}

/** The system's code of a connection error, such as `ECONNREFUSED`: its message may hold an address. */
export function connectionErrorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'connection failed';
}
