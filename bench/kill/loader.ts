import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackRequest } from '@txtrail/protocol';
import type { ChainNode } from '../../test/harness/chain-node.ts';
import type { HttpClient } from '../../test/harness/http-client.ts';
import { TransactionSender, type SignedTransaction } from '../../test/harness/transactions.ts';

/** Senders among which the load is spread, each with nonces of its own. */
const senders = 12;

export interface Registered {
  readonly id: string;
  readonly hash: string;
  readonly way: 'single' | 'batch' | 'raw' | 'late';
}

export interface LoaderDependencies {
  readonly node: ChainNode;
  readonly http: HttpClient;
  readonly random: () => number;
  readonly subscriber: string;
}

export interface LoadOptions {
  /** Entries of a batch. */
  readonly batch: number;
  /** At most so long between two calls, milliseconds. */
  readonly pauseMs: number;
  /** How many call at a time, three at most: each has senders of its own. Default 1. */
  readonly callers?: number;
}

const lightLoad: LoadOptions = { batch: 5, pauseMs: 70 };

/**
 * Keeps transactions flowing to the chain and registers them, in every way there is, while the
 * tracker dies and comes back. Only what was answered with 2xx counts as registered; what was cut
 * off is asked for again, as a client would. Speed-ups make some of them replaced.
 */
export class Loader {
  readonly registered = new Map<string, Registered>();
  /** Requests that the tracker's death cut off: each was sent again. */
  cutOff = 0;
  readonly #deps: LoaderDependencies;
  readonly #load: LoadOptions;
  readonly #senders: readonly TransactionSender[];
  #stopped = false;

  /** `caller`: which of those that call at a time it is, from 0. */
  constructor(deps: LoaderDependencies, load: LoadOptions = lightLoad, caller = 0) {
    this.#deps = deps;
    this.#load = load;
    this.#senders = Array.from(
      { length: senders },
      (_, index) => new TransactionSender({ accountIndex: caller * senders + index, chainId: deps.node.chainId }),
    );
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.#stopped; round += 1) {
      const sender = this.#senders[round % senders] as TransactionSender;
      const choice = this.#deps.random();
      if (choice < 0.35) await this.#single(sender);
      else if (choice < 0.6) await this.#batch(sender);
      else if (choice < 0.8) await this.#raw(sender);
      else if (choice < 0.9) await this.#late(sender);
      else await this.#replacedPair(sender);
      await sleep((0.15 + this.#deps.random() * 0.85) * this.#load.pauseMs);
    }
  }

  async #single(sender: TransactionSender): Promise<void> {
    const signed = await sender.eip1559();
    await this.#deps.node.rpc.call('eth_sendRawTransaction', [signed.raw]);
    await this.#register({ hash: signed.hash }, 'single');
  }

  async #batch(sender: TransactionSender): Promise<void> {
    const signed: SignedTransaction[] = [];
    for (let entry = 0; entry < this.#load.batch; entry += 1) signed.push(await sender.legacy());
    const requests = signed.map(({ hash }) => this.#request({ hash }));
    const answer = await this.#untilAnswered(() => this.#deps.http.batch(requests));
    for (const { transaction, error } of answer.body.results) {
      if (transaction === undefined) throw new Error(`a batch entry was refused: ${JSON.stringify(error)}`);
      this.#keep(transaction.id, transaction.hash, 'batch');
    }
    for (const { raw } of signed) await this.#deps.node.rpc.call('eth_sendRawTransaction', [raw]);
  }

  async #raw(sender: TransactionSender): Promise<void> {
    const signed = await sender.eip1559();
    await this.#register({ raw: signed.raw }, 'raw');
  }

  /** Registered a while after it was sent: mostly it is in a block by then. */
  async #late(sender: TransactionSender): Promise<void> {
    const signed = await sender.reverting();
    await this.#deps.node.rpc.call('eth_sendRawTransaction', [signed.raw]);
    await sleep(400);
    await this.#register({ hash: signed.hash }, 'late');
  }

  /** Two of one nonce: which of them is mined is the chain's choice, and the checker asks it. */
  async #replacedPair(sender: TransactionSender): Promise<void> {
    const first = await sender.eip1559();
    const second = await sender.speedUp(first);
    const claimed = { from: first.from, nonce: first.nonce };
    await this.#deps.node.rpc.call('eth_sendRawTransaction', [first.raw]);
    await this.#register({ hash: first.hash, ...claimed }, 'single');
    // Refused where the first is in a block already: then it simply was not replaced.
    await this.#deps.node.rpc.call('eth_sendRawTransaction', [second.raw]).catch(() => null);
  }

  #request(part: Partial<TrackRequest>): TrackRequest {
    return { chain: this.#deps.node.chain, subscriber: this.#deps.subscriber, ...part };
  }

  async #register(part: Partial<TrackRequest>, way: Registered['way']): Promise<void> {
    const answer = await this.#untilAnswered(() => this.#deps.http.track(this.#request(part)));
    this.#keep(answer.body.id, answer.body.hash, way);
  }

  #keep(id: string, hash: string, way: Registered['way']): void {
    this.registered.set(id, { id, hash, way });
  }

  /** Asks until there is a 2xx: a refused or cut connection, and 503, are what a dying process gives. */
  async #untilAnswered<T>(
    ask: () => Promise<{ readonly status: number; readonly text: string; readonly body: T }>,
  ): Promise<{
    readonly body: T;
  }> {
    for (;;) {
      const answer = await ask().catch(() => null);
      if (answer !== null && answer.status >= 200 && answer.status < 300) return answer;
      if (answer !== null && answer.status !== 503)
        throw new Error(`a registration was refused: ${answer.status} ${answer.text}`);
      this.cutOff += 1;
      await sleep(100);
    }
  }
}

/** All that call at a time, as one. */
export class Loaders {
  readonly #loaders: readonly Loader[];

  constructor(deps: LoaderDependencies, load: LoadOptions = lightLoad) {
    const { callers = 1 } = load;
    this.#loaders = Array.from({ length: callers }, (_, caller) => new Loader(deps, load, caller));
  }

  get registered(): ReadonlyMap<string, Registered> {
    return new Map(this.#loaders.flatMap(({ registered }) => [...registered]));
  }

  get cutOff(): number {
    return this.#loaders.reduce((sum, { cutOff }) => sum + cutOff, 0);
  }

  async run(): Promise<void> {
    await Promise.all(this.#loaders.map((loader) => loader.run()));
  }

  stop(): void {
    for (const loader of this.#loaders) loader.stop();
  }
}
