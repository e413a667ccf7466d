import { createEvmProvider } from '../../adapters/evm/evm-provider.ts';
import { EvmRawDecoder } from '../../adapters/evm/evm-raw-decoder.ts';
import type { Config, Role } from '../../config/config.ts';
import type { ChainReport } from '../../ports/tracker-service.ts';
import { Opened } from '../opened.ts';
import { startApiRole } from './api-role.ts';
import { startNotifyRole } from './notify-role.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { startRecoverRole } from './recover-role.ts';
import { startStatusRole } from './status-role.ts';
import { waitForService } from './wait-for-service.ts';
import { startWatchRole } from './watch-role.ts';

export interface RunningRoles extends RunningRole {
  /** Where clients are served; null: not by this process. */
  readonly url: string | null;
  readonly chains: () => readonly ChainReport[];
  readonly warnings: () => readonly string[];
}

/** Roles that write before those that only answer, so that a single process serves when it can decide. */
const startOrder: readonly Role[] = ['status', 'notify', 'watch', 'recover', 'api'];

export interface RolesStarting {
  /** Ends a start that is told to stop, whatever it waits for. */
  readonly end: AbortSignal;
  readonly onWaiting: (reason: string) => void;
}

const neverEnds: RolesStarting = { end: new AbortController().signal, onWaiting: () => undefined };

/**
 * The roles of this process over the shared services, running. A service that leaves meanwhile is
 * waited for, as at any other moment of a start.
 */
export async function startRoles(
  config: Config,
  partitions: number,
  deps: Machine & Services,
  { end, onWaiting }: RolesStarting = neverEnds,
): Promise<RunningRoles> {
  const { chains, server, roles, historyDays } = config;
  const shards = { partitions, senderLanes: partitions, eventLanes: partitions };
  const opened = new Opened();
  const running: RunningRole[] = [];
  let url: string | null = null;
  let report: () => readonly ChainReport[] = () => [];
  const start: Readonly<Record<Role, () => Promise<RunningRole>>> = {
    status: () => startStatusRole({ shards, chains: chains.map(({ chain }) => chain) }, deps),
    notify: () => startNotifyRole({ partitions }, deps),
    watch: () =>
      startWatchRole(
        { chains, partitions },
        {
          ...deps,
          providersOf: (chain) => chain.providers.map((provider) => createEvmProvider(provider, deps)),
        },
      ),
    recover: () => startRecoverRole({ historyDays }, deps),
    api: async () => {
      const api = await startApiRole({ server, chains, partitions }, { ...deps, decoder: new EvmRawDecoder() });
      url = api.url;
      report = () => api.service.chains();
      return api;
    },
  };
  try {
    for (const role of startOrder.filter((one) => roles.includes(one))) {
      const started = await waitForService(`what ${role} stands on`, start[role], deps, end, onWaiting);
      opened.closes(() => started.close());
      running.push(started);
      deps.logger.info('role started', { role, ...(role === 'api' ? { url } : {}) });
    }
  } catch (error) {
    await opened.close();
    throw error;
  }
  return {
    url,
    chains: () => report(),
    faults: () => running.flatMap((role) => role.faults()),
    // The role that serves, which started last, hears of every chain, also of those watched here.
    warnings: () => running.findLast((role) => role.warnings !== undefined)?.warnings?.() ?? [],
    failed: Promise.race(running.map(({ failed }) => failed)),
    close: () => opened.close(),
  };
}
