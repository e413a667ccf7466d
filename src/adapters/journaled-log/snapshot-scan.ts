import { createHash, type Hash } from 'node:crypto';
import type { StreamName } from '../../core/records/stream.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';

/** Says that a snapshot is whole: the record after its chunks. */
export interface SnapshotManifest {
  readonly position: number;
  readonly chunks: number;
  /** SHA-256 of its text, hexadecimal. */
  readonly sha256: string;
}

/** A snapshot that stands in the stream, whole or not. */
export interface FoundSnapshot {
  /** `<epoch>/<serial>`: no two are called alike, whoever writes. */
  readonly id: string;
  readonly position: number;
  readonly chunks: number;
  /** Null: nothing. Else what is wrong with it. */
  readonly damage: string | null;
  /** The offset of its first chunk, or of its manifest where it has none. */
  readonly from: number;
  /** The offset behind its manifest. */
  readonly to: number;
}

/** Chunks without a manifest: a snapshot that was never finished, or is being written. */
export interface UnfinishedSnapshot {
  readonly id: string;
  readonly chunks: number;
}

interface Chunks {
  readonly hash: Hash;
  readonly from: number;
  /** As far as they follow on each other. */
  count: number;
  highest: number;
}

const version = 1;

export function chunkKey(id: string, index: number): string {
  return `${id}/${index}`;
}

export function encodeManifest(manifest: SnapshotManifest): string {
  return JSON.stringify({ v: version, ...manifest });
}

/**
 * Reads a stream of snapshots in its order and tells which of them are whole. Two owners may write at
 * once, so their chunks may stand among each other.
 */
export class SnapshotScan {
  readonly #stream: StreamName;
  readonly #chunks = new Map<string, Chunks>();
  readonly #found = new Map<string, FoundSnapshot>();

  constructor(stream: StreamName) {
    this.#stream = stream;
  }

  get found(): readonly FoundSnapshot[] {
    return [...this.#found.values()];
  }

  get unfinished(): readonly UnfinishedSnapshot[] {
    return [...this.#chunks]
      .filter(([id]) => !this.#found.has(id))
      .map(([id, { highest }]) => ({ id, chunks: highest + 1 }));
  }

  /** @throws TxTrailError `snapshot_version_unknown`; `snapshot_corrupt` where a record is no manifest */
  take({ key, value, offset }: StoredRecord): void {
    const [epoch, serial, index] = (key ?? '').split('/');
    const id = `${epoch}/${serial}`;
    if (index === undefined) this.#takeManifest(id, value, offset);
    else if (value === null) this.#chunks.delete(id);
    else this.#takeChunk(id, Number(index), value, offset);
  }

  #takeChunk(id: string, index: number, value: string, offset: number): void {
    const chunks = this.#chunks.get(id) ?? { hash: createHash('sha256'), from: offset, count: 0, highest: 0 };
    this.#chunks.set(id, chunks);
    chunks.highest = Math.max(chunks.highest, index);
    if (index !== chunks.count) return;
    chunks.hash.update(value);
    chunks.count += 1;
  }

  #takeManifest(id: string, value: string | null, offset: number): void {
    if (value === null) {
      this.#found.delete(id);
      return;
    }
    const manifest = this.#parse(id, value, offset);
    const chunks = this.#chunks.get(id);
    const digest = chunks?.hash.copy().digest('hex') ?? emptyDigest;
    const isWhole = (chunks?.count ?? 0) === manifest.chunks && digest === manifest.sha256;
    const damage = isWhole ? null : `${chunks?.count ?? 0} of ${manifest.chunks} chunks are there, or they differ`;
    this.#found.set(id, {
      id,
      position: manifest.position,
      chunks: manifest.chunks,
      damage,
      from: chunks?.from ?? offset,
      to: offset + 1,
    });
  }

  #parse(id: string, value: string, offset: number): SnapshotManifest {
    const manifest = parse(value);
    if (manifest !== null && manifest.v !== version) {
      throw new TxTrailError(
        'snapshot_version_unknown',
        `The snapshot ${id} in ${this.#stream} has version ${String(manifest.v)}; this program knows ${version}. ` +
          'Start the newer program that wrote it.',
        { facts: { stream: this.#stream, id, version: manifest.v } },
      );
    }
    if (Number.isSafeInteger(manifest?.position) && Number.isSafeInteger(manifest?.chunks)) {
      return manifest as SnapshotManifest;
    }
    throw new TxTrailError(
      'snapshot_corrupt',
      `The record at ${offset} of ${this.#stream} says of no snapshot what it holds. Nothing was changed. ` +
        'See who else writes to that topic.',
      { facts: { stream: this.#stream, offset } },
    );
  }
}

function parse(value: string): Partial<SnapshotManifest & { readonly v: number }> | null {
  try {
    return JSON.parse(value);
  } catch {
    // What is not JSON is told by its place.
    return null;
  }
}

const emptyDigest = createHash('sha256').digest('hex');
