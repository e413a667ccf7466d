import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { type ChainConfig, type Config, roles } from '../../src/config/config.ts';
import type { AckRecord } from '../../src/core/records/ack-record.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import type { FactRecord } from '../../src/core/records/fact-record.ts';
import { transactionIdOf } from '../../src/core/records/identity.ts';
import type { ProbeRecord, SubmissionRecord } from '../../src/core/records/probe-record.ts';
import type { RegistrationRecord } from '../../src/core/records/registration-record.ts';
import { defaultShardCounts, eventLaneOf, partitionOf } from '../../src/core/records/stream.ts';
import type { EventScope, ReadEvent } from '../../src/ports/event-reader.ts';
import type { Section } from '../../src/ports/processor.ts';
import type { LogRecord, NewRecord, RecordLog } from '../../src/ports/record-log.ts';
import type { Capture } from '../../src/runtime/dispatcher.ts';
import { buildStages, type Stages } from '../../src/runtime/stages.ts';
import { defaultTrackerLimits } from '../../src/runtime/tracker-limits.ts';
import { detailsOf, hashOf, type ScriptTransaction } from './chain-script.ts';
import { type ManualClock, manualClock, type RecordingMetrics, recordingMetrics } from './recording-ports.ts';
import { defaultOptions, type TrackScript } from './status-rig.ts';

export const rigChain: ChainConfig = {
  chain: 'eip155:1',
  name: 'ethereum',
  chainId: 1,
  confirmations: 5,
  thresholds: [1, 3],
  blockTimeMs: 12_000,
  pollIntervalMs: 4_000,
  finality: 'tag',
  dropAfter: { blocks: 20, seconds: 120 },
  verifyBlocks: false,
  providers: [],
};

export const rigConfig: Config = {
  mode: 'embedded',
  roles,
  distributed: null,
  dataDir: 'memory',
  historyDays: 90,
  server: { host: '127.0.0.1', port: 0, allowedOrigins: [] },
  admin: { host: '127.0.0.1', port: 0 },
  chains: [rigChain],
  apiKey: null,
  adminKey: null,
  logLevel: 'silent',
};

/** The stages of one process over a log, with the questions that they send out written down. */
export class StagesRig {
  readonly log: RecordLog;
  readonly clock: ManualClock;
  readonly metrics: RecordingMetrics = recordingMetrics();
  readonly stages: Stages;
  readonly probes: ProbeRecord[] = [];
  readonly submissions: SubmissionRecord[] = [];

  constructor(log: RecordLog, clock: ManualClock, config: Config = rigConfig) {
    this.log = log;
    this.clock = clock;
    this.stages = buildStages(config, log, {
      clock,
      metrics: this.metrics,
      archive: null,
      limits: defaultTrackerLimits,
    });
    for (const { chain } of config.chains) {
      this.stages.asks.attach(chain, {
        probe: (probe) => void this.probes.push(probe),
        submit: (submission) => void this.submissions.push(submission),
      });
    }
  }

  /** Brought back from a snapshot (or nothing) and the log, and running. */
  static async start(log: RecordLog, clock: ManualClock, from?: Capture, config?: Config): Promise<StagesRig> {
    const rig = new StagesRig(log, clock, config);
    // A log begins with its writer's claim, so nothing else stands at 0.
    if (log.end === 0) await log.append([{ stream: 'journal/0', payload: '{"kind":"claim","epoch":1}' }]);
    await rig.recover(from);
    rig.stages.dispatcher.start();
    await rig.settle();
    return rig;
  }

  static async overMemory(clock: ManualClock = manualClock(), config?: Config): Promise<StagesRig> {
    return StagesRig.start(new MemoryLog({}, { clock }), clock, undefined, config);
  }

  async recover(from?: Capture): Promise<void> {
    // Through text, as a snapshot goes.
    if (from !== undefined) this.stages.dispatcher.restore(JSON.parse(JSON.stringify(from.sections)) as Section[]);
    await this.stages.dispatcher.replay(from?.position ?? this.log.start);
  }

  async write(...records: readonly NewRecord[]): Promise<void> {
    await this.stages.dispatcher.write(records);
    await this.settle();
  }

  /** Waits until what was derived is durable and applied too. */
  async settle(): Promise<void> {
    let before = -1;
    while (before !== this.log.end) {
      before = this.log.end;
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The whole state now, as a snapshot would hold it. */
  async state(): Promise<ReadonlyMap<string, string>> {
    const captured = this.stages.dispatcher.capture();
    await this.write(tickInput());
    return new Map((await captured).sections.map(({ name, text }) => [name, text]));
  }

  /** Every event that a scope may still read. */
  async events(scope: EventScope, limit = 500): Promise<readonly ReadEvent[]> {
    const { reader } = this.stages;
    const events: ReadEvent[] = [];
    for (let after = reader.bounds(scope).oldest; ; ) {
      const page = await reader.read(scope, after, limit, {});
      if (page.kind === 'too_old') throw new Error('events left while they were read');
      events.push(...page.events);
      if (!page.hasMore) return events;
      after = page.through;
    }
  }
}

export async function allRecords(log: RecordLog): Promise<readonly LogRecord[]> {
  return Array.fromAsync(log.read(log.start));
}

/** The same records at the same positions and times in a log of their own. */
export async function copyOf(records: readonly LogRecord[], clock: ManualClock): Promise<MemoryLog> {
  const log = new MemoryLog({}, { clock });
  for (const { stream, payload, timeMs } of records) {
    clock.nowMs = timeMs;
    await log.append([{ stream, payload }]);
  }
  return log;
}

export function keyOfTracked(name: string, script: TrackScript = {}): Omit<RegistrationRecord, 'kind'> {
  const { tenant = 'default', subscriber = 'default' } = script;
  const hash = hashOf(name);
  const { chain } = rigChain;
  return { requestId: null, tenant, subscriber, id: transactionIdOf(tenant, chain, hash, subscriber), chain, hash };
}

export function registrationInput(record: RegistrationRecord): NewRecord {
  const partition = partitionOf(record.hash, defaultShardCounts.partitions);
  return { stream: `registrations/${partition}`, payload: JSON.stringify(record) };
}

export function trackInput(transaction: ScriptTransaction, script: TrackScript = {}): NewRecord {
  return registrationInput({
    kind: 'track',
    ...keyOfTracked(transaction.name, script),
    options: { ...defaultOptions, ...script.options },
    given: script.given ?? [],
    details: script.known === true ? detailsOf(transaction) : null,
    claimed: script.claimed ?? { from: null, nonce: null },
    raw: script.raw ?? null,
  });
}

export function chainInput(record: ChainRecord): NewRecord {
  return { stream: `blocks/${record.chain}`, payload: JSON.stringify(record) };
}

export function factInput(fact: FactRecord): NewRecord {
  return { stream: `facts/${partitionOf(fact.hash, defaultShardCounts.partitions)}`, payload: JSON.stringify(fact) };
}

/** The receipts of a block's transactions. */
export function receiptInputs(record: ChainRecord): readonly NewRecord[] {
  if (record.kind !== 'applied') return [];
  return record.block.transactions.map(({ hash }) =>
    factInput({
      kind: 'receipt',
      chain: record.chain,
      hash,
      blockHash: record.block.hash,
      provider: 'one',
      execution: 'success',
      gasUsed: '21000',
      effectiveGasPrice: '7',
    }),
  );
}

export function ackInput(ack: AckRecord): NewRecord {
  const lane = eventLaneOf(ack.tenant, ack.subscriber, defaultShardCounts.eventLanes);
  return { stream: `acks/${lane}`, payload: JSON.stringify(ack) };
}

export function tickInput(): NewRecord {
  return { stream: 'journal/0', payload: '{"kind":"tick"}' };
}
