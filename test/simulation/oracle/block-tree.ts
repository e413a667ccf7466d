import type { Execution } from '@txtrail/protocol';

/** A transaction as a pool holds it. Addresses and hashes in hex of any case, `value` in wei. */
export interface TruePoolTransaction {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
  /** null: a contract creation. */
  readonly to: string | null;
  readonly value: bigint | string;
  readonly input: string;
  /** Nonces of others that it uses up (EIP-7702). */
  readonly authorizations?: readonly { readonly authority: string; readonly nonce: number }[] | undefined;
}

/** A transaction as a block holds it; `execution` null where the chain's receipts do not say. */
export interface TrueTransaction extends TruePoolTransaction {
  readonly execution: Execution | null;
}

/** A block that somebody built, on whatever branch. */
export interface TrueBlock {
  readonly hash: string;
  readonly parentHash: string;
  readonly number: number;
  /** Unix milliseconds, the block's own claim. */
  readonly timestampMs: number;
  readonly transactions: readonly TrueTransaction[];
}

/** A block in the tree of all that were ever built. Times are simulated milliseconds, null: never. */
export interface TreeBlock {
  readonly hash: string;
  readonly number: number;
  readonly timestampMs: number;
  readonly transactions: readonly TrueTransaction[];
  readonly parent: TreeBlock | null;
  /** An ancestor further down, by which any ancestor is found in few steps; a root is its own. */
  readonly jump: TreeBlock;
  readonly builtAtMs: number;
  children: number;
  /** When it first became canonical. */
  canonicalAtMs: number | null;
  /** When it last left the canonical chain. */
  leftAtMs: number | null;
  /** When the chain first called it safe, or a descendant of it. */
  safeAtMs: number | null;
  /** When the chain first called it final, or a descendant of it. */
  finalAtMs: number | null;
}

/** Where a transaction stands in one block. */
export interface Placement {
  readonly block: TreeBlock;
  readonly index: number;
  readonly transaction: TrueTransaction;
}

/** Every block that was ever built, whoever showed it. */
export class BlockTree {
  readonly #byHash = new Map<string, TreeBlock>();
  readonly #byNumber = new Map<number, TreeBlock[]>();
  readonly #placements = new Map<string, Placement[]>();
  readonly #byNonce = new Map<string, Placement[]>();

  add(block: TrueBlock, atMs: number): TreeBlock {
    const known = this.#byHash.get(block.hash.toLowerCase());
    if (known !== undefined) return known;
    const parent = this.#byHash.get(block.parentHash.toLowerCase()) ?? null;
    const made = treeBlock(block, parent, atMs);
    if (parent !== null) parent.children += 1;
    this.#byHash.set(made.hash, made);
    push(this.#byNumber, made.number, made);
    for (const [index, transaction] of made.transactions.entries()) {
      const placement = { block: made, index, transaction };
      push(this.#placements, transaction.hash, placement);
      push(this.#byNonce, nonceKey(transaction.from, transaction.nonce), placement);
      for (const { authority, nonce } of transaction.authorizations ?? []) {
        push(this.#byNonce, nonceKey(authority, nonce), placement);
      }
    }
    return made;
  }

  get(hash: string): TreeBlock | null {
    return this.#byHash.get(hash) ?? null;
  }

  /** Every block that holds the transaction. */
  placementsOf(hash: string): readonly Placement[] {
    return this.#placements.get(hash) ?? [];
  }

  /** Every block whose body uses the nonce, by a transaction or by an authorization. */
  usesOf(from: string, nonce: number): readonly Placement[] {
    return this.#byNonce.get(nonceKey(from, nonce)) ?? [];
  }

  /** The blocks of that number, in the order in which they were built. */
  at(number: number): readonly TreeBlock[] {
    return this.#byNumber.get(number) ?? [];
  }

  /** The earliest block that gave `block` so many confirmations; null: no branch ever had as many. */
  confirmedBy(block: TreeBlock, confirmations: number): TreeBlock | null {
    if (confirmations <= 1) return confirmations === 1 ? block : null;
    const candidates = this.at(block.number + confirmations - 1);
    return candidates.find((candidate) => isOnPath(block, candidate)) ?? null;
  }
}

/** The ancestor (or the block itself) of that number; null where its branch does not reach down to it. */
export function ancestorAt(block: TreeBlock, number: number): TreeBlock | null {
  if (number > block.number) return null;
  let current = block;
  while (current.number > number) {
    if (current.jump !== current && current.jump.number >= number) current = current.jump;
    else if (current.parent !== null) current = current.parent;
    else return null;
  }
  return current;
}

/** True where `block` is `tip` or an ancestor of it. */
export function isOnPath(block: TreeBlock, tip: TreeBlock): boolean {
  return ancestorAt(tip, block.number) === block;
}

function treeBlock(block: TrueBlock, parent: TreeBlock | null, atMs: number): TreeBlock {
  const made = {
    hash: block.hash.toLowerCase(),
    number: block.number,
    timestampMs: block.timestampMs,
    transactions: block.transactions.map((transaction) => ({ ...transaction, ...lowered(transaction) })),
    parent,
    builtAtMs: atMs,
    children: 0,
    canonicalAtMs: null,
    leftAtMs: null,
    safeAtMs: null,
    finalAtMs: null,
  };
  return Object.assign(made, { jump: parent === null ? (made as unknown as TreeBlock) : jumpOver(parent) });
}

/** Jumps double in length where two of the same length meet, so that a path has few of them. */
function jumpOver(parent: TreeBlock): TreeBlock {
  const { jump } = parent;
  return parent.number - jump.number === jump.number - jump.jump.number && jump !== jump.jump ? jump.jump : parent;
}

/** The parts of a transaction by which it is compared, in one spelling. */
export function lowered<T extends TruePoolTransaction>(transaction: T): Pick<T, 'hash' | 'from' | 'to' | 'input'> {
  const { hash, from, to, input } = transaction;
  return {
    hash: hash.toLowerCase(),
    from: from.toLowerCase(),
    to: to === null ? null : to.toLowerCase(),
    input: input.toLowerCase(),
  };
}

function nonceKey(from: string, nonce: number): string {
  return `${from.toLowerCase()}/${nonce}`;
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
