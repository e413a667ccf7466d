import type { TxTrailEvent } from './event.ts';
import type { Transaction, TrackRequest } from './transaction.ts';

export const websocketSubprotocol = 'txtrail.v1';

/** Codes 4000–4499 mean "reconnect with your cursor"; 4500–4999 mean "do not". */
export const closeCodes = {
  shutdown: 4001,
  tokenExpired: 4005,
  tooSlow: 4008,
  tooMany: 4029,
  badToken: 4500,
  badFrame: 4501,
  revoked: 4503,
  quota: 4504,
} as const;

/** What each code that this version closes with says, for people. */
export const closeCodeMeanings = {
  shutdown: 'the server shuts down: reconnect',
  tokenExpired: 'the token has expired: reconnect with a new one',
  tooSlow: 'what was sent was not read: reconnect',
  badToken: 'no valid key or token came in time',
  badFrame: 'a frame that is not a JSON object in text',
} as const satisfies Partial<Record<keyof typeof closeCodes, string>>;

export interface SubscribeFrame {
  readonly type: 'subscribe';
  readonly id: string;
  readonly subscriber?: string | undefined;
  readonly consumer?: string | undefined;
  /** `ack` (the default), `latest`, `earliest`, or a cursor. */
  readonly from?: string | undefined;
  readonly types?: readonly string[] | undefined;
  readonly transaction?: string | undefined;
  readonly chain?: string | undefined;
  /** The most events that may be unacknowledged at a time; 0: no acknowledgement, at most once. */
  readonly window?: number | undefined;
}

export type ClientFrame =
  | { readonly type: 'auth'; readonly token: string }
  | SubscribeFrame
  | { readonly type: 'ack'; readonly id: string; readonly cursor: string }
  | { readonly type: 'track'; readonly id: string; readonly transaction: TrackRequest }
  | { readonly type: 'unsubscribe'; readonly id: string }
  | { readonly type: 'ping' };

export type ServerFrame =
  | { readonly type: 'subscribed'; readonly id: string; readonly cursor: string; readonly recovered: boolean }
  | { readonly type: 'event'; readonly id: string; readonly cursor: string; readonly event: TxTrailEvent }
  | { readonly type: 'tracked'; readonly id: string; readonly transaction: Transaction }
  | { readonly type: 'unsubscribed'; readonly id: string }
  | { readonly type: 'pong' }
  | { readonly type: 'reset'; readonly id: string; readonly reason: string; readonly oldestCursor: string }
  | { readonly type: 'reconnect'; readonly afterMs: number }
  | { readonly type: 'error'; readonly id: string | null; readonly code: string; readonly message: string };
