import type { Refresh } from '@txtrail/protocol';
import type { RegistrationOutcome } from '../partition/registration-input.ts';

/** `replies/<n>`: what the gateway waits for that asked. One that gets lost is not said again: who waited asks anew. */
export type ReplyRecord =
  | { readonly kind: 'outcome'; readonly requestId: string; readonly outcome: RegistrationOutcome }
  /** Something was said of the transaction, or its broadcast was judged, since it was registered. */
  | { readonly kind: 'word'; readonly gateway: string; readonly id: string }
  /** null: too many are being asked about. */
  | { readonly kind: 'refresh'; readonly requestId: string; readonly refresh: Refresh | null };

/** `probes/<n>`: beside the core's own questions, one that a gateway waits for. */
export interface RefreshQuestion {
  readonly kind: 'refresh';
  readonly requestId: string;
  readonly chain: string;
  readonly hash: string;
}

/** A request names the gateway that waits: `GATEWAY-COUNT`. */
export function gatewayOf(requestId: string): string {
  return requestId.slice(0, requestId.lastIndexOf('-'));
}
