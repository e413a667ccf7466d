import { seededRandom } from '../../src/lib/seeded-random.ts';

/** Choices that follow from a seed and a name, so that one part's draws never shift another's. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number, name: string) {
    this.#next = seededRandom(numberOf(`${seed}/${name}`));
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#next();
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  between(least: number, most: number): number {
    return least + this.#next() * (most - least);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#next() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** One of the keys, each as likely as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.#next() * entries.reduce((total, [, weight]) => total + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return (entries.at(-1) as [Name, number])[0];
  }
}

/** In [0, 1), from the seed and what it is about alone: whatever was drawn before, it is the same. */
export function chanceOf(seed: number, about: string): number {
  return numberOf(`${seed}/${about}`) / 2 ** 32;
}

/** A 32-bit number of a text: FNV-1a, and the last mixing of MurmurHash3, since alike texts must not be near. */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
