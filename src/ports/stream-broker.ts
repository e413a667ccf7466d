import type { StreamName } from '../core/records/stream.ts';

/** What a producer hands over. The broker neither reads nor changes it. */
export interface BrokerRecord {
  /** What compaction goes by, where the stream is compacted; null elsewhere. */
  readonly key: string | null;
  /** null: in a compacted stream, nothing stands under the key any more. */
  readonly value: string | null;
}

export interface StoredRecord extends BrokerRecord {
  /** Its place in the stream. What is compacted leaves a gap. */
  readonly offset: number;
}

/**
 * Many ordered streams kept by a service that outlives this process. There is no order between
 * streams, and no time: whoever needs either writes it down (a journal). Several processes may
 * append to one stream; nothing here keeps an old owner out (docs/internals/partitions.md).
 *
 * Its contract, which `test/conformance/stream-broker.ts` holds every adapter to:
 *
 * - `append` resolves when its records are stored so that the loss of any one machine loses nothing.
 *   They keep their order, and so do calls on one stream. Each is stored once, whatever had to be
 *   tried again within the call.
 * - Where a call cannot be finished within the adapter's bound it rejects with
 *   `broker_unavailable`, and its records may be stored, now or a little later, or not: whoever must
 *   know reads the stream.
 * - What is read is stored; nothing that was read vanishes.
 * - Offsets of a stream rise by one with every record stored, so whoever appends and gets the offset
 *   that follows on what it has read knows that nothing stands between.
 */
export interface StreamBroker {
  /** The records' offsets, in order. @throws TxTrailError `broker_unavailable` */
  append(stream: StreamName, records: readonly BrokerRecord[]): Promise<readonly number[]>;

  /** `start`: the oldest offset kept. `end`: where the next record will stand. @throws TxTrailError `broker_unavailable` */
  bounds(stream: StreamName): Promise<{ readonly start: number; readonly end: number }>;

  /**
   * The records from `from` up to (not including) `until`, in batches; no further than the end that
   * the stream had at the call.
   * @throws TxTrailError `record_missing` where `from` is below the oldest kept or above the end: nothing is skipped
   */
  read(stream: StreamName, from: number, until: number): AsyncIterable<readonly StoredRecord[]>;

  /**
   * Hands over every record from `from` on, in batches, and goes on with what comes. The next batch
   * is fetched when the sink's promise resolved: who is slow is not flooded. Faults of the service are
   * waited out; `onFailure` is called once, and nothing after it, where it cannot go on
   * (`record_missing`), or when the sink threw.
   */
  follow(
    stream: StreamName,
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
    onFailure: (cause: Error) => void,
  ): BrokerFollower;

  /**
   * Gives up what is below `before`: the stream begins exactly there afterwards, unless it began
   * later. @throws TxTrailError `broker_unavailable`
   */
  trim(stream: StreamName, before: number): Promise<void>;

  /** Lets go of connections and followers. What was handed to `append` is finished before. */
  close(): Promise<void>;
}

export interface BrokerFollower {
  /** Resolves when the sink is not called any more; not to be awaited within the sink. */
  stop(): Promise<void>;
}
