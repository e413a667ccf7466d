import type { ChainId } from '../../core/chain/block.ts';
import type { HeadSink, HeadSubscription } from '../../ports/chain-provider.ts';
import type { Logger } from '../../ports/logger.ts';
import { type SocketListener, subscriptionIdOf, type WebSocketTransport } from '../json-rpc/websocket-transport.ts';
import { parseHeader } from './parse-block.ts';
import { readInteger } from './rpc-field.ts';

export interface HeadSocketDeps {
  readonly socket: WebSocketTransport;
  readonly logger: Logger;
  /** The chain that the provider's calls are known to reach; null before it was asked. */
  readonly knownChain: () => ChainId | null;
}

/** Follows `newHeads` over a socket that reconnects by itself: subscribed anew, and its chain checked, each time. */
export class HeadSocket implements SocketListener, HeadSubscription {
  readonly #provider: string;
  readonly #sink: HeadSink;
  readonly #deps: HeadSocketDeps;
  #subscription: string | null = null;
  #stopped = false;
  /** Rises with each connection, so that a late answer of an earlier one is not taken for this one's. */
  #connection = 0;

  constructor(options: { readonly provider: string; readonly sink: HeadSink }, deps: HeadSocketDeps) {
    this.#provider = options.provider;
    this.#sink = options.sink;
    this.#deps = deps;
  }

  start(): void {
    this.#deps.socket.listen(this);
  }

  restart(reason: string): void {
    this.#deps.socket.restart(reason);
  }

  stop(): void {
    this.#stopped = true;
    this.#deps.socket.listen(null);
  }

  onOpen(): void {
    this.#connection += 1;
    void this.#subscribe(this.#connection);
  }

  onClose(reason: string): void {
    this.#connection += 1;
    this.#subscription = null;
    if (!this.#stopped) this.#sink.onState('down', reason);
  }

  onNotification(params: Record<string, unknown>): void {
    if (this.#stopped || this.#subscription === null || params['subscription'] !== this.#subscription) return;
    const place = { provider: this.#provider, method: 'newHeads' };
    try {
      const head = parseHeader(place, params['result']);
      this.#deps.socket.markHealthy();
      this.#sink.onHead(head);
    } catch (error) {
      // A hint that cannot be read is no hint; the poll that stands behind it goes on.
      this.#deps.logger.debug('a head announcement cannot be read', { provider: this.#provider, error });
    }
  }

  async #subscribe(connection: number): Promise<void> {
    const { socket } = this.#deps;
    try {
      const place = { provider: this.#provider, method: 'eth_chainId' };
      const id = readInteger(place, await socket.call({ method: 'eth_chainId', params: [] }), 'a chain id');
      const known = this.#deps.knownChain();
      if (known !== null && known !== `eip155:${id}`) {
        throw new Error(`the socket serves eip155:${id} where the provider serves ${known}`);
      }
      const result = await socket.call({ method: 'eth_subscribe', params: ['newHeads'] });
      if (connection !== this.#connection) return;
      this.#subscription = subscriptionIdOf(this.#provider, result);
      this.#sink.onState('up', 'subscribed to new heads');
    } catch (error) {
      if (connection !== this.#connection) return;
      socket.restart(error instanceof Error ? error.message : 'the subscription failed');
    }
  }
}
