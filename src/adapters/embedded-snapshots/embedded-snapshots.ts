import { assert, InvariantError } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Disk } from '../../ports/disk.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Position } from '../../ports/record-log.ts';
import type { SavedSnapshot, Snapshot, SnapshotSection, SnapshotStore } from '../../ports/snapshot-store.ts';
import { findDamage, readSections, writeSnapshotFile } from './snapshot-file.ts';

export interface EmbeddedSnapshotsOptions {
  /** Whole snapshots kept: the newest, and spares for when it is damaged. Default 2. */
  readonly keptSnapshots?: number;
}

export interface EmbeddedSnapshotsDeps {
  /** Its lock must be held. */
  readonly disk: Disk;
  readonly logger: Logger;
}

const namePattern = /^snapshot-(\d{16})\.snap$/;
const unfinishedPattern = /^snapshot-\d{16}\.tmp$/;

/**
 * Snapshots as files of the data directory, beside the log. One is written under another name,
 * synced, renamed, and counts only once its directory entry is durable.
 */
export class EmbeddedSnapshots implements SnapshotStore {
  readonly #kept: number;
  readonly #disk: Disk;
  readonly #logger: Logger;
  #isSaving = false;

  constructor(options: EmbeddedSnapshotsOptions, deps: EmbeddedSnapshotsDeps) {
    this.#kept = options.keptSnapshots ?? 2;
    assert(this.#kept >= 1, 'at least one snapshot must be kept');
    this.#disk = deps.disk;
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
        facts: { position },
      });
    } finally {
      this.#isSaving = false;
    }
  }

  async loadLatest(oldestLogPosition: Position | null): Promise<Snapshot | null> {
    await this.#removeUnfinished();
    const positions = await this.#positions();
    const damaged: string[] = [];
    for (const position of positions.reverse()) {
      // A damaged one stands newer than this: what lies between must come from the log.
      if (damaged.length > 0 && (oldestLogPosition === null || oldestLogPosition > position)) break;
      const name = snapshotName(position);
      const damage = await findDamage(this.#disk, name, position);
      if (damage === null) return { position, sections: this.#sections(name, position) };
      damaged.push(`${name}: ${damage}`);
      this.#logger.warn('A snapshot is damaged; an older one and the log are used instead', { name, damage });
    }
    if (damaged.length === 0 || oldestLogPosition === 0) return null;
    throw new TxTrailError(
      'snapshot_corrupt',
      `No whole snapshot is left that the log goes on from (${damaged.join('; ')}; the log begins at ` +
        `${oldestLogPosition ?? 'nothing'}). Nothing was changed; restore the data directory from a copy.`,
      { facts: { damaged, oldestLogPosition } },
    );
  }

  async #save(
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<SavedSnapshot> {
    await this.#removeUnfinished();
    const before = await this.#positions();
    assert((before.at(-1) ?? 0) <= position, `a snapshot at ${position} is older than the newest`);
    const unfinished = `snapshot-${digits(position)}.tmp`;
    const bytes = await this.#write(unfinished, position, sections);
    await this.#disk.rename(unfinished, snapshotName(position));
    await this.#disk.syncDirectory();
    const all = before.filter((other) => other !== position).concat(position);
    for (const old of all.slice(0, -this.#kept)) await this.#disk.remove(snapshotName(old));
    await this.#disk.syncDirectory();
    // With a single one there is no spare: if it is damaged, all must be replayed.
    const trimBefore = all.length < this.#kept ? 0 : (all.at(-this.#kept) ?? 0);
    return { bytes, trimBefore };
  }

  async #write(
    name: string,
    position: Position,
    sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  ): Promise<number> {
    const file = await this.#disk.open(name, { create: true });
    try {
      return await writeSnapshotFile(file, position, sections);
    } finally {
      await file.close();
    }
  }

  async *#sections(name: string, position: Position): AsyncGenerator<SnapshotSection> {
    for await (const section of readSections(this.#disk, name, position)) yield section();
  }

  /** Of the snapshots in place, ascending. */
  async #positions(): Promise<Position[]> {
    const positions: Position[] = [];
    for (const name of await this.#disk.list()) {
      const matched = namePattern.exec(name)?.[1];
      if (matched !== undefined) positions.push(Number(matched));
    }
    return positions;
  }

  /** What a crash or a failure left half-written. */
  async #removeUnfinished(): Promise<void> {
    for (const name of await this.#disk.list()) {
      if (unfinishedPattern.test(name)) await this.#disk.remove(name);
    }
  }
}

function snapshotName(position: Position): string {
  return `snapshot-${digits(position)}.snap`;
}

function digits(position: Position): string {
  return String(position).padStart(16, '0');
}
