import type { Ribbon, RibbonBlock } from './ribbon-layout.ts';

/** The block that an arrow key leads to: along a row, or to the nearest block of the row above or below. */
export function neighbourOf(ribbon: Ribbon, from: RibbonBlock, key: string): RibbonBlock | null {
  switch (key) {
    case 'ArrowLeft':
      return nearest(ribbon, from.row, from.column, (column) => column < from.column);
    case 'ArrowRight':
      return nearest(ribbon, from.row, from.column, (column) => column > from.column);
    case 'ArrowDown':
      return nextRow(ribbon, from, 1);
    case 'ArrowUp':
      return nextRow(ribbon, from, -1);
    case 'Home':
      return nearest(ribbon, 0, 0, () => true);
    case 'End':
      return ribbon.blocks.find(({ isHead }) => isHead) ?? null;
    default:
      return null;
  }
}

function nextRow(ribbon: Ribbon, from: RibbonBlock, step: 1 | -1): RibbonBlock | null {
  for (let row = from.row + step; row >= 0 && row < ribbon.rows; row += step) {
    const found = nearest(ribbon, row, from.column, () => true);
    if (found !== null) return found;
  }
  return null;
}

function nearest(
  ribbon: Ribbon,
  row: number,
  column: number,
  isAllowed: (column: number) => boolean,
): RibbonBlock | null {
  const distance = (one: RibbonBlock): number => Math.abs(one.column - column);
  const allowed = ribbon.blocks.filter((one) => one.row === row && isAllowed(one.column));
  return allowed.reduce<RibbonBlock | null>(
    (best, one) => (best === null || distance(one) < distance(best) ? one : best),
    null,
  );
}
