/**
 * Where a derived record comes from. A source writes its records in the order of (position,
 * ordinal), so a reader that keeps the last origin of each source and drops what is not newer sees
 * each record once, however often a crash makes the source say it again.
 */
export interface Origin {
  /** The owner that derived it, such as `status/12` or `sender/5`. */
  readonly source: string;
  /** Journal position of the input it follows from. */
  readonly position: number;
  /** Its place among what that input gave. */
  readonly ordinal: number;
}

export function isNewer(origin: Origin, last: Origin | undefined): boolean {
  if (last === undefined) return true;
  if (origin.position !== last.position) return origin.position > last.position;
  return origin.ordinal > last.ordinal;
}
