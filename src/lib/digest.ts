import { createHash } from 'node:crypto';

/** First 128 bits of SHA-256 over parts that are told apart by their lengths; 32 hex digits. */
export function digest128(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, 32);
}
