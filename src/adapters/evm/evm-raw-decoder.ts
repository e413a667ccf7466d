import type { DecodedRaw, RawDecoder } from '../../ports/raw-decoder.ts';
import { decodeRawTransaction } from './raw-transaction.ts';

/** Raw transactions of EIP-155 chains. */
export class EvmRawDecoder implements RawDecoder {
  decode(chain: string, raw: string): DecodedRaw {
    const decoded = decodeRawTransaction(raw);
    if (!decoded.ok) return { ok: false, reason: decoded.reason.message };
    const { hash, chainId, details } = decoded.transaction;
    if (`eip155:${chainId}` !== chain) {
      return { ok: false, reason: `is signed for chain id ${chainId}, not for ${chain}` };
    }
    return { ok: true, hash, details };
  }
}
