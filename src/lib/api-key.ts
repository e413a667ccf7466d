import { hash } from 'node:crypto';

const keyBytes = 32;

/** A key that nobody can guess; the prefix tells people what they look at. */
export function makeKey(prefix: 'txt_' | 'txa_', random: { bytes(count: number): Uint8Array }): string {
  return prefix + Buffer.from(random.bytes(keyBytes)).toString('base64url');
}

/** SHA-256: keys are random, so nothing slower is needed. Equal lengths whatever the key, so that comparing takes the same time. */
export function digestOfKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
