import {
  Connection,
  createTopicsV7,
  deleteRecordsV2,
  deleteTopicsV6,
  describeConfigsV4,
  fetchV12,
  initProducerIdV4,
  listOffsetsV7,
  metadataV12,
  NumericMap,
  produceV9,
} from '@platformatic/kafka';
import { PassingFault } from './fault-codes.ts';
import type { PartitionPlace } from './partition-place.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, with brackets around a host that has colons. */
export function textOf({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export interface LinkOptions {
  readonly connectTimeoutMs: number;
  /** A broker that says nothing for so long is taken for gone. */
  readonly requestTimeoutMs: number;
}

export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

export interface EncodedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface ProduceBatch {
  readonly place: PartitionPlace;
  readonly sequence: number;
  readonly records: readonly EncodedRecord[];
}

/** One partition's part of an answer; `code` 0: all is well. */
export interface PartitionAnswer extends PartitionPlace {
  readonly code: number;
}

export interface FetchPart extends PartitionPlace {
  readonly offset: number;
}

export interface FetchRequest {
  readonly maxWaitMs: number;
  readonly sessionId: number;
  /** −1: no session; 0: a new one, of these partitions. */
  readonly sessionEpoch: number;
  readonly parts: readonly FetchPart[];
  readonly forgotten: readonly PartitionPlace[];
  readonly partitionBytes: number;
  readonly bytes: number;
}

/** In the protocol's own shape: a row of batches, whose records count from the batch's first offset. */
export type RecordBatches = NonNullable<FetchedPartition['records']>;
type FetchedPartition = Awaited<ReturnType<typeof fetchV12.api.async>>['responses'][number]['partitions'][number];

export interface FetchedPart extends PartitionAnswer {
  readonly batches: RecordBatches;
  readonly highWatermark: number;
}

export interface FetchAnswer {
  /** Of the whole: a session that the broker does not know. */
  readonly code: number;
  readonly sessionId: number;
  readonly parts: readonly FetchedPart[];
}

type Answer<Api> = Api extends { async(...args: never[]): Promise<infer Response> } ? Response : never;
export type ClusterMetadata = Answer<typeof metadataV12.api>;
export type TopicWish = Parameters<typeof createTopicsV7.api.async>[1][number];
export type CreateTopicsAnswer = Answer<typeof createTopicsV7.api>;
export type ConfigsAnswer = Answer<typeof describeConfigsV4.api>;

/** How long a broker may wait for the other replicas, milliseconds. */
const replicaTimeoutMs = 5_000;
const topicTimeoutMs = 15_000;
const topicResource = 2;

/**
 * A connection to one broker. What goes wrong with the connection is a `PassingFault`; codes of the
 * protocol are part of the answers. Versions of requests are those that every broker since Kafka 3.0
 * takes, and that name topics by their names.
 */
export class BrokerLink {
  readonly #connection: Connection;
  readonly #address: string;

  private constructor(connection: Connection, address: string) {
    this.#connection = connection;
    this.#address = address;
  }

  static async connect(address: BrokerAddress, options: LinkOptions): Promise<BrokerLink> {
    const connection = new Connection('txtrail', {
      connectTimeout: options.connectTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
    });
    // Whoever asks is told by the failing request; an event that nobody hears would end the process.
    connection.on('error', () => undefined);
    try {
      await connection.connect(address.host, address.port);
    } catch (cause) {
      throw new PassingFault(`${textOf(address)} cannot be reached (${reasonOf(cause)})`, { cause });
    }
    return new BrokerLink(connection, textOf(address));
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    return this.ask(metadataV12.api, [...topics], false, false);
  }

  async initProducer(): Promise<{ readonly code: number; readonly identity: ProducerIdentity }> {
    const answer = await this.ask(initProducerIdV4.api, null, 0);
    return { code: answer.errorCode, identity: { id: answer.producerId, epoch: answer.producerEpoch } };
  }

  /** Each partition once; stored by every replica in sync when the code is 0. */
  async produce(
    identity: ProducerIdentity,
    batches: readonly ProduceBatch[],
  ): Promise<readonly (PartitionAnswer & { readonly offset: number })[]> {
    const sequences = new NumericMap();
    for (const { place, sequence } of batches) sequences.set(`${place.topic}:${place.partition}`, sequence);
    const messages = batches.flatMap(({ place, records }) =>
      records.map(
        ({ key, value }) => ({ ...place, key, value }) as { topic: string; partition: number; value: Buffer },
      ),
    );
    const answer = await this.ask(produceV9.api, -1, replicaTimeoutMs, messages, {
      producerId: identity.id,
      producerEpoch: identity.epoch,
      sequences,
    });
    if (typeof answer === 'boolean') return [];
    return answer.responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode, baseOffset }) => ({
        topic: name,
        partition: index,
        code: errorCode,
        offset: Number(baseOffset),
      })),
    );
  }

  async fetchParts(request: FetchRequest): Promise<FetchAnswer> {
    const { maxWaitMs, bytes, sessionId, sessionEpoch, partitionBytes } = request;
    const topics = byTopic(request.parts, ({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: partitionBytes,
    })).map(([topicId, partitions]) => ({ topicId, partitions }));
    const forgotten = byTopic(request.forgotten, ({ partition }) => partition).map(([topic, partitions]) => ({
      topic,
      partitions,
    }));
    const answer = await this.ask(fetchV12.api, maxWaitMs, 1, bytes, 0, sessionId, sessionEpoch, topics, forgotten, '');
    const parts = answer.responses.flatMap(({ topicId, partitions }) =>
      partitions.map((part) => ({
        topic: topicId,
        partition: part.partitionIndex,
        code: part.errorCode,
        highWatermark: Number(part.highWatermark),
        batches: part.records ?? [],
      })),
    );
    return { code: answer.errorCode, sessionId: answer.sessionId, parts };
  }

  /** The oldest offset kept, or the one behind the newest that every replica in sync has. */
  async offset(
    place: PartitionPlace,
    which: 'start' | 'end',
  ): Promise<{ readonly code: number; readonly offset: number }> {
    const timestamp = which === 'start' ? -2n : -1n;
    const answer = await this.ask(listOffsetsV7.api, -1, 0, [
      { name: place.topic, partitions: [{ partitionIndex: place.partition, currentLeaderEpoch: -1, timestamp }] },
    ]);
    const part = answer.topics[0]?.partitions[0];
    return { code: part?.errorCode ?? 3, offset: Number(part?.offset ?? -1) };
  }

  async deleteBelow({ topic, partition }: PartitionPlace, offset: number): Promise<number> {
    const answer = await this.ask(
      deleteRecordsV2.api,
      [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }],
      topicTimeoutMs,
    );
    return answer.topics[0]?.partitions[0]?.errorCode ?? 3;
  }

  async createTopics(topics: readonly TopicWish[]): Promise<CreateTopicsAnswer> {
    return this.ask(createTopicsV7.api, [...topics], topicTimeoutMs, false);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.ask(
      deleteTopicsV6.api,
      names.map((name) => ({ name })),
      topicTimeoutMs,
    );
  }

  async topicConfigs(names: readonly string[], keys: readonly string[]): Promise<ConfigsAnswer> {
    const resources = names.map((resourceName) => ({
      resourceType: topicResource,
      resourceName,
      configurationKeys: [...keys],
    }));
    return this.ask(describeConfigsV4.api, resources as Parameters<typeof describeConfigsV4.api.async>[1]);
  }

  /**
   * One request of the protocol. The library throws an answer that holds an error; here it is an answer
   * like others. @throws PassingFault
   */
  async ask<Arguments extends unknown[], Response>(
    api: { async(connection: Connection, ...args: Arguments): Promise<Response> },
    ...args: Arguments
  ): Promise<Response> {
    try {
      return await api.async(this.#connection, ...args);
    } catch (error) {
      const { response } = error as { readonly response?: Response };
      if (response !== undefined) return response;
      throw new PassingFault(`${this.#address} does not answer (${reasonOf(error)})`, { cause: error });
    }
  }
}

function byTopic<Place extends PartitionPlace, Value>(
  places: readonly Place[],
  read: (place: Place) => Value,
): readonly (readonly [string, Value[]])[] {
  const topics = new Map<string, Value[]>();
  for (const place of places) {
    const values = topics.get(place.topic) ?? [];
    topics.set(place.topic, values);
    values.push(read(place));
  }
  return [...topics];
}

function reasonOf(cause: unknown): string {
  const deepest = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
