import { MemoryHistory } from '../../../src/adapters/memory/memory-history.ts';
import type { SandboxState } from '@txtrail/protocol';
import { nodeListener } from '../../../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../../src/adapters/node/timer-scheduler.ts';
import type { ChainConfig } from '../../../src/config/config.ts';
import type { Listener } from '../../../src/ports/listener.ts';
import type { SandboxControl, SandboxOutcome } from '../../../src/ports/sandbox-control.ts';
import { startEmbedded } from '../../../src/runtime/embedded.ts';
import { nodePlatform } from '../../../src/runtime/node-platform.ts';
import { Opened } from '../../../src/runtime/opened.ts';
import { createScriptedChainServer } from '../../../src/scripted-chain/scripted-chain-server.ts';
import type { Remains } from '../run-seed.ts';
import { apiKey, beginMs } from '../seed-plan.ts';
import type { SimulatedChain } from '../world/simulated-chain.ts';
import { SimulatedMetrics, simulatedLogger } from '../world/simulated-watch.ts';
import type { ToldEvent } from './decided-lines.ts';

/** A TxTrail of the machine over what a run left behind. */
export interface RemainsServer {
  readonly url: string;
  /** The key of the run's tenant. */
  readonly key: string;
  /** What the history of a registration holds; null: it is not kept. */
  history(id: string): Promise<readonly ToldEvent[] | null>;
  close(): Promise<void>;
}

export interface RemainsServerOptions {
  /** When the run ended, simulated milliseconds: the clock stands there, so that nothing expires that had not. */
  readonly endedMs: number;
  /** CAIP-2: whose state the page shows beside the transactions. */
  readonly chain: string;
}

const historyLimit = 500;

/**
 * Starts the process once more by the composition root of `txtrail start`, over the disk of the
 * run and its chains as they stand, on ports of this machine. The page that it serves needs no key.
 *
 * @throws TxTrailError where the disk cannot be opened, as the next start in the run would have
 */
export async function serveRemains(
  { plan, disk, administration, chains }: Remains,
  { endedMs, chain }: RemainsServerOptions,
): Promise<RemainsServer> {
  const opened = new Opened();
  disk.decideFault = () => null;
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  disk.restartProcess();
  const { monotonic } = createSystemClock();
  try {
    const followed: ChainConfig[] = [];
    for (const one of chains) followed.push(await serveChain(one, opened));
    const logger = simulatedLogger(() => undefined);
    const machine = nodePlatform({ dataDir: plan.config.dataDir }, { logger, metrics: new SimulatedMetrics() });
    const embedded = await startEmbedded(
      {
        ...plan.config,
        chains: followed,
        server: { ...plan.config.server, port: 0 },
        admin: { ...plan.config.admin, port: 0 },
      },
      {
        ...machine,
        clock: { now: () => beginMs + endedMs, monotonic },
        listener: dated(beginMs + endedMs),
        disk,
        administration: { ...machine.administration, open: async () => administration },
        openHistory: async () => Object.assign(new MemoryHistory(), { close: async () => undefined }),
        limits: plan.limits,
        sandbox: standstill(chains, followed, chain),
      },
    );
    opened.closes(() => embedded.drain());
    return {
      url: embedded.url,
      key: apiKey,
      history: (id) => historyOf(embedded.url, id),
      close: () => opened.close(),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Pages reckon ages from the `Date` of answers: it is that of the run's end. */
function dated(nowMs: number): Listener {
  const date = new Date(nowMs).toUTCString();
  return {
    createServer: (options, handler) =>
      nodeListener.createServer(options, (request, response) => {
        response.setHeader('date', date);
        handler(request, response);
      }),
  };
}

/** The chain's providers as JSON-RPC servers; its configuration with their addresses. */
async function serveChain({ chain, plan, providers }: SimulatedChain, opened: Opened): Promise<ChainConfig> {
  const server = createScriptedChainServer(
    {},
    {
      chain,
      providers: providers.map(({ provider }) => provider),
      listener: nodeListener,
      clock: createSystemClock(),
      scheduler: createTimerScheduler(),
    },
  );
  await server.start();
  opened.closes(() => server.stop());
  const { config } = plan;
  return { ...config, providers: config.providers.map((provider) => ({ ...provider, ...server.url(provider.name) })) };
}

/** By this the page needs no key. Its buttons do nothing any more. */
function standstill(chains: readonly SimulatedChain[], followed: readonly ChainConfig[], name: string): SandboxControl {
  const shown = chains.find(({ plan }) => plan.config.chain === name);
  const config = followed.find(({ chain }) => chain === name);
  if (shown === undefined || config === undefined) throw new Error(`the run has no chain ${name}`);
  const refuse = (path: string): SandboxOutcome => ({
    outcome: 'refused',
    detail: 'The run is over, and its chains stand still.',
    path,
    message: 'the run is over, and its chains stand still',
  });
  const state = (): SandboxState => ({
    chain: name,
    chainId: shown.plan.chainId,
    rpcUrl: config.providers[0]?.http ?? '',
    blockTimeMs: config.blockTimeMs,
    baseFeePerGas: shown.chain.head.baseFeePerGas.toString(),
    providers: config.providers.map((provider) => ({ name: provider.name, stalledUntil: null })),
    gasSpikeUntil: null,
    accounts: [],
  });
  return {
    sessionKey: apiKey,
    state,
    reorg: () => refuse('/depth'),
    stall: () => refuse('/provider'),
    spikeGas: () => refuse('/seconds'),
  };
}

async function historyOf(url: string, id: string): Promise<readonly ToldEvent[] | null> {
  const events: ToldEvent[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = new URLSearchParams({ limit: String(historyLimit), ...(cursor === '' ? {} : { cursor }) });
    const answer = await fetch(`${url}/v1/transactions/${id}/history?${query.toString()}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    if (!answer.ok) return null;
    const page = (await answer.json()) as { readonly data: readonly ToldEvent[]; readonly nextCursor: string | null };
    events.push(...page.data);
    cursor = page.nextCursor;
  }
  return events;
}
