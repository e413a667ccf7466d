export interface ListWindow {
  /** Index of the first row that is drawn. */
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  /** Room above and below for those that are not. */
  readonly beforePx: number;
  readonly afterPx: number;
}

export interface WindowOptions {
  readonly count: number;
  readonly rowPx: number;
  readonly scrollPx: number;
  readonly viewPx: number;
  /** Rows drawn beyond each edge, so that scrolling shows no gap. */
  readonly overscan: number;
}

/** Which rows of a long list are drawn: as many as are seen and a few more, however long it is. */
export function listWindow({ count, rowPx, scrollPx, viewPx, overscan }: WindowOptions): ListWindow {
  const seen = Math.ceil(viewPx / rowPx) + 1;
  const top = Math.min(Math.max(0, Math.floor(scrollPx / rowPx)), Math.max(0, count - seen));
  const first = Math.max(0, top - overscan);
  const end = Math.min(count, top + seen + overscan);
  return { first, end, beforePx: first * rowPx, afterPx: (count - end) * rowPx };
}

/** Where to scroll so that a row is in sight; the same place where it is already. */
export function scrollToRow(
  index: number,
  { rowPx, scrollPx, viewPx }: Omit<WindowOptions, 'count' | 'overscan'>,
): number {
  const top = index * rowPx;
  if (top < scrollPx) return top;
  return top + rowPx > scrollPx + viewPx ? top + rowPx - viewPx : scrollPx;
}
