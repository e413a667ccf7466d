import type { Hash } from '../chain/block.ts';
import type { SiblingsFact } from '../records/fact-record.ts';
import { isNewer, type Origin } from '../records/origin.ts';
import type { SenderRecord } from '../records/sender-record.ts';

/**
 * One sender lane: which tracked transactions share a sender and a nonce. It hears from the status
 * partitions and tells each member of such a family who the others are, so that the one that is
 * mined can name what it replaces. Families never cross tenants.
 */
export class SenderLane {
  readonly number: number;
  /** tenant, chain, sender and nonce → hash → how many registrations of it. First registered first. */
  #families = new Map<string, Map<Hash, number>>();
  #origins = new Map<string, Origin>();

  constructor(number: number) {
    this.number = number;
  }

  apply(record: SenderRecord, position: number): readonly SiblingsFact[] {
    if (!isNewer(record.origin, this.#origins.get(record.origin.source))) return [];
    this.#origins.set(record.origin.source, record.origin);
    const key = [record.tenant, record.chain, record.sender, record.nonce].join('\u0000');
    const family = this.#families.get(key) ?? new Map<Hash, number>();
    const isNews = change(family, record);
    if (family.size === 0) this.#families.delete(key);
    else this.#families.set(key, family);
    const told = isNews ? [...family.keys()] : othersHeard(family, record);
    return this.#tell(told, family, record, position);
  }

  state(): string {
    const families = [...this.#families].map(([key, family]) => [key, [...family]]);
    return JSON.stringify({ families, origins: [...this.#origins] });
  }

  restore(text: string): void {
    const parsed = JSON.parse(text) as { families: [string, [Hash, number][]][]; origins: [string, Origin][] };
    this.#families = new Map(parsed.families.map(([key, family]) => [key, new Map(family)]));
    this.#origins = new Map(parsed.origins);
  }

  #tell(
    told: readonly Hash[],
    family: ReadonlyMap<Hash, number>,
    { tenant, chain }: SenderRecord,
    position: number,
  ): SiblingsFact[] {
    const hashes = [...family.keys()];
    return told.map((hash, ordinal) => ({
      kind: 'siblings',
      tenant,
      chain,
      hash,
      siblings: hashes.filter((other) => other !== hash),
      origin: { source: `sender/${this.number}`, position, ordinal },
    }));
  }
}

/** A member that another subscriber registers too: the family is known, but not to this registration yet. */
function othersHeard(family: ReadonlyMap<Hash, number>, { kind, hash }: SenderRecord): readonly Hash[] {
  return kind === 'tracked' && family.size > 1 ? [hash] : [];
}

/** True when the members are others than before, and somebody is there to be told. */
function change(family: Map<Hash, number>, { kind, hash }: SenderRecord): boolean {
  const count = (family.get(hash) ?? 0) + (kind === 'tracked' ? 1 : -1);
  const known = family.has(hash);
  if (count <= 0) return family.delete(hash);
  family.set(hash, count);
  // A family of one has nobody to be told of.
  return !known && family.size > 1;
}
