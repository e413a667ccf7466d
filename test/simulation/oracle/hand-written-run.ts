import type { ReplacementReason, TrackRequest, Transaction, TransactionStatus, TxTrailEvent } from '@txtrail/protocol';
import type { TrueTransaction } from './block-tree.ts';
import { Oracle, type OracleOptions } from './oracle.ts';
import type { ChainRules } from './true-chain.ts';

const chainId = 'eip155:1';
const alice = `0x${'a1'.repeat(20)}`;
const bob = `0x${'b0'.repeat(20)}`;

/** A transaction of the hand-written runs; left out: alice pays bob with nonce 1. */
export interface Written {
  readonly name: string;
  readonly from?: string;
  readonly nonce?: number;
  readonly to?: string;
  readonly value?: bigint;
  readonly execution?: 'success' | 'reverted' | null;
}

export const pay: Written = { name: 'pay' };
export const speedUp: Written = { name: 'speed-up' };
export const cancel: Written = { name: 'cancel', to: alice, value: 0n };
export const otherCall: Written = { name: 'other call', value: 7n };
export const stranger: Written = { name: 'stranger', from: bob, to: alice };

interface Known {
  readonly name: string;
  readonly number: number;
  readonly parent: string;
  readonly transactions: readonly Written[];
}

/** What the next event changes in the shown transaction, in the event's data and in the event itself. */
export interface Changes {
  readonly transaction?: Partial<Transaction>;
  readonly data?: Record<string, unknown>;
  readonly event?: Partial<TxTrailEvent>;
}

/**
 * A true chain and a tracker's deliveries, written by hand: what the oracle finds is collected in
 * `problems`. Every step takes a second unless `wait` says more.
 */
export class HandWrittenRun {
  readonly oracle: Oracle;
  readonly problems: string[] = [];
  atMs = 1_800_000_000_000;
  readonly #blocks = new Map<string, Known>();
  readonly #shown = new Map<string, Transaction>();
  readonly #revisions = new Map<string, number>();
  readonly #seqs = new Map<string, number>();
  readonly #sent: { readonly event: TxTrailEvent; readonly text: string; readonly cursor: string }[] = [];
  #head = '';

  constructor(options: { readonly rules?: Partial<ChainRules>; readonly oracle?: Partial<OracleOptions> } = {}) {
    const rules = {
      chain: chainId,
      name: 'ethereum',
      confirmations: 4,
      thresholds: [1, 2, 3],
      finality: 'tag' as const,
    };
    this.oracle = new Oracle({ chains: [{ ...rules, ...options.rules }], tenant: 'default', ...options.oracle });
    this.#add({ name: 'root', number: 100, parent: 'nothing', transactions: [] });
    this.head('root');
  }

  wait(ms: number): void {
    this.atMs += ms;
  }

  /** Builds a block without making it canonical. */
  build(name: string, parent: string, transactions: readonly Written[] = []): void {
    this.#tick();
    this.#add({ name, number: this.#block(parent).number + 1, parent, transactions });
  }

  head(name: string): void {
    this.#tick();
    this.#head = name;
    this.oracle.truth(chainId).head(hashOf(name), this.atMs);
  }

  /** Builds blocks on the head, one on the other, each canonical at once; the first holds the transactions. */
  mine(names: string, transactions: readonly Written[] = []): void {
    for (const [index, name] of names.split(' ').entries()) {
      this.build(name, this.#head, index === 0 ? transactions : []);
      this.head(name);
    }
  }

  finalized(name: string): void {
    this.#tick();
    this.oracle.truth(chainId).finalized(hashOf(name), this.atMs);
  }

  safe(name: string): void {
    this.#tick();
    this.oracle.truth(chainId).safe(hashOf(name), this.atMs);
  }

  pool(written: Written): void {
    this.#tick();
    this.oracle.truth(chainId).pool(transactionOf(written), this.atMs);
  }

  evict(written: Written): void {
    this.#tick();
    this.oracle.truth(chainId).evicted(hashOf(written.name), this.atMs);
  }

  /** Registers by hash, and has it answered as it should be unless `answer` says otherwise. */
  track(written: Written, request: Partial<TrackRequest> = {}, answer: Partial<Transaction> = {}): string {
    this.#tick();
    const asked: TrackRequest = { chain: 'ethereum', hash: hashOf(written.name), ...request };
    const shown = { ...this.#registered(written, asked), ...answer };
    this.oracle.asked({ request: asked, hash: hashOf(written.name), atMs: this.atMs });
    this.#note(this.oracle.registered({ request: asked, answer: shown, atMs: this.atMs }));
    if (!this.#shown.has(keyOf(written.name, shown.subscriber)) || shown.status === 'unknown') {
      this.#shown.set(keyOf(written.name, shown.subscriber), shown);
    }
    return shown.id;
  }

  untrack(id: string): void {
    this.#tick();
    this.oracle.untracking(id);
    this.oracle.untracked(id, this.atMs);
  }

  pending(written: Written, changes: Changes = {}): void {
    this.say(written, 'pending', { status: 'pending' }, changes);
  }

  included(written: Written, block: string, changes: Changes = {}): void {
    const { number, transactions } = this.#block(block);
    const index = Math.max(
      0,
      transactions.findIndex(({ name }) => name === written.name),
    );
    const place = {
      ...{ status: 'included' as const, blockHash: hashOf(block), blockNumber: number, transactionIndex: index },
      ...{ blockTimestamp: new Date(number * 12_000).toISOString(), confirmations: 1, ...detailsOf(written) },
      ...{ replacedBy: null, reason: null, execution: executionIn(transactions, written) },
    };
    this.say(written, 'included', place, changes);
  }

  confirmation(written: Written, count: number, changes: Changes = {}): void {
    this.say(written, 'confirmation', { confirmations: count }, changes);
  }

  confirmed(written: Written, count = 4, changes: Changes = {}): void {
    this.say(written, 'confirmed', { status: 'confirmed', confirmations: count }, changes);
  }

  finalizedEvent(written: Written, count: number, changes: Changes = {}): void {
    const shown = {
      status: 'finalized' as const,
      confirmations: count,
      finality: 'finalized' as const,
      isTerminal: true,
    };
    this.say(written, 'finalized', shown, changes);
  }

  reorged(written: Written, block: string, depth: number, changes: Changes = {}): void {
    const reorg = {
      fromBlockNumber: this.#block(block).number,
      fromBlockHash: hashOf(block),
      depth,
      beyondFinality: false,
    };
    const { data, ...rest } = changes;
    const given = { reorg: { ...reorg, ...(data?.['reorg'] as object | undefined) } };
    this.say(written, 'reorged', { status: 'pending', ...nowhere }, { ...rest, data: { ...data, ...given } });
  }

  replaced(
    written: Written,
    winner: Written,
    block: string,
    verdict: { readonly reason: ReplacementReason; readonly final?: boolean },
    changes: Changes = {},
  ): void {
    const { reason, final = false } = verdict;
    const at = { blockNumber: this.#block(block).number, blockHash: hashOf(block) };
    const replacement = {
      hash: hashOf(winner.name),
      reason,
      final,
      ...at,
      ...(changes.data?.['replacement'] as object | undefined),
    };
    const shown = { status: 'replaced' as const, replacedBy: replacement.hash, reason, isTerminal: final, ...nowhere };
    this.say(written, 'replaced', shown, { ...changes, data: { ...changes.data, replacement } });
  }

  /** Says an event and delivers it to the reader `first` (of another subscriber than `default`: `first of …`). */
  say(
    written: Written,
    type: string,
    shown: Partial<Transaction>,
    changes: Changes & { readonly subscriber?: string } = {},
  ): void {
    this.#tick();
    const key = keyOf(written.name, changes.subscriber ?? 'default');
    const before = this.#shown.get(key) ?? this.#registered(written, { chain: 'ethereum' });
    const transaction: Transaction = { ...before, ...shown, ...changes.transaction };
    this.#shown.set(key, transaction);
    const event = this.#event(type, before.status, transaction, changes);
    const sent = { event, text: JSON.stringify(event), cursor: `cursor ${event.subscriber} ${event.seq}` };
    this.#sent.push(sent);
    this.deliver(event.subscriber === 'default' ? 'first' : `first of ${event.subscriber}`, sent.event, sent.text);
  }

  /** The events said so far, in order. */
  get sent(): readonly TxTrailEvent[] {
    return this.#sent.map(({ event }) => event);
  }

  deliver(reader: string, event: TxTrailEvent, text = JSON.stringify(event)): void {
    const cursor = `cursor ${event.subscriber} ${event.seq}`;
    this.#note(this.oracle.received({ reader, event, text, cursor, atMs: this.atMs }));
  }

  /** Settles with the transactions as they were shown last, the counts being those of the head. */
  settle(
    changes: Partial<Transaction> = {},
    upToDate: readonly string[] = ['first'],
    without: readonly string[] = [],
  ): void {
    this.#tick();
    const head = this.#block(this.#head).number;
    const transactions = [...this.#shown.values()]
      .filter(({ id }) => !without.includes(id))
      .map((shown) => ({
        ...shown,
        confirmations: shown.blockNumber === null ? 0 : head - shown.blockNumber + 1,
        ...changes,
      }));
    this.#note(this.oracle.settled({ transactions, atMs: this.atMs, upToDate }));
  }

  #event(type: string, previousStatus: TransactionStatus, transaction: Transaction, changes: Changes): TxTrailEvent {
    const { id, chain, hash, subscriber, confirmations } = transaction;
    const revision = (this.#revisions.get(id) ?? 0) + 1;
    const seq = (this.#seqs.get(subscriber) ?? 0) + 1;
    this.#revisions.set(id, revision);
    this.#seqs.set(subscriber, seq);
    const time = new Date(this.atMs).toISOString();
    return {
      ...{ specversion: '1.0', id: `evt_${id}_${revision}`, source: 'txtrail', type: `transaction.${type}` },
      ...{ subject: `${chain}/${hash}`, time, timestamp: time, datacontenttype: 'application/json' },
      ...{ tenant: 'default', subscriber, seq, revision },
      data: { transaction, previousStatus, confirmations, late: false, ...changes.data },
      ...changes.event,
    } as TxTrailEvent;
  }

  #registered(written: Written, request: TrackRequest): Transaction {
    const subscriber = request.subscriber ?? 'default';
    const required = request.confirmations ?? 4;
    const thresholds = (request.thresholds ?? [1, 2, 3]).filter(
      (one) => typeof required !== 'number' || one < required,
    );
    return {
      ...{ id: `tx_${written.name.replaceAll(' ', '_')}_${subscriber}`, chain: chainId, chainId: 1 },
      ...{ hash: hashOf(written.name), subscriber, status: 'unknown', isTerminal: false, confirmations: 0 },
      ...{ requiredConfirmations: required, thresholds, from: null, to: null, nonce: null },
      ...{ replacedBy: null, replaces: null, reason: null, metadata: request.metadata ?? null, ...nowhere },
    } as unknown as Transaction;
  }

  #add(block: Known): void {
    const { name, number, parent, transactions } = block;
    this.#blocks.set(name, block);
    this.oracle.truth(chainId).block(
      {
        ...{ hash: hashOf(name), parentHash: hashOf(parent), number, timestampMs: number * 12_000 },
        transactions: transactions.map(transactionOf),
      },
      this.atMs,
    );
  }

  #block(name: string): Known {
    const known = this.#blocks.get(name);
    if (known === undefined) throw new Error(`no block ${name}`);
    return known;
  }

  #tick(): void {
    this.atMs += 1_000;
  }

  #note(problems: readonly string[]): void {
    this.problems.push(...problems);
  }
}

/** What a transaction shows that is in no block. */
const nowhere: Partial<Transaction> = {
  ...{ blockHash: null, blockNumber: null, transactionIndex: null, blockTimestamp: null },
  ...{ execution: null, finality: 'none', confirmations: 0 },
};

/** A hash that follows from a name. */
export function hashOf(name: string): string {
  return `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`;
}

function keyOf(name: string, subscriber: string): string {
  return `${name}/${subscriber}`;
}

function detailsOf({ from = alice, nonce = 1, to = bob }: Written): Pick<Transaction, 'from' | 'nonce' | 'to'> {
  return { from, nonce, to };
}

function transactionOf(written: Written): TrueTransaction {
  const { name, value = 5n, execution = 'success' } = written;
  const { from, nonce, to } = detailsOf(written) as { from: string; nonce: number; to: string };
  return { hash: hashOf(name), from, nonce, to, value, input: '0x', execution };
}

function executionIn(transactions: readonly Written[], written: Written): Transaction['execution'] {
  const held = transactions.find(({ name }) => name === written.name);
  return held === undefined ? 'success' : held.execution === undefined ? 'success' : held.execution;
}
