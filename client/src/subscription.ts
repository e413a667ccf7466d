import { Acknowledger } from './acknowledger.ts';
import type { ConnectionLimits, TransportName } from './client-options.ts';
import { onAbort, sleep } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import { CursorTooOldError, OptionsError, TxTrailClientError } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import type { ClientEvent } from './events.ts';
import type { Ending, Feed, Transport } from './transports/transport.ts';
import type { TransportChoice } from './transports/transport-choice.ts';

export interface SubscribeOptions {
  /** Whose events; the whole tenant's where left out (a token stands for its one subscriber anyway). */
  readonly subscriber?: string | undefined;
  /** Whose acknowledgements; `default` where left out. */
  readonly consumer?: string | undefined;
  /** `ack` (the default): after what the consumer has acknowledged. Or `latest`, `earliest`, or a cursor. */
  readonly from?: string | undefined;
  /** Only these types. They make no event exist that was not asked for at registration. */
  readonly types?: readonly string[] | undefined;
  /** Only events of this tracked transaction, by its id. */
  readonly transaction?: string | undefined;
  /** Only events of this chain. */
  readonly chain?: string | undefined;
  /**
   * The most events that may stand unacknowledged, 1 to 4096; the server sends no more, so they bound
   * memory too. 0: none has to be acknowledged. 256 where left out and something acknowledges (`from`
   * is `ack`, or `autoAck` is true), else 0.
   */
  readonly window?: number | undefined;
  /**
   * An event is acknowledged when the next one is asked for, which in a `for await` loop means: when its
   * turn was gone through without an error. True where left out and `from` is `ack`, else false. Say
   * false and call `ack` where an event is done with later than its turn.
   */
  readonly autoAck?: boolean | undefined;
  /**
   * What to do when events after the last one are no longer kept: `continue` with the oldest that are, or
   * `stop`, and then the loop gets a CursorTooOldError, as it does where this is left out.
   */
  readonly onReset?: ((reset: SubscriptionReset) => ResetChoice | Promise<ResetChoice>) | undefined;
  /** Closes the subscription. */
  readonly signal?: AbortSignal | undefined;
}

export interface SubscriptionReset {
  readonly reason: string;
  readonly oldestCursor: string;
}

export type ResetChoice = 'continue' | 'stop';

export interface ReceivedEvent {
  readonly event: ClientEvent;
  /** The place behind it: to acknowledge, or to begin from another time. */
  readonly cursor: string;
}

/** `live`: the server answers and events come. `waiting`: for the next attempt. */
export type SubscriptionState = 'connecting' | 'live' | 'waiting' | 'closed';

export interface StateChange {
  readonly state: SubscriptionState;
  /** The one in use or tried; null before the first attempt. */
  readonly transport: TransportName | null;
  /** Why it waits or is closed; null where nothing went wrong. */
  readonly error: TxTrailClientError | null;
  /** Milliseconds until the next attempt; null unless it waits. */
  readonly retryInMs: number | null;
}

/**
 * Events in order, each once, through restarts of the server, cut connections and changes of the
 * transport, until it is closed or the server refuses for good, which the loop gets as an error.
 */
export interface Subscription extends AsyncIterable<ReceivedEvent> {
  readonly state: SubscriptionState;
  readonly transport: TransportName | null;
  /** Behind the last event handed out: `from` of a subscription that is to go on there. */
  readonly cursor: string;
  /** Acknowledges everything up to the cursor, for good. Gathered and sent soon after. */
  ack(cursor: string): void;
  /** Calls back at each change; returns the way to stop. */
  onStateChange(listener: (change: StateChange) => void): () => void;
  /** Sends the acknowledgements that wait, and ends; a loop over it ends too. */
  close(): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterator<ReceivedEvent, undefined>;
}

export interface SubscriptionDeps extends ClientDeps {
  readonly limits: ConnectionLimits;
  readonly choice: TransportChoice;
  /** The transports of one subscription, by name. */
  readonly transports: Readonly<Record<TransportName, () => Transport>>;
  readonly onEnd: () => void;
}

const mostUnacknowledged = 4096;

/** @throws OptionsError */
export function startSubscription(options: SubscribeOptions, deps: SubscriptionDeps): Subscription {
  const autoAck = options.autoAck ?? (options.from ?? 'ack') === 'ack';
  const window = options.window ?? (autoAck || (options.from ?? 'ack') === 'ack' ? 256 : 0);
  if (!Number.isInteger(window) || window < 0 || window > mostUnacknowledged) {
    throw new OptionsError(`window must be a whole number from 0 to ${mostUnacknowledged}, not ${String(window)}.`);
  }
  return new RunningSubscription(options, { window, autoAck }, deps);
}

class RunningSubscription implements Subscription {
  readonly #options: SubscribeOptions;
  readonly #autoAck: boolean;
  readonly #deps: SubscriptionDeps;
  readonly #queue: EventQueue;
  readonly #acknowledger: Acknowledger;
  readonly #feed: Feed;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #transports = new Map<TransportName, Transport>();
  #change: StateChange = { state: 'connecting', transport: null, error: null, retryInMs: null };
  #inHand: string | null = null;

  constructor(
    options: SubscribeOptions,
    flow: { readonly window: number; readonly autoAck: boolean },
    deps: SubscriptionDeps,
  ) {
    this.#options = options;
    this.#autoAck = flow.autoAck;
    this.#deps = deps;
    this.#queue = new EventQueue(options.from ?? 'ack', { window: flow.window, readAhead: deps.limits.readAhead });
    this.#acknowledger = new Acknowledger(flow, { ...deps, onRefused: (error) => this.#fail(error) });
    const { subscriber, consumer, types, transaction, chain } = options;
    this.#feed = {
      request: { subscriber, consumer, types, transaction, chain, window: flow.window },
      queue: this.#queue,
      acknowledgements: this.#acknowledger,
      live: (transport) => {
        deps.choice.live(transport);
        this.#tell({ state: 'live', transport, error: null, retryInMs: null });
      },
    };
    const forget = onAbort(options.signal, () => void this.close());
    void this.#follow()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        forget();
        deps.onEnd();
      });
  }

  get state(): SubscriptionState {
    return this.#change.state;
  }

  get transport(): TransportName | null {
    return this.#change.transport;
  }

  get cursor(): string {
    return this.#queue.place;
  }

  ack(cursor: string): void {
    if (this.#inHand === cursor) this.#inHand = null;
    this.#acknowledger.acknowledge(cursor, this.#queue.acknowledge(cursor));
  }

  onStateChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#queue.finish(null);
    const flushed = this.#acknowledger.flush();
    this.#tell({ ...this.#change, state: 'closed', retryInMs: null });
    const { signal } = this.#closing;
    await Promise.race([flushed, sleep(this.#deps, this.#deps.limits.closeTimeoutMs, signal)]);
    this.#acknowledger.stop();
    this.#closing.abort();
  }

  [Symbol.asyncIterator](): AsyncIterator<ReceivedEvent, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<ReceivedEvent, undefined>> {
    if (this.#inHand !== null) this.ack(this.#inHand);
    const result = await this.#queue.take();
    if (this.#autoAck && result.done !== true) this.#inHand = result.value.cursor;
    return result as IteratorResult<ReceivedEvent, undefined>;
  }

  /** Connection after connection, until it is closed or refused. */
  async #follow(): Promise<void> {
    // One turn later, so that whoever subscribes can listen before anything happens.
    await Promise.resolve();
    while (!this.#isClosed()) {
      const name = this.#deps.choice.current;
      this.#tell({ state: 'connecting', transport: name, error: null, retryInMs: null });
      const ending = await this.#connect(name);
      this.#acknowledger.use(null);
      if (!this.#isClosed()) await this.#afterwards(name, ending);
    }
  }

  async #connect(name: TransportName): Promise<Ending> {
    const run = new AbortController();
    const abort = (): void => run.abort();
    const stopListening = this.#deps.choice.onMove(abort);
    const forget = onAbort(this.#closing.signal, abort);
    const transport = this.#transports.get(name) ?? this.#deps.transports[name]();
    this.#transports.set(name, transport);
    try {
      return await transport.run(this.#feed, run.signal);
    } finally {
      stopListening();
      forget();
    }
  }

  async #afterwards(name: TransportName, ending: Ending): Promise<void> {
    const { signal } = this.#closing;
    switch (ending.kind) {
      case 'aborted':
        return;
      case 'full':
        return this.#queue.whenEmpty(signal);
      case 'reset':
        return this.#reset(ending);
      case 'refused':
        return this.#fail(ending.error);
      case 'lost':
        this.#deps.choice.failed(name, ending);
        this.#tell({ state: 'waiting', transport: name, error: ending.error, retryInMs: ending.retryInMs });
        return sleep(this.#deps, ending.retryInMs, signal);
    }
  }

  async #reset(reset: Extract<Ending, { readonly kind: 'reset' }>): Promise<void> {
    const { reason, oldestCursor } = reset;
    const choice = await Promise.resolve({ reason, oldestCursor })
      .then(this.#options.onReset ?? ((): ResetChoice => 'stop'))
      .catch((error: unknown) => error);
    if (choice === 'continue') return this.#queue.jump(oldestCursor);
    this.#fail(choice === 'stop' ? new CursorTooOldError(oldestCursor) : choice);
  }

  /** @param error the server's refusal, or what the caller's own function threw */
  #fail(error: unknown): void {
    this.#queue.finish(error);
    this.#acknowledger.stop();
    this.#closing.abort();
    const told = error instanceof TxTrailClientError ? error : null;
    this.#tell({ state: 'closed', transport: this.transport, error: told, retryInMs: null });
  }

  #isClosed(): boolean {
    return this.#change.state === 'closed';
  }

  #tell(change: StateChange): void {
    if (this.#isClosed()) return;
    this.#change = change;
    for (const listener of [...this.#listeners]) listener(change);
  }
}
