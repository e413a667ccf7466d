import type { CallDetails, ChainId, Hash } from '../core/chain/block.ts';

/** Reads a signed raw transaction of a chain: form, chain id and signature checked. */
export interface RawDecoder {
  decode(chain: ChainId, raw: string): DecodedRaw;
}

export type DecodedRaw =
  | { readonly ok: true; readonly hash: Hash; readonly details: CallDetails }
  | { readonly ok: false; readonly reason: string };
