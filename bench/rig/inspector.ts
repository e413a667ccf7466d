import { WebSocket } from 'ws';
import type { CpuProfile } from './profile.ts';

/** Bytes, after a full collection. */
export interface Memory {
  readonly resident: number;
  readonly heapUsed: number;
  /** Buffers and the like, outside the JavaScript heap. */
  readonly external: number;
}

/** As `performance.eventLoopUtilization()` counts: milliseconds since the start of the process. */
export interface LoopTime {
  readonly idle: number;
  readonly active: number;
}

interface Reply {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly profile?: CpuProfile };
  readonly error?: { readonly message: string };
}

/**
 * Looks into an unchanged process that was started with `--inspect=127.0.0.1:0`: its memory after a
 * collection, how busy its event loop is, and where its time goes.
 */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const reply = JSON.parse(String(data)) as Reply;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    // A process that ends while it is looked into is noticed by whoever waits for its end.
    socket.on('error', () => socket.terminate());
  }

  /** @param url as the process printed it: `ws://127.0.0.1:PORT/ID` */
  static async attach(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const inspector = new Inspector(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return inspector;
  }

  async memory(): Promise<Memory> {
    // What the first collection leaves to finalizers goes with the second.
    for (let time = 0; time < 2; time += 1) await this.#call('HeapProfiler.collectGarbage');
    const { rss, heapUsed, external } = await this.#evaluate<NodeJS.MemoryUsage>('process.memoryUsage()');
    return { resident: rss, heapUsed, external };
  }

  loopTime(): Promise<LoopTime> {
    return this.#evaluate<LoopTime>('performance.eventLoopUtilization()');
  }

  async startProfile(): Promise<void> {
    await this.#call('Profiler.enable');
    await this.#call('Profiler.setSamplingInterval', { interval: 500 });
    await this.#call('Profiler.start');
  }

  async stopProfile(): Promise<CpuProfile> {
    const { result } = await this.#call('Profiler.stop');
    await this.#call('Profiler.disable');
    if (result?.profile === undefined) throw new Error('the inspector gave no profile');
    return result.profile;
  }

  close(): void {
    this.#socket.terminate();
  }

  async #evaluate<Value>(expression: string): Promise<Value> {
    const { result } = await this.#call('Runtime.evaluate', { expression: `JSON.stringify(${expression})` });
    return JSON.parse(String(result?.result?.value)) as Value;
  }

  #call(method: string, params: object = {}): Promise<Reply> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new Error(`the inspected process ended during ${method}`));
      this.#socket.once('close', onClose);
      this.#waiting.set(id, (reply) => {
        this.#socket.off('close', onClose);
        if (reply.error === undefined) resolve(reply);
        else reject(new Error(`${method}: ${reply.error.message}`));
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
