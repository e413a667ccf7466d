/** One subscriber's kept events as retention sees them: everything up to a seq, as places of the stream. */
export interface StreamAges {
  /** The seq just before the oldest event kept. */
  readonly trimmed: number;
  /** Events up to here are older than the least that is kept in any case. */
  readonly youngThrough: number;
  /** Events up to here are older than the most that is kept. */
  readonly oldThrough: number;
  /** The lowest seq that all known consumers, of the subscriber and of the whole tenant, acknowledged; null: none is known. */
  readonly readThrough: number | null;
}

export interface StreamRetention {
  /** Events up to here go; `trimmed` where none does. */
  readonly through: number;
  /** Of those, the ones that a known consumer had not acknowledged. */
  readonly expired: { readonly fromSeq: number; readonly throughSeq: number } | null;
}

/** At least so long and until every known consumer has acknowledged, and never longer than the most. */
export function retentionOf({ trimmed, youngThrough, oldThrough, readThrough }: StreamAges): StreamRetention {
  const read = readThrough ?? Number.POSITIVE_INFINITY;
  const unread = Math.max(trimmed, read);
  return {
    through: Math.max(trimmed, Math.min(youngThrough, read), oldThrough),
    expired: oldThrough > unread ? { fromSeq: unread + 1, throughSeq: oldThrough } : null,
  };
}
