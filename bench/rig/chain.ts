import type { ChainReply, ChainRequest, ShownBlock } from '../chain/chain-messages.ts';
import type { Cores } from './cores.ts';
import type { BenchChain } from './tracker.ts';
import { Worker } from './worker.ts';

/** The bench's chain, in its process on the load's core. */
export class ChainWorker {
  readonly provider: BenchChain;
  readonly #worker: Worker<ChainRequest, ChainReply>;

  private constructor(worker: Worker<ChainRequest, ChainReply>, urls: { readonly http: string; readonly ws: string }) {
    this.#worker = worker;
    this.provider = { chain: 'eip155:31337', http: urls.http, ws: urls.ws };
  }

  static async start(cores: Cores): Promise<ChainWorker> {
    const file = new URL('../chain/chain-process.ts', import.meta.url);
    const worker = new Worker<ChainRequest, ChainReply>(cores.load, file);
    return new ChainWorker(worker, await worker.reply('ready'));
  }

  get processId(): number {
    return this.#worker.processId;
  }

  /** Hashes of new transactions, in the order in which they will be mined. */
  async prepare(count: number, options: { readonly pooled: boolean }): Promise<readonly string[]> {
    return (await this.#worker.ask({ kind: 'prepare', count, ...options }, 'hashes')).hashes;
  }

  async stage(blocks: readonly { readonly tracked: number; readonly size: number }[]): Promise<void> {
    await this.#worker.ask({ kind: 'stage', blocks }, 'done');
  }

  async play(count: number, intervalMs: number): Promise<readonly ShownBlock[]> {
    return (await this.#worker.ask({ kind: 'play', count, intervalMs }, 'shown')).blocks;
  }

  /** Calls since the last time this was asked, by method. */
  async calls(): Promise<Readonly<Record<string, number>>> {
    return (await this.#worker.ask({ kind: 'calls' }, 'calls')).calls;
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }
}
