import { createHash } from 'node:crypto';
import type { Block, BlockHeader, BlockTransaction, CallDetails } from '../../src/core/chain/block.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';

/** A transaction by a short name, with what replacement looks at. */
export interface ScriptTransaction {
  readonly name: string;
  readonly from?: string;
  readonly nonce?: number;
  /** What it asks for: equal calls have equal digests. */
  readonly call?: string;
  readonly selfCancel?: boolean;
}

export function hashOf(name: string): string {
  return `0x${createHash('sha256').update(name).digest('hex')}`;
}

export function addressOf(name: string): string {
  return hashOf(`address ${name}`).slice(0, 42);
}

export function detailsOf(transaction: ScriptTransaction): CallDetails {
  return {
    from: addressOf(transaction.from ?? transaction.name),
    nonce: transaction.nonce ?? 0,
    to: addressOf('recipient'),
    callDigest: hashOf(transaction.call ?? transaction.name).slice(2, 34),
    selfCancel: transaction.selfCancel ?? false,
  };
}

/** Writes the records of one chain: blocks by short names, reorgs and settling, always consistent. */
export class ChainScript {
  readonly chain: string;
  readonly #blocks: BlockHeader[] = [];
  readonly blockTimeMs = 12_000;

  constructor(chain = 'eip155:1') {
    this.chain = chain;
  }

  get head(): BlockHeader {
    const head = this.#blocks.at(-1);
    if (head === undefined) throw new Error('the script is not anchored');
    return head;
  }

  anchor(number = 100, target = number): ChainRecord {
    const block = this.#header(number, 'anchor', hashOf(`block ${number - 1}`));
    this.#blocks.push(block);
    return { kind: 'anchored', chain: this.chain, block, target, provider: 'one' };
  }

  /** A block on the head; `branch` tells apart blocks of one height. */
  block(transactions: readonly ScriptTransaction[] = [], branch = 'a', target?: number): ChainRecord {
    const header = this.#header(this.head.number + 1, branch, this.head.hash);
    this.#blocks.push(header);
    const body = transactions.map(
      (transaction, index): BlockTransaction => ({ ...detailsOf(transaction), hash: hashOf(transaction.name), index }),
    );
    const block: Block = { ...header, transactions: body };
    const { number, timestampMs } = header;
    return {
      kind: 'applied',
      chain: this.chain,
      block,
      target: target ?? number,
      provider: 'one',
      seenMs: timestampMs + 100,
    };
  }

  revert(depth: number, beyondFinality = false): ChainRecord {
    const blocks = this.#blocks.splice(-depth).reverse();
    const { number, hash } = this.head;
    return {
      kind: 'reverted',
      chain: this.chain,
      blocks: blocks.map((block) => ({ number: block.number, hash: block.hash })),
      ancestor: { number, hash },
      beyondFinality,
      provider: 'one',
    };
  }

  /** Settles the canonical blocks of these numbers. */
  settle(finalized: number | null, safe: number | null = finalized): ChainRecord {
    const at = (number: number | null): { number: number; hash: string } | null => {
      const block = this.#blocks.find((one) => one.number === number);
      return number === null ? null : { number, hash: block?.hash ?? hashOf(`block ${number}`) };
    };
    return {
      kind: 'settled',
      chain: this.chain,
      safe: at(safe),
      finalized: at(finalized),
      source: 'tag',
      provider: 'one',
    };
  }

  #header(number: number, branch: string, parentHash: string): BlockHeader {
    const hash = hashOf(`block ${number} ${branch} ${parentHash}`);
    return { number, hash, parentHash, timestampMs: 1_700_000_000_000 + number * this.blockTimeMs };
  }
}
