import { createCalls } from './calls.ts';
import type { Calls } from './calls.ts';
import { checkOptions, defaultConnectionLimits } from './client-options.ts';
import type { ClientOptions, ConnectionLimits } from './client-options.ts';
import { Credential } from './credential.ts';
import { systemDeps } from './deps.ts';
import type { ClientDeps } from './deps.ts';
import { HttpCaller } from './http-caller.ts';
import { defaultRetryLimits } from './retry.ts';
import type { RetryLimits } from './retry.ts';
import { startSubscription } from './subscription.ts';
import type { SubscribeOptions, Subscription, SubscriptionDeps } from './subscription.ts';
import { PollTransport } from './transports/poll-transport.ts';
import { SocketPool } from './transports/socket-pool.ts';
import { StreamTransport } from './transports/stream-transport.ts';
import { TransportChoice } from './transports/transport-choice.ts';
import { WebsocketTransport } from './transports/websocket-transport.ts';
import { waitForTransaction } from './wait-for-transaction.ts';
import type { WaitOptions } from './wait-for-transaction.ts';
import type { Transaction } from '@txtrail/protocol';

export interface TxTrailClient extends Calls {
  /** Events from now on, or from where a consumer left off. Connects at once; close it when done. */
  subscribe(options?: SubscribeOptions): Subscription;
  /**
   * Resolves once the transaction, or the one that replaced it, has what was waited for.
   * @throws WaitTimeoutError, TransactionFailedError, TransactionReplacedError, RefusedError, UnreachableError; the
   * signal's reason once that is aborted
   */
  waitForTransaction(options: WaitOptions): Promise<Transaction>;
  /** Closes every subscription; waits reject. */
  close(): Promise<void>;
}

/** What only tests need: other surroundings and other limits. */
export interface ClientTestOptions extends Partial<ClientDeps> {
  readonly limits?: Partial<ConnectionLimits>;
  readonly retry?: Partial<RetryLimits>;
}

/**
 * A client of one server. It connects when something is asked of it, and keeps no connection that
 * nothing uses.
 * @throws OptionsError
 */
export function createClient(options: ClientOptions, given: ClientTestOptions = {}): TxTrailClient {
  const { limits: someLimits, retry: someRetry, ...surroundings } = given;
  const deps: ClientDeps = {
    ...systemDeps(),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(options.WebSocket === undefined ? {} : { WebSocket: options.WebSocket }),
    ...surroundings,
  };
  const limits = { ...defaultConnectionLimits, ...someLimits };
  const retry = { ...defaultRetryLimits, ...someRetry };
  const checked = checkOptions(options, deps);
  const credential = new Credential(checked.secret);
  const http = new HttpCaller(checked, credential, deps);
  const pool = new SocketPool({ url: checked.url, limits, retry }, credential, deps);
  const choice = new TransportChoice(
    { transports: checked.transports, limits },
    { ...deps, probeSocket: () => pool.probe() },
  );
  const httpDeps = { ...deps, limits, retry, http };
  const transports: SubscriptionDeps['transports'] = {
    websocket: () => new WebsocketTransport({ ...deps, limits, pool, credential }),
    sse: () => new StreamTransport(httpDeps),
    poll: () => new PollTransport(httpDeps),
  };

  const open = new Set<Subscription>();
  const subscribe = (wanted: SubscribeOptions = {}): Subscription => {
    const onEnd = (): void => void open.delete(subscription);
    const subscription: Subscription = startSubscription(wanted, { ...deps, limits, choice, transports, onEnd });
    open.add(subscription);
    return subscription;
  };
  const calls = createCalls(http);
  return {
    ...calls,
    subscribe,
    waitForTransaction: (wanted) => waitForTransaction(wanted, { ...deps, calls, subscribe }),
    close: async () => {
      await Promise.all([...open].map((subscription) => subscription.close()));
    },
  };
}
