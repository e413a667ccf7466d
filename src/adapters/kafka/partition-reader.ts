import { TxTrailError } from '../../lib/error.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import type { BrokerLink, FetchAnswer } from './broker-link.ts';
import type { Cluster } from './cluster.ts';
import { faultCodes, faultOf, PassingFault } from './fault-codes.ts';
import { type FetchedRecords, recordsOf } from './fetched-records.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';
import type { Patience } from './patience.ts';

export interface PartitionReaderOptions {
  /** Bytes asked for at once; one batch may be larger. */
  readonly readBytes: number;
}

/** What it needs of the cluster. */
export interface ReaderCluster extends Pick<Cluster, 'leaderOf' | 'forgetLeader' | 'refresh'> {
  link(nodeId: number, purpose: 'read'): Promise<ReaderLink>;
}

type ReaderLink = Pick<BrokerLink, 'fetchParts' | 'offset' | 'deleteBelow'>;

export interface PartitionReaderDeps {
  readonly cluster: ReaderCluster;
  readonly patience: Patience;
}

export interface Bounds {
  readonly start: number;
  readonly end: number;
}

export interface FetchedPiece extends FetchedRecords {
  /** The end, as the leader knew it: it may be a little behind after a change of leaders, and never ahead. */
  readonly knownEnd: number;
}

/** Asks for single partitions, each piece by itself, and waits out what passes. */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #cluster: ReaderCluster;
  readonly #patience: Patience;

  constructor(options: PartitionReaderOptions, deps: PartitionReaderDeps) {
    this.#options = options;
    this.#cluster = deps.cluster;
    this.#patience = deps.patience;
  }

  /** @throws TxTrailError `broker_unavailable` */
  bounds(place: PartitionPlace): Promise<Bounds> {
    return this.#askLeader(`The question how far ${keyOf(place)} reaches`, place, async (link) => {
      const [start, end] = await Promise.all([link.offset(place, 'start'), link.offset(place, 'end')]);
      for (const { code } of [start, end]) if (code !== 0) throw faultOf(keyOf(place), code);
      return { start: start.offset, end: end.offset };
    });
  }

  /**
   * The records from `from` up to (not including) `until`, and no further than the end now.
   * @throws TxTrailError `record_missing`, `broker_unavailable`
   */
  async *read(place: PartitionPlace, from: number, until: number): AsyncGenerator<readonly StoredRecord[]> {
    let end = 0;
    for (let next = from; next < (end || until); ) {
      const piece = await this.pieceFrom(place, next, end);
      // A leader that is new may not know yet how far it may give, so it is asked for the true end.
      end ||= piece.knownEnd >= until ? until : Math.min(until, (await this.bounds(place)).end);
      const limit = end;
      const records = piece.next <= limit ? piece.records : piece.records.filter(({ offset }) => offset < limit);
      if (records.length > 0) yield records;
      // Compaction left nothing of what is before the end.
      if (piece.next === next && piece.knownEnd >= limit) return;
      next = piece.next;
    }
  }

  /** @throws TxTrailError `broker_unavailable` */
  async deleteBelow(place: PartitionPlace, before: number): Promise<void> {
    const { start, end } = await this.bounds(place);
    const offset = Math.min(before, end);
    if (offset <= start) return;
    await this.#askLeader(`Trimming ${keyOf(place)} to ${offset}`, place, async (link) => {
      const code = await link.deleteBelow(place, offset);
      if (code !== 0) throw faultOf(keyOf(place), code);
    });
  }

  /**
   * Some records from `from` on; none where it is the end. `end`: how far the stream surely reaches, so
   * that a leader which does not give so much yet is asked again.
   * @throws TxTrailError `record_missing`, `broker_unavailable`
   */
  pieceFrom(place: PartitionPlace, from: number, end = 0): Promise<FetchedPiece> {
    return this.#askLeader(`Reading ${keyOf(place)} from ${from}`, place, async (link) => {
      const answer = await link.fetchParts({
        maxWaitMs: 0,
        sessionId: 0,
        sessionEpoch: -1,
        parts: [{ ...place, offset: from }],
        forgotten: [],
        partitionBytes: this.#options.readBytes,
        bytes: this.#options.readBytes,
      });
      const piece = await this.#piece(place, from, answer);
      if (piece.next === from && piece.knownEnd < end) {
        throw new PassingFault(`${keyOf(place)}: the leader gives no more than ${piece.knownEnd} yet`);
      }
      return piece;
    });
  }

  /** Null where the offset is kept, or is where the next record will stand. @throws TxTrailError `broker_unavailable` */
  async whyMissing(place: PartitionPlace, offset: number): Promise<TxTrailError | null> {
    const { start, end } = await this.bounds(place);
    if (offset >= start && offset <= end) return null;
    const message = `${keyOf(place)} has no record at ${offset}: it is kept from ${start} to ${end}.`;
    return new TxTrailError('record_missing', message, { facts: { ...place, offset, start, end } });
  }

  async #piece(place: PartitionPlace, from: number, answer: FetchAnswer): Promise<FetchedPiece> {
    const [part] = answer.parts;
    const code = answer.code === 0 ? (part?.code ?? faultCodes.unknownTopic) : answer.code;
    if (code === faultCodes.offsetOutOfRange) {
      const missing = await this.whyMissing(place, from);
      throw missing ?? new PassingFault(`${keyOf(place)}: the leader does not have ${from} yet`);
    }
    if (code !== 0 || part === undefined) throw faultOf(keyOf(place), code);
    return { ...recordsOf(part.batches, from), knownEnd: part.highWatermark };
  }

  async #askLeader<Result>(
    what: string,
    place: PartitionPlace,
    ask: (link: ReaderLink) => Promise<Result>,
  ): Promise<Result> {
    return this.#patience.run(what, async () => {
      if (this.#cluster.leaderOf(place) === null) await this.#cluster.refresh([place.topic]);
      const leader = this.#cluster.leaderOf(place);
      if (leader === null) throw new PassingFault(`no broker leads ${keyOf(place)}`);
      try {
        return await ask(await this.#cluster.link(leader, 'read'));
      } catch (error) {
        if (error instanceof PassingFault) this.#cluster.forgetLeader(place);
        throw error;
      }
    });
  }
}
