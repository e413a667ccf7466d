import type { Administration } from '../adapters/sqlite/open-administration.ts';
import { createEvmProvider } from '../adapters/evm/evm-provider.ts';
import { EvmRawDecoder } from '../adapters/evm/evm-raw-decoder.ts';
import { openStoredCredentials } from '../adapters/stored-credentials/stored-credentials.ts';
import { createAdminServer } from '../api/admin-server.ts';
import { createGateway } from '../api/gateway.ts';
import type { Config } from '../config/config.ts';
import type { NewKeys } from '../ports/credentials.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import type { Listener } from '../ports/listener.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Network } from '../ports/network.ts';
import type { PageFolder } from '../ports/page-folder.ts';
import type { SandboxControl } from '../ports/sandbox-control.ts';
import type { ChainReport } from '../ports/tracker-service.ts';
import { listening } from './address-unavailable.ts';
import { leaderlessWarning } from './leaderless-warning.ts';
import { Opened } from './opened.ts';
import { recordStart } from './record-start.ts';
import { type Platform, startTracker } from './tracker.ts';

/**
 * Everything outside the program that a process stands on: the machine in production
 * (`nodePlatform`), exchanged in the simulator. What is built on it is the same in both.
 */
export interface EmbeddedPlatform extends Omit<Platform, 'lock' | 'decoder' | 'providersOf' | 'archive'> {
  /** What is asked of providers. */
  readonly network: Network;
  /** What clients reach. */
  readonly listener: Listener;
  /** The figures, and their text in the Prometheus format. */
  readonly metrics: Metrics & { text(): Promise<string> };
  /** Opens what keeps the keys and the audit trail, once the disk is locked; with the program's version. */
  readonly administration: { readonly version: string; readonly open: () => Promise<Administration> };
  /** Opens what takes over the events that leave the log. */
  readonly openHistory: () => Promise<HistoryArchive & { close(): Promise<void> }>;
  /** The live page; undefined: none is served. */
  readonly page?: PageFolder | undefined;
  /** The built-in chain, where that is what is followed. */
  readonly sandbox?: SandboxControl | undefined;
}

/** A whole TxTrail in this process, serving. */
export interface Embedded {
  readonly url: string;
  readonly adminUrl: string;
  readonly newKeys: NewKeys;
  /** Settles with the cause when it cannot go on: the process must end, and a restart replays. Never rejects. */
  readonly failed: Promise<Error>;
  /** Takes nothing new, finishes what is under way, writes the state down. */
  drain(): Promise<void>;
}

/**
 * The embedded mode: one process, one data directory, nothing else. The admin port answers from the
 * beginning (not ready while the state is brought back), the public one once everything is there. Keys
 * are told as soon as they are kept: what comes next may fail, and the next start makes no others.
 *
 * @throws TxTrailError `data_dir_unusable`, `data_dir_locked`, `administration_unusable`,
 *   `history_unusable`, `address_unavailable`, or a diagnosis of the log or the snapshots.
 */
export async function startEmbedded(
  config: Config,
  platform: EmbeddedPlatform,
  onNewKeys: (keys: NewKeys) => void = () => undefined,
): Promise<Embedded> {
  const { disk, metrics } = platform;
  const lock = await disk.lock();
  const opened = new Opened();
  opened.closes(() => lock.release());
  try {
    const { version, open } = platform.administration;
    const { audit, tenants, close } = await open();
    opened.closes(close);
    const { credentials, newKeys } = await openStoredCredentials(config, { ...platform, tenants });
    onNewKeys(newKeys);
    // Before anything is served: what was done to the installation is on the disk by then.
    await recordStart(audit, { config, version, newKeys });
    let unready: readonly string[] = ['the state is being brought back'];
    let chains: () => readonly ChainReport[] = () => [];
    const admin = createAdminServer(config.admin, {
      ...platform,
      administration: () => ({ credentials, audit }),
      unreadyReasons: () => unready,
      warnings: () => chains().flatMap(leaderlessWarning),
      metricsText: () => metrics.text(),
    });
    const { url: adminUrl } = await listening('admin', config.admin, () => admin.listen());
    opened.closes(() => admin.close());
    const archive = await openArchive(config, platform, opened);
    const tracker = await startTracker(config, { ...platform, ...chainPorts(platform), archive, lock });
    opened.closes(() => tracker.close());
    const { service, events, answers } = tracker;
    chains = () => service.chains();
    const gatewayDeps = { ...platform, tracker: service, events, answers, credentials };
    const gateway = createGateway(config.server, gatewayDeps);
    const { url } = await listening('server', config.server, () => gateway.listen());
    opened.closes(() => gateway.drain());
    unready = [];
    void tracker.failed.then((cause) => {
      unready = [`it cannot go on: ${cause.message}`];
    });
    const drain = async (): Promise<void> => {
      unready = ['it is draining'];
      await opened.close();
    };
    return { url, adminUrl, newKeys, failed: tracker.failed, drain };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openArchive(
  { historyDays }: Config,
  { openHistory }: EmbeddedPlatform,
  opened: Opened,
): Promise<HistoryArchive | null> {
  if (historyDays === 0) return null;
  const history = await openHistory();
  opened.closes(() => history.close());
  return history;
}

function chainPorts(platform: EmbeddedPlatform): Pick<Platform, 'decoder' | 'providersOf'> {
  return {
    decoder: new EvmRawDecoder(),
    providersOf: (chain) => chain.providers.map((provider) => createEvmProvider(provider, platform)),
  };
}
