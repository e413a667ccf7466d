import { exchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { RpcFailure } from './rpc-failure.ts';
import type { Push, ScriptedProvider, Subscriptions } from './scripted-provider.ts';
import { digestOf } from './scripted-transaction.ts';

/** One socket may hold so many subscriptions. */
export const subscriptionLimit = 128;

/** One WebSocket connection to a provider: its subscriptions, and what it sends back. Pure as the provider is. */
export class ScriptedSession implements Subscriptions {
  readonly #provider: ScriptedProvider;
  readonly #name: string;
  readonly #subscriptions = new Map<string, { readonly topic: string; readonly full: boolean }>();
  #made = 0;

  /** @param options.name tells connections apart, so that no two give out the same subscription id (F15) */
  constructor(options: { readonly name: string }, deps: { readonly provider: ScriptedProvider }) {
    this.#name = options.name;
    this.#provider = deps.provider;
  }

  /** The answer to a frame. */
  receive(text: string, now: number): Exchange {
    return exchange(this.#provider, text, now, { transport: 'ws', subscriptions: this });
  }

  /** The frames that a push makes on this socket. */
  notifications(push: Push): readonly string[] {
    return [...this.#subscriptions].flatMap(([subscription, { topic, full }]) => {
      if (topic !== push.topic) return [];
      const params = { subscription, result: push.render(full) };
      return [JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params })];
    });
  }

  subscribe(params: readonly unknown[]): string {
    const [topic, full] = params;
    if (topic !== 'newHeads' && topic !== 'newPendingTransactions') {
      throw new RpcFailure(-32601, `no "${String(topic)}" subscription in eth namespace`);
    }
    if (this.#subscriptions.size >= subscriptionLimit) throw new RpcFailure(-32000, 'too many subscriptions');
    this.#made += 1;
    const id = digestOf({ session: this.#name, made: this.#made }).slice(0, 34);
    this.#subscriptions.set(id, { topic, full: full === true });
    return id;
  }

  unsubscribe(params: readonly unknown[]): boolean {
    if (!this.#subscriptions.delete(String(params[0]))) throw new RpcFailure(-32000, 'subscription not found');
    return true;
  }
}
