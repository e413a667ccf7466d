import type { BlockHeader, BlockRef } from './block.ts';

/** Fewer blocks than this are never kept: reorgs deeper than any seen on a live chain stay inside. */
export const windowMinBlocks = 128;
/** Sized by time as well, since 128 blocks of a fast chain are seconds (H13). */
export const windowMinMs = 3_600_000;
/** A finality stall may not grow it without end (H16). */
export const windowMaxBlocks = 8_192;

/**
 * How many of the oldest blocks may leave the window: those beyond the minimum in number, in time
 * and below the finalized block; and always those beyond the maximum.
 */
export function windowSurplus(
  count: number,
  headerAt: (index: number) => BlockHeader | undefined,
  finalized: BlockRef | null,
): number {
  const head = headerAt(count - 1);
  if (head === undefined) return 0;
  const mayLeave = (header: BlockHeader): boolean =>
    finalized !== null &&
    header.number < finalized.number &&
    header.number <= head.number - windowMinBlocks &&
    header.timestampMs <= head.timestampMs - windowMinMs;
  let surplus = Math.max(0, count - windowMaxBlocks);
  for (let header = headerAt(surplus); header !== undefined && mayLeave(header); header = headerAt(surplus)) {
    surplus += 1;
  }
  return surplus;
}
