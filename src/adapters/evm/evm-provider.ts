import type { Block, BlockHeader, BlockRef, ChainId, Hash } from '../../core/chain/block.ts';
import { assert } from '../../lib/assert.ts';
import { TxTrailError } from '../../lib/error.ts';
import type {
  ChainProvider,
  HeadSink,
  HeadSubscription,
  LookupAnswer,
  ReceiptAnswer,
  SendAnswer,
} from '../../ports/chain-provider.ts';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Network } from '../../ports/network.ts';
import { HttpTransport } from '../json-rpc/http-transport.ts';
import { rpcErrorClassOf } from '../json-rpc/json-rpc-fault.ts';
import { outcomeOfCall } from '../json-rpc/json-rpc-message.ts';
import type { JsonRpcTransport, RpcOutcome } from '../json-rpc/json-rpc-message.ts';
import { MeteredTransport } from '../json-rpc/metered-transport.ts';
import { WebSocketTransport } from '../json-rpc/websocket-transport.ts';
import { HeadSocket } from './head-socket.ts';
import { parseBlock, parseHeader, parseLookup, type WantedBlock } from './parse-block.ts';
import { parseBlockReceipts, parseReceipt, type WantedReceipt } from './parse-receipt.ts';
import { readHash, readInteger } from './rpc-field.ts';
import { sendVerdictOf } from './send-verdict.ts';

/** Questions whose answer is small; a provider that takes longer is not the one to follow. */
export const lightCallTimeoutMs = 2_500;
/** Some nodes answer a broadcast only after they passed it on. */
export const sendTimeoutMs = 10_000;
/** From this many receipts of a block on, all of them are asked for at once. */
export const blockReceiptsFrom = 2;
/** After `eth_getBlockReceipts` gave a wrong or short answer, single receipts are used this long (H34). */
export const blockReceiptsRestMs = 30_000;
/** The same where the provider does not have the method. */
export const blockReceiptsUnsupportedMs = 10 * 60_000;
/** Blocks whose transaction count is remembered to check receipts against. */
export const countedBlocksMax = 512;

export interface EvmProviderOptions {
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  /** At least one of the two; may hold keys. */
  readonly http: string | null;
  readonly ws: string | null;
  readonly requestTimeoutMs?: number | undefined;
}

export interface EvmProviderDeps {
  readonly network: Network;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A ChainProvider over the JSON-RPC of an EVM node, by HTTP, WebSocket or both. */
export function createEvmProvider(options: EvmProviderOptions, deps: EvmProviderDeps): ChainProvider {
  const provider = options.name;
  const socket = options.ws === null ? null : new WebSocketTransport({ provider, url: options.ws }, deps);
  const http =
    options.http === null
      ? null
      : new HttpTransport({ provider, url: options.http, requestTimeoutMs: options.requestTimeoutMs }, deps);
  const transport = http ?? socket;
  assert(transport !== null, `provider ${provider} has neither an HTTP nor a WebSocket address`);
  return new EvmProvider(options, deps, new MeteredTransport({ provider, transport }, deps), socket);
}

class EvmProvider implements ChainProvider {
  readonly name: string;
  readonly role: 'primary' | 'secondary';
  readonly #deps: EvmProviderDeps;
  readonly #transport: JsonRpcTransport;
  readonly #socket: WebSocketTransport | null;
  readonly #transactionCounts = new Map<Hash, number>();
  #knownChain: ChainId | null = null;
  #blockReceiptsRestUntilMs = 0;

  constructor(
    options: EvmProviderOptions,
    deps: EvmProviderDeps,
    transport: JsonRpcTransport,
    socket: WebSocketTransport | null,
  ) {
    this.name = options.name;
    this.role = options.role;
    this.#deps = deps;
    this.#transport = transport;
    this.#socket = socket;
  }

  async chainId(): Promise<ChainId> {
    const result = await this.#transport.call({ method: 'eth_chainId', params: [] }, lightCallTimeoutMs);
    this.#knownChain = `eip155:${readInteger(this.#place('eth_chainId'), result, 'a chain id')}`;
    return this.#knownChain;
  }

  async head(): Promise<BlockHeader> {
    const call = { method: 'eth_getBlockByNumber', params: ['latest', false] };
    return parseHeader(this.#place(call.method), await this.#transport.call(call, lightCallTimeoutMs));
  }

  blockByNumber(number: number): Promise<Block | null> {
    return this.#block('eth_getBlockByNumber', quantityOf(number), { number });
  }

  blockByHash(hash: Hash): Promise<Block | null> {
    return this.#block('eth_getBlockByHash', hash, { hash });
  }

  async settled(): Promise<{ safe: BlockRef | null; finalized: BlockRef | null }> {
    // One by one: under each other's ids, a missing tag's error would make the safe block final, and nothing tells (F12).
    const [safe, finalized] = await Promise.all([this.#askTag('safe'), this.#askTag('finalized')]);
    return { safe: this.#tagged(safe), finalized: this.#tagged(finalized) };
  }

  async lookup(hashes: readonly Hash[]): Promise<readonly (LookupAnswer | 'unanswered' | null)[]> {
    const method = 'eth_getTransactionByHash';
    const outcomes = await this.#transport.batch(hashes.map((hash) => ({ method, params: [hash] })));
    return this.#judgeEach(outcomes, (result, index) =>
      result === null ? null : parseLookup(this.#place(method), result, hashes[index] as Hash),
    );
  }

  async receipts(block: BlockRef, wanted: readonly WantedReceipt[]): Promise<readonly (ReceiptAnswer | null)[]> {
    const resting = this.#deps.clock.monotonic() < this.#blockReceiptsRestUntilMs;
    if (wanted.length >= blockReceiptsFrom && !resting) {
      const all = await this.#blockReceipts(block);
      const found = wanted.map(({ hash, index }) => (all?.get(hash)?.index === index ? all.get(hash) : undefined));
      if (found.every((receipt) => receipt !== undefined)) return found;
    }
    const method = 'eth_getTransactionReceipt';
    const outcomes = await this.#transport.batch(wanted.map(({ hash }) => ({ method, params: [hash] })));
    const answers = this.#judgeEach(outcomes, (result, index) =>
      parseReceipt(this.#place(method), result, block, wanted[index] as WantedReceipt),
    );
    return answers.map((answer) => (answer === 'unanswered' ? null : answer));
  }

  async send(raw: string): Promise<SendAnswer> {
    const call = { method: 'eth_sendRawTransaction', params: [raw] };
    try {
      readHash(this.#place(call.method), await this.#transport.call(call, sendTimeoutMs), 'a transaction hash');
      return { outcome: 'accepted' };
    } catch (error) {
      const spoken = error instanceof TxTrailError ? error.facts : {};
      const { rpcCode, rpcMessage } = spoken;
      if (typeof rpcCode !== 'number' || typeof rpcMessage !== 'string') throw error;
      const verdict = sendVerdictOf({ code: rpcCode, message: rpcMessage });
      // What the generic classes call a limit of the provider is one, unless the words are about the transaction.
      const generic = verdict?.outcome === 'rejected' && verdict.failureClass === 'unknown';
      if (verdict === null || (generic && rpcErrorClassOf(error) !== 'other')) throw error;
      return verdict;
    }
  }

  followHeads(sink: HeadSink): HeadSubscription | null {
    if (this.#socket === null) return null;
    const { logger } = this.#deps;
    const heads = new HeadSocket(
      { provider: this.name, sink },
      { socket: this.#socket, logger, knownChain: () => this.#knownChain },
    );
    heads.start();
    return heads;
  }

  async close(): Promise<void> {
    await Promise.all([this.#transport.close(), this.#socket?.close()]);
  }

  async #block(method: string, id: string, wanted: WantedBlock): Promise<Block | null> {
    try {
      const result = await this.#transport.call({ method, params: [id, true] });
      if (result === null) return null;
      const block = parseBlock(this.#place(method), result, wanted);
      this.#rememberCount(block);
      return block;
    } catch (error) {
      // A node that is behind says so with an error as often as with null (H08).
      if (rpcErrorClassOf(error) === 'missing_data') return null;
      throw error;
    }
  }

  /** All receipts of the block, checked; null (and singles for a while) when the answer cannot be used. */
  async #blockReceipts(block: BlockRef): Promise<ReadonlyMap<Hash, ReceiptAnswer> | null> {
    const method = 'eth_getBlockReceipts';
    try {
      const result = await this.#transport.call({ method, params: [block.hash] });
      const count = this.#transactionCounts.get(block.hash) ?? null;
      const receipts = parseBlockReceipts(this.#place(method), result, block, count);
      // null is "not there yet" and says nothing about the method.
      if (receipts === null && result !== null) this.#restBlockReceipts(blockReceiptsRestMs);
      return receipts;
    } catch (error) {
      const errorClass = rpcErrorClassOf(error);
      const code = error instanceof TxTrailError ? error.code : null;
      if (errorClass === 'unsupported') this.#restBlockReceipts(blockReceiptsUnsupportedMs);
      else if (code === 'provider_bad_answer' || code === 'provider_error')
        this.#restBlockReceipts(blockReceiptsRestMs);
      else throw error;
      return null;
    }
  }

  #restBlockReceipts(restMs: number): void {
    this.#blockReceiptsRestUntilMs = this.#deps.clock.monotonic() + restMs;
    this.#deps.logger.info('receipts are asked one by one for a while', { provider: this.name, restMs });
  }

  /** Judges each item of a batch on its own; rejects when not one of them was answered. */
  #judgeEach<Answer>(
    outcomes: readonly RpcOutcome[],
    parse: (result: unknown, index: number) => Answer | null,
  ): readonly (Answer | 'unanswered' | null)[] {
    const faults: unknown[] = [];
    const answers = outcomes.map((outcome, index) => {
      try {
        if (outcome.ok) return parse(outcome.result, index);
        if (rpcErrorClassOf(outcome.error) === 'missing_data') return null;
        throw outcome.error;
      } catch (error) {
        faults.push(error);
        return 'unanswered';
      }
    });
    if (faults.length > 0 && faults.length === outcomes.length) throw faults[0];
    return answers;
  }

  #askTag(tag: string): Promise<RpcOutcome> {
    const call = { method: 'eth_getBlockByNumber', params: [tag, false] };
    return outcomeOfCall(this.#transport.call(call, lightCallTimeoutMs));
  }

  #tagged(outcome: RpcOutcome): BlockRef | null {
    if (outcome.ok) {
      if (outcome.result === null) return null;
      const { number, hash } = parseHeader(this.#place('eth_getBlockByNumber'), outcome.result);
      return { number, hash };
    }
    const errorClass = rpcErrorClassOf(outcome.error);
    // The tag is not known there, or names no block yet (H19); parameters refused mean the former.
    const noTag =
      errorClass === 'missing_data' || errorClass === 'unsupported' || outcome.error.facts['rpcCode'] === -32602;
    if (!noTag) throw outcome.error;
    return null;
  }

  #rememberCount(block: Block): void {
    this.#transactionCounts.delete(block.hash);
    this.#transactionCounts.set(block.hash, block.transactions.length);
    if (this.#transactionCounts.size <= countedBlocksMax) return;
    const oldest = this.#transactionCounts.keys().next().value;
    if (oldest !== undefined) this.#transactionCounts.delete(oldest);
  }

  #place(method: string): { readonly provider: string; readonly method: string } {
    return { provider: this.name, method };
  }
}

function quantityOf(number: number): string {
  return `0x${number.toString(16)}`;
}
