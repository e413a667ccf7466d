import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Cursors are places that only this installation can issue, and only for whom they were issued:
 * version (1 byte), kind (1), place (8, big endian), truncated HMAC-SHA256 (16) over version, kind,
 * tenant, subject and place. Tenant and subject are not in the cursor, so it shows nothing of
 * them, and a cursor presented by another tenant, or for another subject, does not verify.
 */
export interface CursorCodec {
  encode(scope: CursorScope, place: number): string;
  /** The place, or null: the cursor is not one of ours for this scope. Takes the same time for every wrong signature. */
  decode(scope: CursorScope, cursor: string): number | null;
}

export interface CursorScope {
  readonly kind: CursorKind;
  readonly tenant: string;
  /** The subscriber, or the transaction whose history is read; null where the kind has none. */
  readonly subject: string | null;
}

export type CursorKind = 'tenant_events' | 'subscriber_events' | 'transactions' | 'history' | 'chains';

const version = 1;
const kindBytes: Readonly<Record<CursorKind, number>> = {
  tenant_events: 1,
  subscriber_events: 2,
  transactions: 3,
  history: 4,
  chains: 5,
};
const headBytes = 10;
const signatureBytes = 16;

export function createCursorCodec(secret: Uint8Array): CursorCodec {
  return {
    encode: (scope, place) => {
      const head = headOf(scope.kind, place);
      return Buffer.concat([head, sign(secret, scope, head)]).toString('base64url');
    },
    decode: (scope, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url');
      // A second spelling of the same bytes (padding, stray characters) is not a cursor of ours.
      if (bytes.length !== headBytes + signatureBytes || bytes.toString('base64url') !== cursor) return null;
      const head = bytes.subarray(0, headBytes);
      if (head[0] !== version || head[1] !== kindBytes[scope.kind]) return null;
      if (!timingSafeEqual(bytes.subarray(headBytes), sign(secret, scope, head))) return null;
      return Number(head.readBigUInt64BE(2));
    },
  };
}

/** Whose events a cursor stands in. */
export function eventCursorScope(scope: { readonly tenant: string; readonly subscriber: string | null }): CursorScope {
  const kind = scope.subscriber === null ? 'tenant_events' : 'subscriber_events';
  return { kind, tenant: scope.tenant, subject: scope.subscriber };
}

function headOf(kind: CursorKind, place: number): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head[0] = version;
  head[1] = kindBytes[kind];
  head.writeBigUInt64BE(BigInt(place), 2);
  return head;
}

/** Lengths stand before the texts, so that no two scopes give the same bytes to sign. */
function sign(secret: Uint8Array, scope: CursorScope, head: Uint8Array): Buffer {
  const subject = scope.subject ?? '';
  return createHmac('sha256', secret)
    .update(head)
    .update(`${scope.tenant.length}:${scope.tenant}${subject.length}:${subject}`)
    .digest()
    .subarray(0, signatureBytes);
}
