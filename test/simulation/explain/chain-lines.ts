import type { ToldBlock } from '../context.ts';
import type { ChainFact } from './recording.ts';
import type { StoryLine } from './story-line.ts';
import { short } from './story-line.ts';
import type { HoldingBlock, Subject } from './subject.ts';

export interface ChainLinesOptions {
  readonly subject: Subject;
  /** Confirmations at which something is owed to somebody. */
  readonly counts: ReadonlySet<number>;
  /** Below the head, where the chain's configuration calls a block final; null: its own tags say it. */
  readonly finalityDepth: number | null;
}

/** The true chain, as far as it is about one transaction: what became of it, and of who wanted its nonce. */
export class ChainLines {
  readonly #options: ChainLinesOptions;
  readonly #blocks = new Map<string, ToldBlock>();
  /** Built since the head last moved. */
  #built: string[] = [];
  #head: ToldBlock | null = null;
  /** The block of the canonical chain that holds one of the family. */
  #holder: string | null = null;
  /** What was said of the holder already. */
  #said = new Set<string>();
  #wasInPool = false;

  constructor(options: ChainLinesOptions) {
    this.#options = options;
  }

  /** Whether the block stands on the canonical chain now; null: no script built it. */
  isCanonical(hash: string): boolean | null {
    const block = this.#blocks.get(hash);
    if (block === undefined) return null;
    return this.#ancestor(this.#head, block.number)?.hash === hash;
  }

  /** What is to be said of a fact that the script told; most are about others. */
  take(atMs: number, fact: ChainFact): readonly StoryLine[] {
    return this.#texts(fact).map((text) => ({ atMs, side: { kind: 'chain' }, text, about: null }));
  }

  #texts(fact: ChainFact): readonly string[] {
    switch (fact.kind) {
      case 'block':
        this.#blocks.set(fact.block.hash, fact.block);
        this.#built.push(fact.block.hash);
        return [];
      case 'head':
        return this.#moved(fact.hash);
      case 'made': {
        const { hash, from, nonce, to, value } = fact.transaction;
        const what = `${short(from)} sends ${value} wei to ${to === null ? 'nobody' : short(to)} with nonce ${nonce}`;
        return this.#isFamily(hash) ? [`${this.#named(hash)} is made: ${what}`] : [];
      }
      case 'pool': {
        const { hash } = fact.transaction;
        if (!this.#isFamily(hash)) return [];
        const again = hash === this.#options.subject.hash && this.#wasInPool ? ' again' : '';
        if (hash === this.#options.subject.hash) this.#wasInPool = true;
        return [`${this.#named(hash)} is in the pool${again}`];
      }
      case 'evicted':
        return this.#isFamily(fact.hash) ? [`${this.#named(fact.hash)} is in no pool and no block any more`] : [];
      case 'safe':
      case 'finalized':
        return this.#settled(fact.hash, fact.kind === 'safe' ? 'safe' : 'final');
    }
  }

  #moved(hash: string): readonly string[] {
    const before = this.#head;
    this.#head = this.#blocks.get(hash) ?? null;
    const { blocks } = this.#options.subject;
    const aside = this.#built.filter((built) => blocks.has(built) && this.isCanonical(built) === false);
    this.#built = [];
    const texts = aside.map((built) => `block ${this.#block(built)} of another branch holds ${this.#held(built)}`);
    const holder = [...blocks.keys()].find((block) => this.isCanonical(block) === true) ?? null;
    if (holder !== this.#holder) texts.push(...this.#left(before), ...this.#came(holder));
    return [...texts, ...this.#counted()];
  }

  #left(before: ToldBlock | null): readonly string[] {
    if (this.#holder === null || before === null) return [];
    let common = this.#ancestor(this.#head, before.number) ?? this.#head;
    while (common !== null && this.#ancestor(before, common.number)?.hash !== common.hash) {
      common = this.#blocks.get(common.parentHash) ?? null;
    }
    const depth = before.number - (common?.number ?? 0);
    return [
      `REORG of depth ${depth}: block ${this.#block(this.#holder)} leaves the chain, with ${this.#held(this.#holder)}`,
    ];
  }

  #came(holder: string | null): readonly string[] {
    this.#holder = holder;
    this.#said = new Set();
    const block = holder === null ? undefined : this.#options.subject.blocks.get(holder);
    if (holder === null || block === undefined) return [];
    return [`MINED: block ${this.#block(holder)} of the chain holds ${this.#held(holder)} (${block.execution})`];
  }

  #counted(): readonly string[] {
    const { subject, counts, finalityDepth } = this.#options;
    const holder = this.#holder === null ? undefined : subject.blocks.get(this.#holder);
    if (holder === undefined || this.#head === null) return [];
    const count = this.#head.number - holder.number + 1;
    const texts: string[] = [];
    if (holder.transaction === subject.hash && counts.has(count) && this.#says(`count ${count}`)) {
      texts.push(`head ${this.#head.number}: ${count} confirmations`);
    }
    if (finalityDepth !== null && count > finalityDepth && this.#says('final')) {
      texts.push(`head ${this.#head.number}: its block lies ${finalityDepth} below, and is final by that`);
    }
    return texts;
  }

  #settled(hash: string, what: 'safe' | 'final'): readonly string[] {
    const settled = this.#blocks.get(hash);
    if (settled === undefined || this.#holder === null) return [];
    const holder: HoldingBlock | undefined = this.#options.subject.blocks.get(this.#holder);
    const isBelow = holder !== undefined && this.#ancestor(settled, holder.number)?.hash === this.#holder;
    if (!isBelow || !this.#says(what)) return [];
    const below = hash === this.#holder ? '' : `, above block ${this.#block(this.#holder)}`;
    return [`the chain calls block ${this.#block(hash)} ${what}${below}`];
  }

  #says(what: string): boolean {
    const isNew = !this.#said.has(what);
    this.#said.add(what);
    return isNew;
  }

  #ancestor(from: ToldBlock | null, number: number): ToldBlock | null {
    let block = from;
    while (block !== null && block.number > number) block = this.#blocks.get(block.parentHash) ?? null;
    return block?.number === number ? block : null;
  }

  #isFamily(hash: string): boolean {
    return hash === this.#options.subject.hash || this.#options.subject.rivals.has(hash);
  }

  #named(hash: string): string {
    return hash === this.#options.subject.hash ? 'it' : `its rival ${short(hash)}`;
  }

  #held(block: string): string {
    return this.#named(this.#options.subject.blocks.get(block)?.transaction ?? '');
  }

  #block(hash: string): string {
    return `${this.#blocks.get(hash)?.number} ${short(hash)}`;
  }
}
