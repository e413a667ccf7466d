import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/clock.ts';

/** Bytes from the operating system's generator; fractions from the cheap one, for they only spread retries. */
export function createSystemRandom(): Random {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    fraction: () => Math.random(),
  };
}
