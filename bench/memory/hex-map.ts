/** The peer of the memory: a Map with hashes as hex strings for keys, and nothing else. To be run with --expose-gc. */
import { randomBytes } from 'node:crypto';

export interface HexMapRequest {
  /** Grows the map to so many. */
  readonly count: number;
}

export interface HexMapReply {
  readonly kind: 'memory';
  readonly size: number;
  readonly resident: number;
  readonly heapUsed: number;
  readonly external: number;
}

const map = new Map<string, number>();

process.on('message', ({ count }: HexMapRequest) => {
  while (map.size < count) map.set(`0x${randomBytes(32).toString('hex')}`, map.size);
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ kind: 'memory', size: map.size, resident: rss, heapUsed, external } satisfies HexMapReply);
});
process.on('disconnect', () => process.exit(0));
