/** Places of the ribbon in pixels. Columns follow from the width; rows are fixed. */
export interface RibbonGeometry {
  readonly columns: number;
  /** From one block to the next. */
  readonly pitchPx: number;
  readonly blockPx: number;
  readonly waitingPx: number;
  readonly waitingPlaces: number;
  /** Columns that the caption of a branch takes. */
  readonly captionColumns: number;
  /** Every so many heights there is a number below. */
  readonly labelEvery: number;
}

export const blockHeightPx = 50;
export const railHeightPx = 26;
const heightLabelPx = 20;
export const branchRowPx = 62;
const gapPx = 6;
const dotPitchPx = 10;

/** Where a finger or a pointer can still tell two blocks apart. */
const leastPitchPx = 25;
const mostColumns = 60;
const narrowPx = 700;
const captionPx = 142;

export function ribbonGeometry(widthPx: number): RibbonGeometry {
  const isNarrow = widthPx < narrowPx;
  const waitingPx = isNarrow ? 66 : 96;
  const room = Math.max(leastPitchPx, widthPx - waitingPx - gapPx);
  const columns = Math.max(1, Math.min(mostColumns, Math.floor(room / leastPitchPx)));
  const pitchPx = room / columns;
  return {
    columns,
    pitchPx,
    blockPx: pitchPx - gapPx,
    waitingPx,
    waitingPlaces: isNarrow ? 10 : 16,
    captionColumns: Math.ceil(captionPx / pitchPx),
    labelEvery: isNarrow ? 4 : 5,
  };
}

export function blockX(column: number, { pitchPx }: RibbonGeometry): number {
  return column * pitchPx;
}

export function blockY(row: number): number {
  return row === 0 ? railHeightPx : railHeightPx + blockHeightPx + heightLabelPx + (row - 1) * branchRowPx;
}

/** The height of everything; one row below is always kept free, so that a reorg moves nothing else. */
export function ribbonHeight(rows: number): number {
  return blockY(Math.max(2, rows)) - 6;
}

/** The middle of a dot on a block. */
export function dotPlace(column: number, row: number, slot: number, geometry: RibbonGeometry) {
  return { x: blockX(column, geometry) + geometry.blockPx / 2, y: blockY(row) + 8.5 + slot * dotPitchPx };
}

/** The middle of a dot that waits for a block: in lines, from the head outward. */
export function waitingPlace(slot: number, geometry: RibbonGeometry) {
  const perLine = Math.max(1, Math.floor(geometry.waitingPlaces / 2));
  const pitch = (geometry.waitingPx - 16) / perLine;
  return {
    x: blockX(geometry.columns, geometry) + 8 + pitch / 2 + (slot % perLine) * pitch,
    y: blockY(0) + 15 + Math.floor(slot / perLine) * 15,
  };
}

/** A line from a block to the next; from the canonical row down to a branch it bends. */
export function linkPath(
  link: { readonly fromColumn: number; readonly fromRow: number; readonly toColumn: number; readonly toRow: number },
  geometry: RibbonGeometry,
): string {
  const fromX = blockX(link.fromColumn, geometry) + geometry.blockPx;
  const fromY = blockY(link.fromRow) + blockHeightPx / 2;
  const toX = blockX(link.toColumn, geometry);
  const toY = blockY(link.toRow) + blockHeightPx / 2;
  if (link.fromRow === link.toRow) return `M${fromX} ${fromY}H${toX}`;
  const startX = blockX(link.fromColumn, geometry) + geometry.blockPx / 2;
  const startY = blockY(link.fromRow) + blockHeightPx;
  const bend = Math.min(14, toX - startX);
  return `M${startX} ${startY}V${toY - bend}q0 ${bend} ${bend} ${bend}H${toX}`;
}
