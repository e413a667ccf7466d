import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createNodeNetwork } from '../../src/adapters/node/node-network.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { type AppendFate, MemoryBroker } from '../../src/adapters/memory/memory-broker.ts';
import { MemoryReadModel } from '../../src/adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../../src/adapters/memory/memory-status-cache.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import { claimedRecordValue, claimValue } from '../../src/core/records/claimed-stream.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import type { FactRecord } from '../../src/core/records/fact-record.ts';
import { isNewer, type Origin } from '../../src/core/records/origin.ts';
import type { ProbeRecord } from '../../src/core/records/probe-record.ts';
import type { StreamName } from '../../src/core/records/stream.ts';
import type { Tracked } from '../../src/core/transaction/tracked.ts';
import { TxTrailError } from '../../src/lib/error.ts';
import type { ReadModel, ReadRow } from '../../src/ports/read-model.ts';
import type { ShardWork } from '../../src/runtime/distributed/shard-keeper.ts';
import { openStatusUnit } from '../../src/runtime/distributed/status-unit.ts';
import { ChainScript, hashOf } from './chain-script.ts';
import { ManualScheduler } from './manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from './recording-ports.ts';
import { defaultOptions } from './status-rig.ts';
import { waitUntil } from './wait-until.ts';

const chain = 'eip155:1';
const claim = { writer: 'watcher', offset: 0 };

/** A status unit that owners take from each other, whose inputs the test writes: the only unit there is. */
export class UnitRig {
  readonly broker = new MemoryBroker();
  readonly clock = manualClock();
  readonly scheduler = new ManualScheduler();
  readonly logger = recordingLogger();
  readonly script = new ChainScript(chain);
  readonly owners: ShardWork[] = [];
  /** The fates of the next appends, by the beginning of the stream's name. */
  readonly faults: { readonly prefix: string; readonly fate: AppendFate }[] = [];
  isStoreAway = false;
  /** How many rows the read model was ever given. */
  rowsPut = 0;
  readonly #kept = new MemoryReadModel();
  readonly #readModel: ReadModel = {
    put: async (rows: readonly ReadRow[]) => {
      if (this.isStoreAway) throw new TxTrailError('store_unavailable', 'away', { retryable: true });
      this.rowsPut += rows.length;
      await this.#kept.put(rows);
    },
    find: (...given) => this.#kept.find(...given),
    list: (...given) => this.#kept.list(...given),
  };
  readonly #statusCache = new MemoryStatusCache({ clock: this.clock });
  #answered = 0;

  constructor() {
    this.broker.decideAppend = ({ stream }) => {
      const at = this.faults.findIndex(({ prefix }) => stream.startsWith(prefix));
      return at < 0 ? 'stored' : (this.faults.splice(at, 1)[0]?.fate ?? 'stored');
    };
  }

  async begin(): Promise<void> {
    await this.put(`blocks/${chain}`, claimValue(claim.writer, this.clock.nowMs));
    await this.chain(this.script.anchor());
  }

  /** A new owner; nobody tells the one before. */
  async open(): Promise<ShardWork> {
    const shards = { partitions: 1, senderLanes: 1, eventLanes: 1 };
    // As often as it goes.
    const limits = { snapshotEveryBytes: 1, snapshotEveryMs: 1_000 };
    const work = await openStatusUnit(
      { unit: 0, shards, chains: [chain], limits },
      {
        clock: this.clock,
        scheduler: this.scheduler,
        logger: this.logger,
        broker: this.broker,
        readModel: this.#readModel,
        statusCache: this.#statusCache,
        metrics: { ...recordingMetrics(), text: async () => '' },
        tracked: { set: () => undefined },
        random: createSystemRandom(),
        network: createNodeNetwork(),
        listener: nodeListener,
        version: '0',
      },
    );
    this.owners.push(work);
    return work;
  }

  async put(stream: StreamName, value: string): Promise<void> {
    await this.broker.append(stream, [{ key: null, value }]);
  }

  async chain(record: ChainRecord): Promise<void> {
    await this.put(`blocks/${chain}`, claimedRecordValue(claim, this.clock.nowMs, JSON.stringify(record)));
  }

  track(name: string): Promise<void> {
    const hash = hashOf(name);
    const [given, details, claimed, raw] = [[], null, { from: null, nonce: null }, null];
    const key = {
      requestId: `gateway-${name}`,
      tenant: 'default',
      subscriber: 'default',
      id: `tx_${name}`,
      chain,
      hash,
    };
    const options = { ...defaultOptions, confirmations: 3, thresholds: [2] };
    return this.put(
      'registrations/0',
      JSON.stringify({ kind: 'track', ...key, options, given, details, claimed, raw }),
    );
  }

  untrack(name: string): Promise<void> {
    const key = { requestId: null, tenant: 'default', subscriber: 'default', id: `tx_${name}`, chain };
    return this.put('registrations/0', JSON.stringify({ kind: 'untrack', ...key, hash: hashOf(name) }));
  }

  /** Answers the receipts that were asked for since it was last called, as a watcher does. */
  async answer(): Promise<void> {
    const { end } = await this.broker.bounds('probes/0');
    const batches = await Array.fromAsync(this.broker.read('probes/0', this.#answered, end));
    this.#answered = end;
    for (const { value } of batches.flat()) {
      const probe = JSON.parse(value ?? '') as ProbeRecord;
      if (probe.kind === 'receipt') await this.put('facts/0', JSON.stringify(receiptFor(probe)));
    }
  }

  /** Until nothing is written any more. */
  async settle(): Promise<void> {
    let before = '';
    for (;;) {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const streams = ['journal/0', 'events/0', 'facts/0', 'senders/0', 'state/0'] as const;
      const ends = await Promise.all(streams.map(async (stream) => (await this.broker.bounds(stream)).end));
      const now = ends.join();
      if (now === before) return;
      before = now;
    }
  }

  /** Everything that was ever said, repeats and all. */
  async said(): Promise<readonly EventRecord[]> {
    const { start, end } = await this.broker.bounds('events/0');
    const batches = await Array.fromAsync(this.broker.read('events/0', start, end));
    return batches.flat().map(({ value }) => JSON.parse(value ?? '') as EventRecord);
  }

  /** As a lane takes them: what is not newer than the last of its source is left (P08). */
  async taken(): Promise<readonly EventRecord[]> {
    const last = new Map<string, Origin>();
    return (await this.said()).filter(({ origin }) => {
      if (!isNewer(origin, last.get(origin.source))) return false;
      last.set(origin.source, origin);
      return true;
    });
  }

  /** What reads are answered from. */
  async shown(name: string): Promise<Tracked | null> {
    const [text] = await this.#kept.find('default', [`tx_${name}`]);
    return text === null || text === undefined ? null : (JSON.parse(text) as Tracked);
  }

  async shows(name: string, status: Tracked['status']): Promise<void> {
    await waitUntil(async () => (await this.shown(name))?.status === status, {
      what: `${name} to be shown as ${status}`,
      everyMs: 2,
      describe: () => this.logger.lines.map(({ message, facts }) => `${message} ${String(facts['error'])}`).join('\n'),
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.owners.splice(0).map((owner) => owner.close()));
  }
}

function receiptFor({ chain, hash, blockHash }: Extract<ProbeRecord, { kind: 'receipt' }>): FactRecord {
  const paid = { gasUsed: '21000', effectiveGasPrice: '7' };
  return { kind: 'receipt', chain, hash, blockHash, provider: 'one', execution: 'success', ...paid };
}
