import type { StoredRecord } from '../../ports/stream-broker.ts';
import type { RecordBatches } from './broker-link.ts';

export interface FetchedRecords {
  readonly records: readonly StoredRecord[];
  /** Where to go on: behind the last batch, also where compaction left nothing of it. */
  readonly next: number;
}

/** Batches that hold marks of transactions and nothing of ours. */
const controlFlag = 0b10_0000;

/** The records at or above `from`: a batch is given whole, and may begin below. */
export function recordsOf(batches: RecordBatches, from: number): FetchedRecords {
  const records: StoredRecord[] = [];
  let next = from;
  for (const batch of batches) {
    const first = Number(batch.firstOffset);
    next = Math.max(next, first + batch.lastOffsetDelta + 1);
    if ((batch.attributes & controlFlag) !== 0) continue;
    for (const { offsetDelta, key, value } of batch.records) {
      const offset = first + offsetDelta;
      if (offset < from) continue;
      records.push({
        offset,
        key: key === null ? null : key.toString(),
        value: value === null ? null : value.toString(),
      });
    }
  }
  return { records, next };
}
