import { TxTrailError } from '../../lib/error.ts';
import type { BrokerRecord } from '../../ports/stream-broker.ts';
import type { BrokerLink, ProduceBatch, ProducerIdentity } from './broker-link.ts';
import type { Cluster } from './cluster.ts';
import { faultCodes, faultOf, isPassing, PassingFault } from './fault-codes.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import { type Batch, PartitionLane, sizeOf } from './partition-lane.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';
import { type Patience, unavailableError } from './patience.ts';

export interface ProducerOptions {
  /** Bytes of one partition in one request. */
  readonly batchBytes: number;
  /** Bytes of one request. */
  readonly requestBytes: number;
}

/** What it needs of the cluster. */
export interface ProducerCluster extends Pick<Cluster, 'leaderOf' | 'forgetLeader' | 'refresh'> {
  link(nodeId: number, purpose: 'produce'): Promise<Pick<BrokerLink, 'produce'>>;
  askAny<Answer>(ask: (link: Pick<BrokerLink, 'initProducer'>) => Promise<Answer>): Promise<Answer>;
}

export interface ProducerDeps {
  readonly cluster: ProducerCluster;
  readonly patience: Patience;
  readonly metrics: KafkaMetrics;
}

interface Sending {
  readonly lane: PartitionLane;
  readonly batch: Batch;
}

/**
 * Appends, idempotent and acknowledged by every replica in sync. One request is under way to each broker,
 * with one batch of each of its partitions that has something; what comes meanwhile makes the next, so
 * requests grow with the load. A request that fails is sent again as it was, to whoever leads then, until
 * its calls' time is over. A batch of which nothing is known then ends the identity: the next one is not
 * mistaken for it.
 */
export class Producer {
  readonly #options: ProducerOptions;
  readonly #deps: ProducerDeps;
  readonly #lanes = new Map<string, PartitionLane>();
  /** Lanes that have something to send. */
  readonly #ready = new Set<PartitionLane>();
  /** Lanes whose batch waits for better times. */
  readonly #paused = new Set<PartitionLane>();
  readonly #busyNodes = new Set<number>();
  #identity: Promise<ProducerIdentity> | null = null;
  #isScheduled = false;
  #recovering: Promise<void> | null = null;
  #lastReason: unknown = null;
  #waitingBytes = 0;
  #open = 0;
  #drained: PromiseWithResolvers<void> | null = null;

  constructor(options: ProducerOptions, deps: ProducerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** @throws TxTrailError `broker_unavailable`, `record_too_large`; Error where Kafka refuses for good */
  append(place: PartitionPlace, records: readonly BrokerRecord[]): Promise<readonly number[]> {
    const encoded = records.map(({ key, value }) => ({ key: encode(key), value: encode(value) }));
    const bytes = encoded.reduce((sum, record) => sum + sizeOf(record), 0);
    this.#open += 1;
    this.#count(bytes);
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
    const lane = this.#lane(place);
    lane.push({ records: encoded, deadlineMs: this.#deps.patience.deadline(), resolve, reject });
    if (lane.batch === null) this.#ready.add(lane);
    this.#schedule();
    return promise.finally(() => {
      this.#count(-bytes);
      this.#open -= 1;
      if (this.#open === 0) this.#drained?.resolve();
    });
  }

  /** Resolves when every append is finished, one way or the other. */
  drained(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#deps.metrics.appendingBytes.set(this.#waitingBytes);
  }

  #lane(place: PartitionPlace): PartitionLane {
    const key = keyOf(place);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new PartitionLane(place);
    this.#lanes.set(key, lane);
    return lane;
  }

  /** What is appended in the same turn of the event loop shares requests. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    const byNode = new Map<number, PartitionLane[]>();
    let areAllLed = true;
    for (const lane of this.#ready) {
      const leader = this.#deps.cluster.leaderOf(lane.place);
      if (leader === null) areAllLed = false;
      else if (!this.#busyNodes.has(leader)) byNode.set(leader, [...(byNode.get(leader) ?? []), lane]);
    }
    for (const [nodeId, lanes] of byNode) {
      this.#busyNodes.add(nodeId);
      void this.#send(nodeId, lanes);
    }
    if (!areAllLed) this.#recover();
  }

  /** One request to one broker. Never rejects. */
  async #send(nodeId: number, lanes: readonly PartitionLane[]): Promise<void> {
    const { cluster, metrics } = this.#deps;
    let sending: readonly Sending[] = [];
    try {
      const identity = await this.#currentIdentity();
      const link = await cluster.link(nodeId, 'produce');
      sending = this.#gather(lanes, identity);
      const [first] = sending;
      if (first === undefined) return;
      for (const { batch } of sending) batch.sends += 1;
      const answers = await link.produce(first.batch.identity, sending.map(toSend));
      metrics.requests.add(1, { kind: 'produce' });
      this.#settle(sending, new Map(answers.map((answer) => [keyOf(answer), answer])));
    } catch (error) {
      this.#lastReason = error;
      const failed =
        sending.length > 0 ? sending.map(({ lane }) => lane) : lanes.filter((lane) => this.#ready.has(lane));
      for (const lane of failed) {
        cluster.forgetLeader(lane.place);
        this.#pause(lane);
      }
    } finally {
      this.#busyNodes.delete(nodeId);
      this.#schedule();
    }
  }

  /** The batches of one request. Those under another identity than the first go in the next one. */
  #gather(lanes: readonly PartitionLane[], identity: ProducerIdentity): readonly Sending[] {
    const sending: Sending[] = [];
    let room = this.#options.requestBytes;
    // One that is not ready any more went with another request meanwhile: its leader changed.
    for (const lane of lanes.filter((one) => this.#ready.has(one))) {
      if (room <= 0) break;
      const batch = lane.prepare(identity, this.#options.batchBytes);
      if (batch === null) this.#ready.delete(lane);
      else if (batch.identity === (sending[0]?.batch.identity ?? batch.identity)) {
        this.#ready.delete(lane);
        sending.push({ lane, batch });
        room -= batch.records.reduce((sum, record) => sum + sizeOf(record), 0);
      }
    }
    return sending;
  }

  #settle(
    sending: readonly Sending[],
    answers: ReadonlyMap<string, { readonly code: number; readonly offset: number }>,
  ): void {
    for (const { lane, batch } of sending) {
      const answer = answers.get(keyOf(lane.place));
      if (answer?.code === 0) {
        lane.stored(answer.offset);
        if (!lane.isIdle) this.#ready.add(lane);
      } else {
        this.#refused(lane, batch, answer?.code ?? faultCodes.unknownTopic);
      }
    }
  }

  #refused(lane: PartitionLane, batch: Batch, code: number): void {
    const fault = faultOf(`the append to ${keyOf(lane.place)}`, code);
    this.#lastReason = fault;
    if (isPassing(code)) {
      this.#deps.cluster.forgetLeader(lane.place);
      this.#pause(lane);
    } else if (identityCodes.has(code) && batch.sends === 1) {
      // The broker has forgotten us and took nothing. It was sent once, so it does not stand anywhere.
      this.#identity = null;
      lane.anew();
      this.#pause(lane);
    } else if (batch.sends > 1 || identityCodes.has(code) || unknownCodes.has(code)) {
      this.#giveUp(lane, unavailableError(`The append to ${keyOf(lane.place)}`, fault));
    } else {
      // Refused at its only attempt: nothing stands, and the sequence goes on.
      lane.fail(sizeCodes.has(code) ? tooLarge(lane.place, batch) : fault);
      if (!lane.isIdle) this.#ready.add(lane);
    }
  }

  #giveUp(lane: PartitionLane, error: Error): void {
    this.#identity = null;
    lane.fail(error);
    if (!lane.isIdle) this.#ready.add(lane);
  }

  #pause(lane: PartitionLane): void {
    this.#ready.delete(lane);
    this.#paused.add(lane);
    lane.failures += 1;
    this.#deps.metrics.retries.add();
    this.#recover();
  }

  #recover(): void {
    this.#recovering ??= this.#recoverAll().finally(() => {
      this.#recovering = null;
      this.#schedule();
      // One may have failed again while the last look was over.
      if (this.#paused.size > 0) this.#recover();
    });
  }

  /** Asks who leads now, until everything that waits has a leader or its time is over. Never rejects. */
  async #recoverAll(): Promise<void> {
    const { cluster, patience } = this.#deps;
    for (let looks = 1; ; looks += 1) {
      const waiting = [...this.#paused, ...[...this.#ready].filter(({ place }) => cluster.leaderOf(place) === null)];
      if (waiting.length === 0) return;
      this.#expire(waiting);
      try {
        await cluster.refresh([...new Set(waiting.map(({ place }) => place.topic))]);
      } catch (error) {
        this.#lastReason = error;
      }
      if (this.#paused.size > 0 || waiting.some(({ place }) => cluster.leaderOf(place) === null)) {
        await patience.pause(Math.max(looks, ...waiting.map(({ failures }) => failures)));
      }
      for (const lane of this.#paused) {
        if (cluster.leaderOf(lane.place) === null) continue;
        this.#paused.delete(lane);
        this.#ready.add(lane);
      }
      this.#schedule();
    }
  }

  #expire(lanes: readonly PartitionLane[]): void {
    const { patience } = this.#deps;
    for (const lane of lanes) {
      const error = unavailableError(`The append to ${keyOf(lane.place)}`, this.#lastReason ?? 'no broker leads it');
      if (lane.batch !== null && patience.isOver(lane.batch.deadlineMs)) {
        this.#paused.delete(lane);
        this.#giveUp(lane, error);
      }
      lane.expire(
        (deadlineMs) => patience.isOver(deadlineMs),
        () => error,
      );
      if (lane.isIdle) {
        this.#ready.delete(lane);
        this.#paused.delete(lane);
      }
    }
  }

  #currentIdentity(): Promise<ProducerIdentity> {
    this.#identity ??= this.#newIdentity();
    return this.#identity;
  }

  async #newIdentity(): Promise<ProducerIdentity> {
    try {
      const { code, identity } = await this.#deps.cluster.askAny((link) => link.initProducer());
      if (code !== 0) throw faultOf('an identity to append with', code);
      return identity;
    } catch (error) {
      this.#identity = null;
      throw error instanceof PassingFault ? error : new PassingFault(String(error), { cause: error });
    }
  }
}

const identityCodes: ReadonlySet<number> = new Set([
  faultCodes.outOfOrderSequence,
  faultCodes.unknownProducer,
  faultCodes.invalidProducerEpoch,
]);
/** Those that leave open what became of the batch. */
const unknownCodes: ReadonlySet<number> = new Set([faultCodes.unknownServerError, faultCodes.duplicateSequence]);
const sizeCodes: ReadonlySet<number> = new Set([faultCodes.messageTooLarge, faultCodes.recordListTooLarge]);

function toSend({ lane, batch }: Sending): ProduceBatch {
  return { place: lane.place, sequence: batch.sequence, records: batch.records };
}

function tooLarge(place: PartitionPlace, { records }: Batch): TxTrailError {
  const bytes = Math.max(...records.map(sizeOf));
  return new TxTrailError(
    'record_too_large',
    `A record of ${bytes} bytes is more than ${place.topic} takes: see its max.message.bytes.`,
    { facts: { ...place, bytes } },
  );
}

function encode(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}
