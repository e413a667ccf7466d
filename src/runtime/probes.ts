import { probeBatch } from '../adapters/json-rpc/endpoint-probe.ts';
import type { BatchProbe } from '../adapters/json-rpc/endpoint-probe.ts';
import { HttpTransport } from '../adapters/json-rpc/http-transport.ts';
import { rpcErrorClassOf } from '../adapters/json-rpc/json-rpc-fault.ts';
import { WebSocketTransport } from '../adapters/json-rpc/websocket-transport.ts';
import { createNodeNetwork } from '../adapters/node/node-network.ts';
import { createSystemClock } from '../adapters/node/system-clock.ts';
import { createSystemRandom } from '../adapters/node/system-random.ts';
import { createTimerScheduler } from '../adapters/node/timer-scheduler.ts';
import type { ProviderConfig } from '../config/config.ts';

export { directoryHolder } from '../adapters/node/directory-holder.ts';

/** One way to a provider, by HTTP or by socket. */
export interface ProbedEndpoint {
  /** @throws TxTrailError as a `ChainProvider` does */
  call(method: string, params: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface ProbedHttp extends ProbedEndpoint {
  /** Two small calls in one request. @throws TxTrailError `provider_unreachable` */
  batch(): Promise<BatchProbe>;
}

/** How long a provider may take to answer a small question before it counts as not there. */
const probeTimeoutMs = 8_000;

/** The ways to a provider, for looking at it without following it: the transports that a start uses. */
export function probeProvider({ name, http, ws }: ProviderConfig): {
  readonly http: ProbedHttp | null;
  readonly ws: ProbedEndpoint | null;
} {
  const deps = {
    network: createNodeNetwork(),
    clock: createSystemClock(),
    scheduler: createTimerScheduler(),
    random: createSystemRandom(),
  };
  return {
    http: http === null ? null : probedHttp(name, http, deps),
    ws: ws === null ? null : probed(new WebSocketTransport({ provider: name, url: ws }, deps)),
  };
}

function probedHttp(provider: string, url: string, deps: ConstructorParameters<typeof HttpTransport>[1]): ProbedHttp {
  const calls = ['eth_chainId', 'eth_blockNumber'].map((method) => ({ method, params: [] }));
  return {
    ...probed(new HttpTransport({ provider, url }, deps)),
    batch: async () => {
      const abort = new AbortController();
      const timer = deps.scheduler.after(probeTimeoutMs, () => abort.abort());
      return probeBatch({ provider, url }, calls, { network: deps.network, signal: abort.signal }).finally(() =>
        timer.cancel(),
      );
    },
  };
}

function probed(transport: HttpTransport | WebSocketTransport): ProbedEndpoint {
  return {
    call: (method, params) => transport.call({ method, params }, probeTimeoutMs),
    close: () => transport.close(),
  };
}

/** Whether an answer means that the provider does not have the method or the tag, rather than that it failed. */
export function isUnsupported(error: unknown): boolean {
  const errorClass = rpcErrorClassOf(error);
  return errorClass === 'unsupported' || errorClass === 'missing_data';
}
