import type { Problem } from '@txtrail/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Credentials } from '../ports/credentials.ts';
import { problem } from './answer.ts';
import type { Caller } from './caller.ts';
import { createTokenCodec } from './token.ts';
import type { TokenCodec, TokenGrant } from './token.ts';

export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' };

/** Says who calls, by a tenant's key or a subscriber's token. */
export interface Authenticator {
  /** Of what an `Authorization` header or an `auth` frame carries. */
  authenticate(secret: string): Authentication;
  /** Of what a URL carries: a token alone. A key stands for the whole tenant, and URLs end up in histories and logs. */
  authenticateToken(token: string): Authentication;
  /** Makes a token. @param ttlMs how long it lasts, milliseconds. */
  grant(tenant: string, subscriber: string, ttlMs: number): { readonly token: string; readonly expiresAtMs: number };
}

export function createAuthenticator(deps: { readonly credentials: Credentials; readonly clock: Clock }): Authenticator {
  const tokens: TokenCodec = createTokenCodec(deps.credentials.cursorSecret);
  const judge = ({ tenant, subscriber, expiresAtMs }: TokenGrant): Authentication =>
    deps.clock.now() < expiresAtMs
      ? { kind: 'caller', caller: { tenant, subscriber, expiresAtMs } }
      : { kind: 'expired' };
  return {
    authenticate: (secret) => {
      const grant = tokens.decode(secret);
      if (grant !== null) return judge(grant);
      const tenant = deps.credentials.tenantOf(secret);
      if (tenant === null) return { kind: 'unknown' };
      return { kind: 'caller', caller: { tenant, subscriber: null, expiresAtMs: null } };
    },
    authenticateToken: (token) => {
      const grant = tokens.decode(token);
      return grant === null ? { kind: 'unknown' } : judge(grant);
    },
    grant: (tenant, subscriber, ttlMs) => {
      const expiresAtMs = deps.clock.now() + ttlMs;
      return { token: tokens.encode({ tenant, subscriber, expiresAtMs }), expiresAtMs };
    },
  };
}

/** What `Authorization: Bearer …` carries; null: the header is absent or of another scheme. */
export function bearerSecret(header: string | undefined): string | null {
  if (header === undefined) return null;
  const match = /^bearer +([^\s]+) *$/i.exec(header);
  return match?.[1] ?? null;
}

/** The problem that one who is not let in gets. */
export function notAuthenticated(kind: 'expired' | 'unknown', detail: string): Problem {
  return kind === 'expired'
    ? problem('token_expired', 'The token has expired; come back with a new one.')
    : problem('unauthorized', detail);
}
