import { applyContentFault } from './content-fault.ts';
import { isContentFault, isPushFault, isTransportFault } from './fault.ts';
import type { Fault, FaultRule, TransportFault } from './fault.ts';
import { FaultBook } from './fault-book.ts';
import { ProviderView } from './provider-view.ts';
import { renderHeader, renderTransaction } from './render.ts';
import { RpcFailure, rpcFailures } from './rpc-failure.ts';
import type { RpcError } from './rpc-failure.ts';
import { rpcMethods } from './rpc-methods.ts';
import type { RpcMethod } from './rpc-methods.ts';
import type { ChainChange, ScriptedChain } from './scripted-chain.ts';
import type { ScriptedBlock } from './scripted-block.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export type RpcOutcome = { readonly result: unknown } | { readonly error: RpcError };

/** What a provider makes of one call: its outcome (null: the call was not carried out), and what befalls the exchange. */
export interface Answer {
  readonly outcome: RpcOutcome | null;
  readonly faults: readonly TransportFault[];
  /** Every kind of fault that struck it, of its content too. */
  readonly struck: readonly Fault['kind'][];
}

/** How a call came: over what, at which place of a batch, and from whose socket. */
export interface CallContext {
  readonly transport?: 'http' | 'ws';
  readonly position?: number;
  readonly subscriptions?: Subscriptions;
}

/** The subscriptions of one socket. */
export interface Subscriptions {
  subscribe(params: readonly unknown[]): string;
  unsubscribe(params: readonly unknown[]): boolean;
}

/** Something for every socket that subscribed to it. */
export interface Push {
  readonly topic: 'newHeads' | 'newPendingTransactions';
  /** The notification's `result`; `full`: bodies of transactions were asked for. */
  readonly render: (full: boolean) => unknown;
  readonly delayMs: number;
}

/** Faults after which no answer reaches the caller, so that (by default) the work is not done either. */
const silencing: ReadonlySet<TransportFault['kind']> = new Set([
  'http_status',
  'html',
  'batch_refused',
  'hang',
  'drop',
  'huge',
]);

/**
 * One RPC endpoint over the chain: an own view of it and own faults. It is pure: `answer` depends
 * on the chain, what was set here, the call and the time given, and on nothing else.
 */
export class ScriptedProvider {
  readonly name: string;
  readonly view: ProviderView;
  readonly faults: FaultBook;
  readonly #methods: Readonly<Record<string, RpcMethod>>;
  readonly #counts = new Map<string, number>();
  #announced: ScriptedBlock;
  #held: ScriptedBlock | null = null;

  /** @param options.methods what this provider answers in a way of its own, or beside the others */
  constructor(
    options: { readonly name: string; readonly methods?: Readonly<Record<string, RpcMethod>> },
    deps: { readonly chain: ScriptedChain },
  ) {
    this.name = options.name;
    this.#methods = { ...rpcMethods, ...options.methods };
    this.view = new ProviderView(deps.chain);
    this.faults = new FaultBook(options);
    this.#announced = this.view.head;
  }

  /** Sets a fault; returns the way to clear it. */
  fault(rule: FaultRule): () => void {
    return this.faults.set(rule);
  }

  /** How often a method (default: any) was called since the start or the last reset. */
  count(method?: string): number {
    if (method !== undefined) return this.#counts.get(method) ?? 0;
    return [...this.#counts.values()].reduce((total, count) => total + count, 0);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  resetCounts(): void {
    this.#counts.clear();
  }

  /** @param now milliseconds, for faults that strike by chance */
  answer(call: RpcCall, now: number, context: CallContext = {}): Answer {
    const { transport = 'http', position = 0 } = context;
    this.#counts.set(call.method, this.count(call.method) + 1);
    const rules = this.faults.strike({ ...call, transport, position, now });
    const faults = rules.map((rule) => rule.fault).filter(isTransportFault);
    const isSilenced = rules.some(
      (rule) => isTransportFault(rule.fault) && silencing.has(rule.fault.kind) && rule.afterWork !== true,
    );
    const struck = rules.map((rule) => rule.fault.kind);
    return { outcome: isSilenced ? null : this.#outcome(call, rules, context), faults, struck };
  }

  #outcome(call: RpcCall, rules: readonly FaultRule[], context: CallContext): RpcOutcome {
    try {
      const content = rules.filter((rule) => isContentFault(rule.fault));
      // An error object stands for a call that was not carried out, unless its rule says otherwise.
      const isRefused = content.some((rule) => rule.fault.kind === 'error' && rule.afterWork !== true);
      let result = isRefused ? null : this.#call(call, context);
      for (const { fault } of content) {
        if (isContentFault(fault)) result = applyContentFault(fault, result, { ...call, view: this.view });
      }
      return { result };
    } catch (error) {
      if (error instanceof RpcFailure) return { error: error.rpcError };
      throw error;
    }
  }

  #call({ method, params }: RpcCall, { subscriptions }: CallContext): unknown {
    if (method === 'eth_subscribe' || method === 'eth_unsubscribe') {
      if (subscriptions === undefined) throw new RpcFailure(-32601, 'notifications not supported');
      return method === 'eth_subscribe' ? subscriptions.subscribe(params) : subscriptions.unsubscribe(params);
    }
    const implementation = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
    if (implementation === undefined) throw rpcFailures.unknownMethod(method);
    return implementation(this.view, params);
  }

  /** What to push after a change of the chain, or (`change` null) of the view. */
  pushes(change: ChainChange | null, now: number): readonly Push[] {
    const heads = this.#headPushes(now);
    if (change?.kind !== 'pool') return heads;
    const { transaction } = change;
    if (this.view.pending(transaction.hash) === null) return heads;
    const render = (full: boolean) => (full ? renderTransaction(transaction, null) : transaction.hash);
    return [...heads, ...this.#struck('newPendingTransactions', [transaction.hash], now, render)];
  }

  /** Only the head it arrived at is announced, however many blocks lie between (H03). */
  #headPushes(now: number): readonly Push[] {
    const head = this.view.head;
    if (head.hash === this.#announced.hash) return [];
    this.#announced = head;
    return this.#struck('newHeads', [head.hash], now, () => renderHeader(head), head);
  }

  #struck(
    topic: Push['topic'],
    params: readonly unknown[],
    now: number,
    render: Push['render'],
    head?: ScriptedBlock,
  ): readonly Push[] {
    const rules = this.faults.strike({ method: topic, params, transport: 'ws', position: 0, now });
    const delayMs = rules.reduce((total, { fault }) => total + (fault.kind === 'delay' ? fault.delayMs : 0), 0);
    const call = { view: this.view, method: topic, params };
    const content = rules.map((rule) => rule.fault).filter(isContentFault);
    const faulty = (full: boolean) =>
      content.reduce((result, fault) => applyContentFault(fault, result, call), render(full));
    const push = { topic, render: faulty, delayMs };
    const late = topic === 'newHeads' ? this.#held : null;
    if (topic === 'newHeads') this.#held = null;
    const behind = late === null ? [] : [{ topic, render: () => renderHeader(late), delayMs }];
    for (const { fault } of rules.filter((rule) => isPushFault(rule.fault))) {
      if (fault.kind === 'deaf' || fault.kind === 'skipped_heads') return [];
      if (fault.kind === 'repeated_heads') return [push, push, ...behind];
      if (fault.kind === 'unordered_heads' && late === null) {
        this.#held = head ?? null;
        return [];
      }
    }
    return [push, ...behind];
  }
}
