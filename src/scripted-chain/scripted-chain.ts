import { assert } from '../lib/assert.ts';
import type { Address, Hash } from '../core/chain/block.ts';
import { accountIn, layerOver } from './account-state.ts';
import type { ScriptedAccount } from './account-state.ts';
import { BlockIndex } from './block-index.ts';
import { Branch } from './branch.ts';
import { executeBlock, revertRule, untouched } from './execute-block.ts';
import { planReorg } from './reorg-plan.ts';
import type { ReorgScript } from './reorg-plan.ts';
import { chainDefaults, makeGenesis } from './scripted-chain-options.ts';
import type { ChainSettings, ScriptedChainOptions } from './scripted-chain-options.ts';
import { sealBlock } from './scripted-block.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import { transactionFromSpec } from './scripted-transaction.ts';
import type { ScriptedTransaction, TransactionSpec } from './scripted-transaction.ts';
import { TransactionPool } from './transaction-pool.ts';

export type { ScriptedChainOptions } from './scripted-chain-options.ts';

export interface MineOptions {
  /** Default: the head. */
  readonly parent?: Hash;
  /** Default: on the head, what the pool offers; elsewhere nothing. For the first of several blocks. */
  readonly transactions?: readonly (Hash | TransactionSpec | ScriptedTransaction)[];
  /** How many blocks, each on the one before. */
  readonly count?: number;
  readonly timestampMs?: number;
  /** Whose execution reverts in this block, whatever was said of them. */
  readonly reverts?: readonly Hash[];
  readonly baseFeePerGas?: bigint;
  /** Default: true where the parent is the head. */
  readonly becomesHead?: boolean;
}

export type ChainChange =
  | { readonly kind: 'block'; readonly block: ScriptedBlock }
  | { readonly kind: 'head'; readonly reverted: readonly ScriptedBlock[]; readonly applied: readonly ScriptedBlock[] }
  | { readonly kind: 'pool'; readonly transaction: ScriptedTransaction }
  | { readonly kind: 'settled' };

/**
 * A chain in memory that does what a script says: it mines, forks, reorganises, settles. It is pure
 * in that nothing happens by itself and the same script gives the same hashes: no clock, no
 * randomness, no timers. What the providers show of it is their own affair (`ScriptedProvider`).
 */
export class ScriptedChain {
  readonly chainId: number;
  readonly blocks: BlockIndex;
  readonly pool: TransactionPool;
  readonly genesis: ScriptedBlock;
  readonly #options: ChainSettings;
  readonly #listeners = new Set<(change: ChainChange) => void>();
  #head: ScriptedBlock;
  #safe: ScriptedBlock | null = null;
  #finalized: ScriptedBlock | null = null;

  constructor(options: ScriptedChainOptions) {
    const { accounts, ...rest } = options;
    this.#options = { ...chainDefaults, ...rest };
    this.chainId = options.chainId;
    this.blocks = new BlockIndex({ keptBlocks: this.#options.keptBlocks });
    this.pool = new TransactionPool({ limit: this.#options.poolLimit });
    this.genesis = makeGenesis(this.#options, accounts ?? {});
    this.blocks.anchor(this.genesis);
    this.#head = this.genesis;
    this.#settle();
  }

  get head(): ScriptedBlock {
    return this.#head;
  }

  get safe(): ScriptedBlock | null {
    return this.#safe;
  }

  get finalized(): ScriptedBlock | null {
    return this.#finalized;
  }

  /** Hears of every change, at once and in order; returns the way to stop. */
  watch(listener: (change: ChainChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An account as the block (default: the head) leaves it. */
  account(address: Address, at: ScriptedBlock = this.#head): ScriptedAccount {
    return accountIn(at.state, address.toLowerCase()) ?? untouched(this.#options.defaultBalance);
  }

  /** Makes a transaction without telling anyone: it can be mined, and no pool has it. */
  prepare(spec: TransactionSpec, at: ScriptedBlock = this.#head): ScriptedTransaction {
    const from = spec.from.toLowerCase();
    const next = at === this.#head ? this.nextNonce(from) : this.account(from, at).nonce;
    return transactionFromSpec(spec, this.chainId, spec.nonce ?? next);
  }

  /** Puts a transaction into the pool, in the place of a rival that waits there. */
  submit(transaction: TransactionSpec | ScriptedTransaction): ScriptedTransaction {
    const made = 'hash' in transaction ? transaction : this.prepare(transaction);
    assert(this.pool.size < this.pool.limit, `the pool holds its ${this.pool.limit} transactions`);
    this.pool.put(made);
    this.#tell({ kind: 'pool', transaction: made });
    return made;
  }

  /** Takes a transaction out of the pool, as an eviction does. */
  evict(hash: Hash): void {
    this.pool.remove(hash);
  }

  /** What a unit of gas costs in a block on this one, wei. */
  nextBaseFee(parent: ScriptedBlock = this.#head): bigint {
    return this.#options.baseFeeRule(parent);
  }

  /** The sender's nonce after what waits in the pool without a gap. */
  nextNonce(from: Address): number {
    const address = from.toLowerCase();
    return this.pool.nextNonce(address, this.account(address).nonce);
  }

  /** Makes blocks; the last one. */
  mine(options: MineOptions = {}): ScriptedBlock {
    const { count = 1, parent, transactions, timestampMs, ...rest } = options;
    let block = this.#mineOne({ ...rest, ...given({ parent, transactions, timestampMs }) });
    for (let index = 1; index < count; index += 1) {
      block = this.#mineOne({ ...given({ becomesHead: options.becomesHead }), parent: block.hash });
    }
    return block;
  }

  /** A branch beside the canonical chain that grows from the block of that number. */
  fork(atNumber: number): Branch {
    const at = this.blocks.at(atNumber, this.#head);
    assert(at !== null, `there is no block ${atNumber} to fork from`);
    return new Branch(this, at);
  }

  /** Moves the head to any known block: forward, sideways or back. What was reverted returns to the pool. */
  setHead(hash: Hash, gone: readonly Hash[] = []): void {
    const to = this.#knownBlock(hash);
    const { reverted, applied } = this.blocks.select(this.#head, to);
    if (reverted.length === 0 && applied.length === 0) return;
    this.#head = to;
    this.#refillPool(reverted, applied, new Set(gone));
    this.#settle();
    this.#tell({ kind: 'head', reverted, applied });
  }

  /** Replaces the last `depth` blocks by a new branch; says what left and what came. */
  reorg(script: ReorgScript): {
    readonly reverted: readonly ScriptedBlock[];
    readonly applied: readonly ScriptedBlock[];
  } {
    const ancestor = this.blocks.at(this.#head.number - script.depth, this.#head);
    assert(ancestor !== null, `the chain is not ${script.depth} blocks long`);
    const reverted = this.blocks.path(ancestor, this.#head);
    const plan = planReorg(reverted, script);
    let parent = ancestor;
    const applied = plan.blocks.map((planned, offset) => {
      const old = reverted[offset];
      const timestampMs = script.timestampMs?.(offset) ?? (old === undefined ? undefined : old.timestampMs + 1000);
      const outcomes = planned.outcomes;
      const block = this.#make(parent, planned.transactions, { outcomes, ...given({ timestampMs }) });
      parent = block;
      return block;
    });
    this.setHead(parent.hash, plan.gone);
    return { reverted, applied };
  }

  /** Says which block is safe, or final; null: the node cannot tell. */
  setSafe(hash: Hash | null): void {
    this.#safe = hash === null ? null : this.#knownBlock(hash);
    this.#tell({ kind: 'settled' });
  }

  setFinalized(hash: Hash | null): void {
    this.#finalized = hash === null ? null : this.#knownBlock(hash);
    this.#tell({ kind: 'settled' });
  }

  /** The block that would come next, of what the pool offers; not part of the chain. */
  preview(head: ScriptedBlock = this.#head): ScriptedBlock {
    return this.#seal(head, head === this.#head ? this.#offered(head) : [], {});
  }

  #mineOne(options: Omit<MineOptions, 'count'>): ScriptedBlock {
    const parent = options.parent === undefined ? this.#head : this.#knownBlock(options.parent);
    const onHead = parent === this.#head;
    const wanted = options.transactions ?? (onHead ? this.#offered(parent, options.baseFeePerGas) : []);
    const outcomes = new Map((options.reverts ?? []).map((hash) => [hash, 'reverted' as const]));
    const block = this.#make(parent, wanted, {
      outcomes,
      ...given({ timestampMs: options.timestampMs, baseFeePerGas: options.baseFeePerGas }),
    });
    if (options.becomesHead ?? onHead) this.setHead(block.hash);
    return block;
  }

  #make(
    parent: ScriptedBlock,
    wanted: readonly (Hash | TransactionSpec | ScriptedTransaction)[],
    facts: BlockFacts,
  ): ScriptedBlock {
    const block = this.#seal(parent, this.#resolve(parent, wanted), facts);
    this.blocks.add(block);
    this.#tell({ kind: 'block', block });
    return block;
  }

  /** Turns specs into transactions; those of one sender in one block number themselves on. */
  #resolve(
    parent: ScriptedBlock,
    wanted: readonly (Hash | TransactionSpec | ScriptedTransaction)[],
  ): readonly ScriptedTransaction[] {
    const used = new Map<Address, number>();
    return wanted.map((entry) => {
      const made =
        typeof entry === 'string' ? this.#known(entry) : 'hash' in entry ? entry : this.#follow(entry, parent, used);
      used.set(made.from, made.nonce + 1);
      return made;
    });
  }

  #follow(spec: TransactionSpec, parent: ScriptedBlock, used: ReadonlyMap<Address, number>): ScriptedTransaction {
    const from = spec.from.toLowerCase();
    const nonce = spec.nonce ?? used.get(from) ?? this.account(from, parent).nonce;
    return transactionFromSpec(spec, this.chainId, nonce);
  }

  #seal(parent: ScriptedBlock, transactions: readonly ScriptedTransaction[], facts: BlockFacts): ScriptedBlock {
    const baseFeePerGas = facts.baseFeePerGas ?? this.nextBaseFee(parent);
    const { chainId } = this;
    const { defaultBalance, gasLimit, blockTimeMs } = this.#options;
    const reverts = revertRule(facts.outcomes ?? new Map());
    const { receipts, changes } = executeBlock(transactions, {
      chainId,
      state: parent.state,
      baseFeePerGas,
      defaultBalance,
      reverts,
    });
    const siblings = this.blocks.children(parent);
    return sealBlock({
      parent,
      number: parent.number + 1,
      timestampMs: facts.timestampMs ?? parent.timestampMs + blockTimeMs,
      baseFeePerGas,
      gasLimit,
      receipts,
      state: layerOver(parent.state, changes),
      extraData: siblings === 0 ? '0x' : `0x${siblings.toString(16).padStart(4, '0')}`,
    });
  }

  #offered(parent: ScriptedBlock, baseFee = this.nextBaseFee(parent)): readonly ScriptedTransaction[] {
    return this.pool.executable((address) => this.account(address).nonce, baseFee, this.#options.gasLimit);
  }

  #refillPool(reverted: readonly ScriptedBlock[], applied: readonly ScriptedBlock[], gone: ReadonlySet<Hash>): void {
    const touched = new Set<Address>();
    const each = (blocks: readonly ScriptedBlock[], task: (transaction: ScriptedTransaction) => void): void => {
      for (const block of blocks) for (const { transaction } of block.receipts) task(transaction);
    };
    each(reverted, (transaction) => {
      touched.add(transaction.from);
      if (!gone.has(transaction.hash) && this.pool.rival(transaction.from, transaction.nonce) === null)
        this.pool.put(transaction);
    });
    each(applied, (transaction) => {
      touched.add(transaction.from);
      for (const { authority } of transaction.authorizations) if (authority !== null) touched.add(authority);
    });
    this.pool.dropUsed(touched, (address) => this.account(address).nonce);
  }

  #settle(): void {
    this.#safe = this.#settled(this.#safe, this.#options.safeDepth);
    this.#finalized = this.#settled(this.#finalized, this.#options.finalizedDepth);
  }

  /** Moves forward only, unless a reorg took the settled block itself away. */
  #settled(current: ScriptedBlock | null, depth: number | null): ScriptedBlock | null {
    if (depth === null) return current;
    const due = this.blocks.at(Math.max(0, this.#head.number - depth), this.#head);
    const stands = current !== null && this.blocks.isOn(current, this.#head);
    return stands && (due === null || due.number < current.number) ? current : due;
  }

  #known(hash: Hash): ScriptedTransaction {
    const mined = this.blocks.holders(hash)[0]?.receipts.find((receipt) => receipt.transaction.hash === hash);
    const transaction = this.pool.get(hash) ?? mined?.transaction;
    assert(transaction !== undefined, `the chain has no transaction ${hash}`);
    return transaction;
  }

  #knownBlock(hash: Hash): ScriptedBlock {
    const block = this.blocks.get(hash);
    assert(block !== null, `the chain has no block ${hash}`);
    return block;
  }

  #tell(change: ChainChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}

interface BlockFacts {
  readonly timestampMs?: number;
  readonly baseFeePerGas?: bigint;
  readonly outcomes?: ReadonlyMap<Hash, 'success' | 'reverted'>;
}

/** The entries that are there: an absent option and one that is undefined are the same to a caller. */
function given<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: Exclude<Options[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: Exclude<Options[Key], undefined>;
  };
}
