import type { Config } from '../config/config.ts';
import { defaultShardCounts, type ShardCounts } from '../core/records/stream.ts';
import { AnswerKeeper } from '../ingest/answer-keeper.ts';
import { EventTail } from '../notify/event-tail.ts';
import { LaneReader } from '../notify/lane-reader.ts';
import { LaneRunner } from '../notify/lane-runner.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryArchive } from '../ports/history-store.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { RecordLog } from '../ports/record-log.ts';
import { SenderRunner } from '../status/sender-runner.ts';
import { stageHistogram, StatusRunner, trackedGauge } from '../status/status-runner.ts';
import { AsksRouter } from './asks-router.ts';
import { Dispatcher } from './dispatcher.ts';
import type { TrackerLimits } from './tracker-limits.ts';

/** The stages of one process over one log, wired but not started: no disk or network is touched here. */
export interface Stages {
  readonly shards: ShardCounts;
  readonly dispatcher: Dispatcher;
  readonly status: StatusRunner;
  readonly lanes: LaneRunner;
  readonly reader: LaneReader;
  readonly answers: AnswerKeeper;
  readonly asks: AsksRouter;
}

export function buildStages(
  config: Config,
  log: RecordLog,
  ports: {
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly archive: HistoryArchive | null;
    readonly limits: Pick<TrackerLimits, 'tailEvents'>;
  },
): Stages {
  const { clock, metrics, archive, limits } = ports;
  const stage = stageHistogram(metrics);
  const shards = defaultShardCounts;
  const asks = new AsksRouter();
  const tail = new EventTail({ maxEvents: limits.tailEvents });
  const status = new StatusRunner(
    { shards, chains: config.chains.map(({ chain }) => chain) },
    { asks, metrics, tracked: trackedGauge(metrics) },
  );
  const senders = new SenderRunner(shards);
  const lanes = new LaneRunner(shards, { tail, metrics, stage });
  const answers = new AnswerKeeper({ lanes: shards.eventLanes });
  const dispatcher = new Dispatcher(log, [status, senders, lanes, answers]);
  answers.writeTo(dispatcher);
  const reader = new LaneReader(shards, { lanes, tail, log, writer: dispatcher, archive, clock, stage });
  return { shards, dispatcher, status, lanes, reader, answers, asks };
}
