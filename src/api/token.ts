import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Subscriber tokens: what a tenant's server gives to a browser instead of its key. A token names
 * tenant, subscriber and end in the open and is signed (HMAC-SHA256) under a key derived from this
 * installation's secret, so nothing of it is kept anywhere, and it outlives a restart:
 * `txs_` + base64url of `{v, t, s, e}` + `.` + base64url of the signature.
 */
export interface TokenCodec {
  /** @param grant `expiresAtMs` in Unix milliseconds. */
  encode(grant: TokenGrant): string;
  /** null: no token of ours. Whether it has expired is the caller's to judge. Takes the same time for every wrong signature. */
  decode(token: string): TokenGrant | null;
}

export interface TokenGrant {
  readonly tenant: string;
  readonly subscriber: string;
  readonly expiresAtMs: number;
}

/** Secret scanners know a token by it; keys begin with `txt_`. */
export const tokenPrefix = 'txs_';

const version = 1;
const signatureBytes = 32;
/** A subscriber of 128 characters and a tenant's id, in base64url, stay far below. */
const longestToken = 4096;

interface TokenBody {
  readonly v: number;
  readonly t: string;
  readonly s: string;
  readonly e: number;
}

export function createTokenCodec(secret: Uint8Array): TokenCodec {
  // A key of its own: what is signed for cursors can never pass for a token.
  const key = createHmac('sha256', secret).update('txtrail subscriber token').digest();
  const sign = (head: string): Buffer => createHmac('sha256', key).update(head).digest();
  return {
    encode: ({ tenant, subscriber, expiresAtMs }) => {
      const body: TokenBody = { v: version, t: tenant, s: subscriber, e: expiresAtMs };
      const head = tokenPrefix + Buffer.from(JSON.stringify(body)).toString('base64url');
      return `${head}.${sign(head).toString('base64url')}`;
    },
    decode: (token) => {
      const dot = token.indexOf('.');
      if (!token.startsWith(tokenPrefix) || dot === -1 || token.length > longestToken) return null;
      const head = token.slice(0, dot);
      const given = token.slice(dot + 1);
      const signature = Buffer.from(given, 'base64url');
      // A second spelling of the same bytes (padding, stray characters) is not a token of ours.
      if (signature.length !== signatureBytes || signature.toString('base64url') !== given) return null;
      if (!timingSafeEqual(signature, sign(head))) return null;
      return grantOf(head);
    },
  };
}

/** The signature was checked: the bytes are ours, perhaps of another version. */
function grantOf(head: string): TokenGrant | null {
  const body = JSON.parse(Buffer.from(head.slice(tokenPrefix.length), 'base64url').toString('utf8')) as TokenBody;
  return body.v === version ? { tenant: body.t, subscriber: body.s, expiresAtMs: body.e } : null;
}
