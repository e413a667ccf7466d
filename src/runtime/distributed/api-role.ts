import { createGateway } from '../../api/gateway.ts';
import { pause } from '../../lib/pause.ts';
import type { ChainConfig, ServerConfig } from '../../config/config.ts';
import { ChainFeed } from '../../core/chain/chain-feed.ts';
import type { ReplyRecord } from '../../core/records/reply-record.ts';
import { laneOf, type StreamName } from '../../core/records/stream.ts';
import { BrokerWriter } from '../../ingest/broker-writer.ts';
import { Registrar } from '../../ingest/registrar.ts';
import { RemoteRefresh } from '../../ingest/remote-refresh.ts';
import { RemoteStatus } from '../../ingest/remote-status.ts';
import { MailboxReader } from '../../notify/mailbox-reader.ts';
import type { WatchReport } from '../../ports/chain-output.ts';
import type { RawDecoder } from '../../ports/raw-decoder.ts';
import type { BrokerFollower, StoredRecord } from '../../ports/stream-broker.ts';
import type { TrackerService } from '../../ports/tracker-service.ts';
import { stageHistogram } from '../../status/status-runner.ts';
import { listening } from '../address-unavailable.ts';
import { leaderlessWarning } from '../leaderless-warning.ts';
import { Opened } from '../opened.ts';
import type { Machine, RunningRole, Services } from './ports.ts';
import { watchReportName } from './watch-role.ts';

/** A chain's view begins this many records back: its window, and the claim before it. */
const chainRecords = 16_384;
const reportEveryMs = 250;
/** While nobody says how a chain's providers do. */
const noReport: WatchReport = { lag: null, providers: [] };

export interface ApiRoleOptions {
  readonly server: ServerConfig;
  readonly chains: readonly ChainConfig[];
  readonly partitions: number;
}

export interface ApiRoleDeps extends Machine, Omit<Services, 'ownership'> {
  readonly decoder: RawDecoder;
}

export interface RunningApi extends RunningRole {
  readonly url: string;
  readonly service: TrackerService;
}

/** Takes registrations, answers reads and delivers events, for any tenant and subscriber. */
export async function startApiRole(options: ApiRoleOptions, deps: ApiRoleDeps): Promise<RunningApi> {
  const opened = new Opened();
  const failed = Promise.withResolvers<Error>();
  try {
    const feeds = await followChains(options.chains, deps, opened, failed.resolve);
    const { service, status } = await openService(options, feeds, deps, opened, failed.resolve);
    const events = new MailboxReader({ ...deps, stage: stageHistogram(deps.metrics) });
    const gateway = createGateway(options.server, { ...deps, tracker: service, events });
    const { url } = await listening('server', options.server, () => gateway.listen());
    opened.closes(() => gateway.drain());
    const warnings = (): readonly string[] => [
      ...service.chains().flatMap(leaderlessWarning),
      ...undecidedWarning(status.undecided),
    ];
    return { url, service, faults: () => [], warnings, failed: failed.promise, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The chains' views, as they stand now and from now on. */
async function followChains(
  chains: readonly ChainConfig[],
  deps: ApiRoleDeps,
  opened: Opened,
  onFailure: (cause: Error) => void,
): Promise<ReadonlyMap<string, ChainFeed>> {
  const feeds = new Map(chains.map(({ chain }) => [chain, new ChainFeed(chain)]));
  for (const [chain, feed] of feeds) {
    const stream: StreamName = `blocks/${chain}`;
    const { start, end } = await deps.broker.bounds(stream);
    const from = Math.max(start, end - chainRecords);
    const caughtUp = Promise.withResolvers<void>();
    if (from === end) caughtUp.resolve();
    const take = ({ offset, value }: StoredRecord): void => {
      feed.take(value ?? '');
      if (offset + 1 >= end) caughtUp.resolve();
    };
    followEach(stream, from, take, deps, opened, (cause) => {
      onFailure(cause);
      caughtUp.reject(cause);
    });
    await caughtUp.promise;
  }
  return feeds;
}

async function openService(
  { chains, partitions }: ApiRoleOptions,
  feeds: ReadonlyMap<string, ChainFeed>,
  deps: ApiRoleDeps,
  opened: Opened,
  onFailure: (cause: Error) => void,
): Promise<{ readonly service: TrackerService; readonly status: RemoteStatus }> {
  const instance = Buffer.from(deps.random.bytes(8)).toString('hex');
  const status = new RemoteStatus({ ...deps, cache: deps.statusCache, feeds });
  const refresher = new RemoteRefresh({ partitions, instance }, deps);
  const replies: StreamName = `replies/${laneOf(instance, partitions)}`;
  const { end } = await deps.broker.bounds(replies);
  const take = ({ value }: StoredRecord): void => {
    const reply = JSON.parse(value ?? '') as ReplyRecord;
    status.take(reply);
    refresher.take(reply);
  };
  followEach(replies, end, take, deps, opened, onFailure);
  const reports = followReports(chains, deps, opened);
  const service = new Registrar(
    { chains, partitions, instance },
    {
      ...deps,
      writer: new BrokerWriter(deps),
      status,
      refresher,
      watchReport: (chain) => reports.get(chain) ?? noReport,
    },
  );
  return { service, status };
}

function followEach(
  stream: StreamName,
  from: number,
  take: (record: StoredRecord) => void,
  deps: ApiRoleDeps,
  opened: Opened,
  onFailure: (cause: Error) => void,
): BrokerFollower {
  const sink = (records: readonly StoredRecord[]): void => {
    for (const record of records) take(record);
  };
  const follower = deps.broker.follow(stream, from, sink, onFailure);
  opened.closes(() => follower.stop());
  return follower;
}

/** Registrations that nobody decides are taken to be a lack of `status`, which no other process can see. */
function undecidedWarning(partitions: readonly number[]): readonly string[] {
  if (partitions.length === 0) return [];
  return [`registrations are not decided in time: status partitions ${partitions.join(', ')} do not answer`];
}

/** How the chains' providers do, as their watchers last told. */
function followReports(
  chains: readonly ChainConfig[],
  { liveReport, scheduler }: ApiRoleDeps,
  opened: Opened,
): ReadonlyMap<string, WatchReport> {
  const reports = new Map<string, WatchReport>();
  const end = new AbortController();
  const names = chains.map(({ chain }) => watchReportName(chain));
  const follow = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const texts = await liveReport.read(names);
      for (const [index, { chain }] of chains.entries()) {
        const report = reportOf(texts[index] ?? null);
        if (report === null) reports.delete(chain);
        else reports.set(chain, report);
      }
      await pause(scheduler, reportEveryMs, end.signal);
    }
  };
  const following = follow();
  opened.closes(() => {
    end.abort();
    return following;
  });
  return reports;
}

/** Redis is open to others, and a report is worth no more than a look: one that cannot be read is none. */
function reportOf(text: string | null): WatchReport | null {
  if (text === null) return null;
  try {
    const report = JSON.parse(text) as Partial<WatchReport> | null;
    return Array.isArray(report?.providers) ? (report as WatchReport) : null;
  } catch {
    return null;
  }
}
