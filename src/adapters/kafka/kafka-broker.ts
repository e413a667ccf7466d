import type { StreamName } from '../../core/records/stream.ts';
import { assert } from '../../lib/assert.ts';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { BrokerFollower, BrokerRecord, StoredRecord, StreamBroker } from '../../ports/stream-broker.ts';
import { Cluster } from './cluster.ts';
import { FollowerLoops } from './follower-loops.ts';
import {
  connectionLimits,
  defaultBrokerTimeoutMs,
  followerLimits,
  producerLimits,
  readerLimits,
} from './kafka-limits.ts';
import { createKafkaMetrics } from './kafka-metrics.ts';
import { type PartitionPlace, placeOf, type TopicNaming } from './partition-place.ts';
import { PartitionReader } from './partition-reader.ts';
import { Patience, unavailableError } from './patience.ts';
import { Producer } from './producer.ts';

export interface KafkaBrokerOptions extends TopicNaming {
  /** `HOST:PORT` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** After so long an append, a read or a question is given up: a leader that dies is followed well within it. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface KafkaBrokerDeps {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Streams as partitions of Kafka topics (docs/decisions/0013-kafka-client.md). Topics are made by `txtrail migrate`. */
export class KafkaBroker implements StreamBroker {
  readonly #naming: TopicNaming;
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #reader: PartitionReader;
  readonly #loops: FollowerLoops;
  #closing: Promise<void> | null = null;

  constructor(options: KafkaBrokerOptions, deps: KafkaBrokerDeps) {
    assert(options.brokers.length > 0, 'at least one broker must be named');
    this.#naming = options;
    this.#cluster = new Cluster({ ...connectionLimits, brokers: options.brokers });
    const patience = new Patience(options.timeoutMs ?? defaultBrokerTimeoutMs, deps);
    const metrics = createKafkaMetrics(deps.metrics);
    const cluster = this.#cluster;
    this.#producer = new Producer(producerLimits, { cluster, patience, metrics });
    this.#reader = new PartitionReader(readerLimits, { cluster, patience });
    const { logger } = deps;
    this.#loops = new FollowerLoops(followerLimits, { cluster, reader: this.#reader, patience, metrics, logger });
  }

  async append(stream: StreamName, records: readonly BrokerRecord[]): Promise<readonly number[]> {
    if (this.#closing !== null) throw unavailableError(`The append to ${stream}`, 'the connection was closed');
    if (records.length === 0) return [];
    return this.#producer.append(this.#placeOf(stream), records);
  }

  bounds(stream: StreamName): Promise<{ readonly start: number; readonly end: number }> {
    return this.#reader.bounds(this.#placeOf(stream));
  }

  read(stream: StreamName, from: number, until: number): AsyncIterable<readonly StoredRecord[]> {
    return this.#reader.read(this.#placeOf(stream), from, until);
  }

  follow(
    stream: StreamName,
    from: number,
    sink: (records: readonly StoredRecord[]) => void | Promise<void>,
    onFailure: (cause: Error) => void,
  ): BrokerFollower {
    return this.#loops.follow(this.#placeOf(stream), from, sink, onFailure);
  }

  trim(stream: StreamName, before: number): Promise<void> {
    return this.#reader.deleteBelow(this.#placeOf(stream), before);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#producer.drained();
    await this.#loops.stop();
    await this.#cluster.close();
    await this.#loops.ended();
  }

  #placeOf(stream: StreamName): PartitionPlace {
    return placeOf(stream, this.#naming);
  }
}
