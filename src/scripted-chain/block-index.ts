import { assert } from '../lib/assert.ts';
import type { Hash } from '../core/chain/block.ts';
import type { ScriptedBlock } from './scripted-block.ts';

/** Every block of a tree of forks, found by hash, by number below a head, and by transaction. */
export class BlockIndex {
  readonly #blocks = new Map<Hash, ScriptedBlock>();
  readonly #byNumber = new Map<number, Hash[]>();
  /** The path of the current head, so that look-ups along it need no walk. */
  readonly #canonical = new Map<number, Hash>();
  readonly #holders = new Map<Hash, Hash[]>();
  readonly #keptBlocks: number;
  #oldest = 0;

  /** @param options.keptBlocks how many heights are kept below the newest */
  constructor(options: { readonly keptBlocks: number }) {
    this.#keptBlocks = options.keptBlocks;
  }

  add(block: ScriptedBlock): void {
    this.#blocks.set(block.hash, block);
    append(this.#byNumber, block.number, block.hash);
    for (const receipt of block.receipts) append(this.#holders, receipt.transaction.hash, block.hash);
  }

  get(hash: Hash): ScriptedBlock | null {
    return this.#blocks.get(hash) ?? null;
  }

  /** How many blocks have this parent. */
  children(parent: ScriptedBlock): number {
    const siblings = this.#byNumber.get(parent.number + 1) ?? [];
    return siblings.filter((hash) => this.#blocks.get(hash)?.parentHash === parent.hash).length;
  }

  /** All blocks of that height, first made first. */
  atHeight(number: number): readonly ScriptedBlock[] {
    return (this.#byNumber.get(number) ?? []).flatMap((hash) => this.#blocks.get(hash) ?? []);
  }

  /** The block of that number on the path that ends in `head`; null above it and below what is kept. */
  at(number: number, head: ScriptedBlock): ScriptedBlock | null {
    if (number > head.number) return null;
    let block = head;
    while (block.number > number && this.#canonical.get(block.number) !== block.hash) {
      const parent = this.#blocks.get(block.parentHash);
      if (parent === undefined) return null;
      block = parent;
    }
    if (block.number === number) return block;
    const hash = this.#canonical.get(number);
    return hash === undefined ? null : this.get(hash);
  }

  isOn(block: ScriptedBlock, head: ScriptedBlock): boolean {
    return this.at(block.number, head)?.hash === block.hash;
  }

  /** The block on the path of `head` that holds the transaction. */
  holder(transaction: Hash, head: ScriptedBlock): ScriptedBlock | null {
    return this.holders(transaction).find((block) => this.isOn(block, head)) ?? null;
  }

  /** Every block that holds the transaction, on whatever fork. */
  holders(transaction: Hash): readonly ScriptedBlock[] {
    return (this.#holders.get(transaction) ?? []).flatMap((hash) => this.#blocks.get(hash) ?? []);
  }

  ancestor(one: ScriptedBlock, other: ScriptedBlock): ScriptedBlock {
    let [left, right] = [one, other];
    while (left.hash !== right.hash) {
      if (left.number >= right.number) left = this.parent(left);
      else right = this.parent(right);
    }
    return left;
  }

  /** The blocks above `ancestor` up to `head`, oldest first. */
  path(ancestor: ScriptedBlock, head: ScriptedBlock): readonly ScriptedBlock[] {
    const blocks: ScriptedBlock[] = [];
    for (let block = head; block.hash !== ancestor.hash; block = this.parent(block)) blocks.push(block);
    return blocks.reverse();
  }

  parent(block: ScriptedBlock): ScriptedBlock {
    const parent = this.#blocks.get(block.parentHash);
    assert(parent !== undefined, `block ${block.number} has no kept parent`);
    return parent;
  }

  /** Makes the path to `to` the canonical one. */
  select(
    from: ScriptedBlock,
    to: ScriptedBlock,
  ): { readonly reverted: readonly ScriptedBlock[]; readonly applied: readonly ScriptedBlock[] } {
    const ancestor = this.ancestor(from, to);
    const reverted = this.path(ancestor, from);
    const applied = this.path(ancestor, to);
    for (const block of reverted) this.#canonical.delete(block.number);
    for (const block of applied) this.#canonical.set(block.number, block.hash);
    this.#prune(to.number - this.#keptBlocks);
    return { reverted, applied };
  }

  anchor(genesis: ScriptedBlock): void {
    this.add(genesis);
    this.#canonical.set(genesis.number, genesis.hash);
  }

  #prune(below: number): void {
    for (; this.#oldest < below; this.#oldest += 1) {
      for (const block of this.atHeight(this.#oldest)) {
        this.#blocks.delete(block.hash);
        for (const receipt of block.receipts) this.#forget(receipt.transaction.hash, block.hash);
      }
      this.#byNumber.delete(this.#oldest);
      this.#canonical.delete(this.#oldest);
    }
  }

  #forget(transaction: Hash, block: Hash): void {
    const left = (this.#holders.get(transaction) ?? []).filter((hash) => hash !== block);
    if (left.length === 0) this.#holders.delete(transaction);
    else this.#holders.set(transaction, left);
  }
}

function append<Key>(map: Map<Key, Hash[]>, key: Key, hash: Hash): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [hash]);
  else list.push(hash);
}
