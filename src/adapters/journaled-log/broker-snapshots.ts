import { createHash } from 'node:crypto';
import type { StreamName } from '../../core/records/stream.ts';
import { assert, InvariantError } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Position } from '../../ports/record-log.ts';
import type { SavedSnapshot, Snapshot, SnapshotSection, SnapshotStore } from '../../ports/snapshot-store.ts';
import type { StreamBroker } from '../../ports/stream-broker.ts';
import { chunkKey, encodeManifest, type FoundSnapshot, SnapshotScan } from './snapshot-scan.ts';
import { chunksOf, sectionsOf } from './snapshot-text.ts';

export interface BrokerSnapshotsOptions {
  /** Its snapshots stand in `state/<unit>`. */
  readonly unit: number;
  /** The owner's, from its claim on the journal. */
  readonly epoch: number;
  /** UTF-16 units of a chunk; three bytes each at most. Default 128 Ki. */
  readonly chunkLength?: number;
}

export interface BrokerSnapshotsDeps {
  readonly broker: StreamBroker;
  readonly logger: Logger;
}

/** The newest, and a spare for when it is damaged. */
const keptSnapshots = 2;

/** How many keys are given up in one append. */
const removedAtOnce = 1000;

/**
 * Snapshots of a unit in a compacted stream: chunks, then a manifest that says they are whole. Every
 * one has keys of its own, which name the owner's epoch: an owner that was followed cannot write over
 * what its successor wrote, and whatever it adds is as true (P16, P17). The highest position counts.
 */
export class BrokerSnapshots implements SnapshotStore {
  readonly #stream: StreamName;
  readonly #epoch: number;
  readonly #chunkLength: number;
  readonly #broker: StreamBroker;
  readonly #logger: Logger;
  #serial = 0;
  #isSaving = false;
  /** The one that is being written: its chunks are no leftovers. */
  #writing: string | null = null;
  /** Those in place, by position; null before the stream was read. */
  #found: FoundSnapshot[] | null = null;
  /** Keys that nothing needs any more and that could not be given up yet. */
  #garbage: string[] = [];

  constructor(options: BrokerSnapshotsOptions, deps: BrokerSnapshotsDeps) {
    this.#stream = `state/${options.unit}`;
    this.#epoch = options.epoch;
    this.#chunkLength = options.chunkLength ?? 128 * 1024;
    this.#broker = deps.broker;
    this.#logger = deps.logger;
  }

  async save(
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<SavedSnapshot> {
    assert(!this.#isSaving, 'one snapshot is saved at a time');
    this.#isSaving = true;
    try {
      return await this.#save(position, sections);
    } catch (cause) {
      if (cause instanceof InvariantError) throw cause;
      throw new TxTrailError('snapshot_failed', `The snapshot at ${position} could not be saved: ${String(cause)}.`, {
        retryable: true,
        cause,
        facts: { position, stream: this.#stream },
      });
    } finally {
      this.#isSaving = false;
    }
  }

  async loadLatest(oldestLogPosition: Position | null): Promise<Snapshot | null> {
    const found = await this.#scan();
    const damaged: string[] = [];
    for (const one of found.toReversed()) {
      // A damaged one stands newer than this: what lies between must come from the log.
      if (damaged.length > 0 && (oldestLogPosition === null || oldestLogPosition > one.position)) break;
      if (one.damage === null) return { position: one.position, sections: sectionsOf(this.#chunks(one)) };
      damaged.push(`${one.id}: ${one.damage}`);
      this.#logger.warn('A snapshot is damaged; an older one and the log are used instead', {
        stream: this.#stream,
        id: one.id,
        damage: one.damage,
      });
    }
    if (damaged.length === 0 || oldestLogPosition === 0) return null;
    throw new TxTrailError(
      'snapshot_corrupt',
      `No whole snapshot is left in ${this.#stream} that the log goes on from (${damaged.join('; ')}; the log begins ` +
        `at ${oldestLogPosition ?? 'nothing'}). Nothing was changed.`,
      { facts: { stream: this.#stream, damaged, oldestLogPosition } },
    );
  }

  async #save(
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<SavedSnapshot> {
    const found = this.#found ?? (await this.#scan());
    const before = found.filter(({ damage }) => damage === null);
    assert((before.at(-1)?.position ?? 0) <= position, `a snapshot at ${position} is older than the newest`);
    const id = `${this.#epoch}/${this.#serial}`;
    this.#serial += 1;
    this.#writing = id;
    const written = await this.#write(id, position, sections);
    this.#writing = null;
    const all = [...before.filter((other) => other.position !== position), written.snapshot];
    const kept = all.slice(-keptSnapshots);
    this.#found = kept;
    for (const old of found) if (!kept.includes(old)) this.#garbage.push(...keysOf(old));
    await this.#removeGarbage();
    // With a single one there is no spare: if it is damaged, all must be replayed.
    return { bytes: written.bytes, trimBefore: kept.length < keptSnapshots ? 0 : (kept[0]?.position ?? 0) };
  }

  async #write(
    id: string,
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<{ readonly snapshot: FoundSnapshot; readonly bytes: number }> {
    const hash = createHash('sha256');
    let chunks = 0;
    let bytes = 0;
    let from: number | null = null;
    try {
      for await (const chunk of chunksOf(sections, this.#chunkLength)) {
        hash.update(chunk);
        bytes += Buffer.byteLength(chunk);
        chunks += 1;
        const [offset] = await this.#broker.append(this.#stream, [{ key: chunkKey(id, chunks - 1), value: chunk }]);
        from ??= offset as number;
      }
      const manifest = encodeManifest({ position, chunks, sha256: hash.digest('hex') });
      const [offset] = (await this.#broker.append(this.#stream, [{ key: id, value: manifest }])) as [number];
      return { snapshot: { id, position, chunks, damage: null, from: from ?? offset, to: offset + 1 }, bytes };
    } catch (error) {
      this.#writing = null;
      this.#garbage.push(...keysOf({ id, chunks }));
      throw error;
    }
  }

  async #scan(): Promise<readonly FoundSnapshot[]> {
    const scan = new SnapshotScan(this.#stream);
    const { start, end } = await this.#broker.bounds(this.#stream);
    for await (const records of this.#broker.read(this.#stream, start, end)) {
      for (const record of records) scan.take(record);
    }
    // An owner before this one may still write; what is not whole now is taken for given up.
    this.#garbage = scan.unfinished.filter(({ id }) => id !== this.#writing).flatMap(keysOf);
    this.#found = scan.found.toSorted((a, b) => a.position - b.position || a.to - b.to);
    return this.#found;
  }

  /** What cannot be given up now is given up after the next snapshot: it costs room and no truth. */
  async #removeGarbage(): Promise<void> {
    try {
      while (this.#garbage.length > 0) {
        const keys = this.#garbage.slice(0, removedAtOnce);
        await this.#broker.append(
          this.#stream,
          keys.map((key) => ({ key, value: null })),
        );
        this.#garbage = this.#garbage.slice(keys.length);
      }
    } catch (error) {
      this.#logger.warn('Old snapshots could not be given up; it is tried again after the next one', {
        stream: this.#stream,
        error,
      });
    }
  }

  async *#chunks({ id, chunks, from, to }: FoundSnapshot): AsyncGenerator<string> {
    let next = 0;
    for await (const records of this.#broker.read(this.#stream, from, to)) {
      for (const { key, value } of records) {
        if (next === chunks || key !== chunkKey(id, next)) continue;
        if (value === null) break;
        next += 1;
        yield value;
      }
    }
    if (next === chunks) return;
    throw new TxTrailError(
      'snapshot_corrupt',
      `The snapshot ${id} in ${this.#stream} is damaged: only ${next} of ${chunks} chunks are there.`,
      { facts: { stream: this.#stream, id } },
    );
  }
}

function keysOf({ id, chunks }: { readonly id: string; readonly chunks: number }): readonly string[] {
  // The manifest goes first: without it nobody looks for the chunks.
  return [id, ...Array.from({ length: chunks }, (_, index) => chunkKey(id, index))];
}
