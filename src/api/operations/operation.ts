import type { ErrorCode } from '@txtrail/protocol';
import type { JsonSchema } from '@txtrail/protocol/answers';

/**
 * One call of the HTTP API. The route that serves it and the API description are made of the same
 * object, so that neither can say what the other does not.
 */
export interface Operation {
  /** Unique; clients that are generated from the description name their functions after it. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the names of parameters in braces: `/v1/chains/{chain}`. */
  readonly path: string;
  readonly topic: Topic;
  /** What it does, in half a line. */
  readonly summary: string;
  /** What is worth knowing beside, in sentences. */
  readonly description?: string;
  readonly access: Access;
  /** It also takes a token (never a key) as `?token=`, for clients that cannot set headers. */
  readonly takesTokenInUrl?: boolean;
  /** A write takes an `Idempotency-Key`. */
  readonly isWrite: boolean;
  /** Schemas of the path's parameters. They are described, not checked: what does not exist is 404, however it is written. */
  readonly pathParameters?: Readonly<Record<string, JsonSchema>>;
  /** What the query is checked against; null: anything is let through. */
  readonly query: ObjectSchema | null;
  /** What the body is checked against. */
  readonly body?: ObjectSchema;
  /** Request headers of this call alone. */
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  readonly answers: readonly OperationAnswer[];
  /** Codes that belong to this call; those that every call has are added by `problemsOf`. */
  readonly problems: readonly ErrorCode[];
}

export type Topic = 'transactions' | 'events' | 'chains' | 'tokens' | 'descriptions';

/** `public`: no key. `tenant`: a tenant's key. `subscriber`: that, or a subscriber's token for what is its own. */
export type Access = 'public' | 'tenant' | 'subscriber';

export type ObjectSchema = {
  readonly type: 'object';
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
};

export interface OperationAnswer {
  readonly status: number;
  readonly when: string;
  /** Left out: no body. */
  readonly schema?: JsonSchema;
  /** Left out: `application/json`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, JsonSchema>>;
  readonly links?: readonly OperationLink[];
}

/** What the answer is good for next: a value of it is a parameter of another call. */
export interface OperationLink {
  readonly name: string;
  readonly operationId: string;
  /** `PARAMETER: EXPRESSION`, such as `id: '$response.body#/id'`. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Every code that a call may answer with, in the order of their status. */
export function problemsOf(operation: Operation): readonly ErrorCode[] {
  const { access, body, isWrite, query } = operation;
  return [
    'bad_request',
    ...(body === undefined ? [] : (['malformed_json', 'body_too_large', 'unsupported_media_type'] as const)),
    ...(access === 'public' ? [] : (['unauthorized', 'token_expired', 'forbidden'] as const)),
    ...(isWrite ? (['idempotency_conflict'] as const) : []),
    ...(query === null && body === undefined ? [] : (['invalid_request'] as const)),
    ...operation.problems,
    'internal',
    'overloaded',
    'unavailable',
    'shutting_down',
  ];
}
