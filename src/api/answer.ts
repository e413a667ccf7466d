import { errorCodes } from '@txtrail/protocol';
import type { ErrorCode, FieldError, Problem } from '@txtrail/protocol';
import { TxTrailError } from '../lib/error.ts';
import type { Refusal } from '../ports/tracker-service.ts';

/** What a call answers: the body is already JSON text, so that it can be kept and given again byte by byte. */
export interface Answer {
  readonly status: number;
  /** The empty string: no body. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value) };
}

export function problem(
  code: ErrorCode,
  detail: string,
  more: { readonly errors?: readonly FieldError[] | undefined; readonly oldestCursor?: string } = {},
): Problem {
  const { status, title } = errorCodes[code];
  return {
    type: `https://txtrail.dev/errors/${code}`,
    title,
    status,
    detail,
    code,
    ...(more.errors === undefined ? {} : { errors: more.errors }),
    ...(more.oldestCursor === undefined ? {} : { oldestCursor: more.oldestCursor }),
  };
}

export function problemAnswer(found: Problem): Answer {
  const headers = headersOf(found.code);
  return { status: found.status, body: JSON.stringify(found), ...(headers === null ? {} : { headers }) };
}

/** The same body for what does not exist and for what belongs to somebody else (I11). */
export function notFound(): Problem {
  return problem('not_found', 'There is nothing by this name.');
}

export function refusalProblem(refusal: Refusal): Problem {
  return problem(refusal.code, refusal.detail, { errors: refusal.errors });
}

/** Faults of what stands behind the gateway in distributed mode. */
const unavailableCodes: ReadonlySet<string> = new Set(['store_unavailable', 'broker_unavailable']);

/**
 * The problem that an operating fault shows. Nothing of the fault's own message leaves the process:
 * it may name files or providers.
 */
export function faultProblem(fault: unknown): Problem {
  if (fault instanceof TxTrailError) {
    if (fault.code === 'log_failed')
      return problem('shutting_down', 'The log cannot be written; the server is going down.');
    if (fault.code === 'not_decided')
      return problem('unavailable', 'It is stored, and nobody decided it in time; it is safe to send it again.');
    if (unavailableCodes.has(fault.code))
      return problem('unavailable', 'A service that it stands on cannot be reached; it is safe to send it again.');
    if (fault.retryable) return problem('overloaded', 'Too much work is waiting; try again a little later.');
  }
  return problem('internal', 'The request failed on our side; it is safe to send it again.');
}

/** A service that is away is missed by every caller at once, and none of them is at fault. */
export function faultLevel(fault: unknown): 'warn' | 'error' {
  return fault instanceof TxTrailError && fault.retryable ? 'warn' : 'error';
}

function headersOf(code: ErrorCode): Readonly<Record<string, string>> | null {
  switch (code) {
    case 'unauthorized':
      return { 'www-authenticate': 'Bearer' };
    case 'token_expired':
      return { 'www-authenticate': 'Bearer error="invalid_token", error_description="The token has expired"' };
    case 'overloaded':
    case 'unavailable':
    case 'too_many_requests':
      return { 'retry-after': '1' };
    case 'shutting_down':
      return { 'retry-after': '2', connection: 'close' };
    default:
      return null;
  }
}
