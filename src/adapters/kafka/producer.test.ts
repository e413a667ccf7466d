import { describe, expect, test } from 'vitest';
import { value } from '../../../test/conformance/stream-broker.ts';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import type { BrokerLink, ProduceBatch, ProducerIdentity } from './broker-link.ts';
import { PassingFault } from './fault-codes.ts';
import { createKafkaMetrics } from './kafka-metrics.ts';
import { keyOf, type PartitionPlace } from './partition-place.ts';
import { Patience } from './patience.ts';
import { Producer, type ProducerCluster } from './producer.ts';

/** What becomes of one partition's part of a request. */
type Fate = 'stored' | 'answer_lost' | 'not_sent' | { readonly code: number; readonly stands?: boolean };

interface Sent {
  readonly place: string;
  readonly identity: bigint;
  readonly sequence: number;
  readonly texts: readonly string[];
}

/**
 * Answers as brokers do that real ones cannot be made to give: it stores, forgets identities, loses
 * answers. One partition of topic `t` is led by each of the nodes 0 and 1; others by nobody.
 */
class ScriptedCluster implements ProducerCluster {
  readonly sent: Sent[] = [];
  readonly fates: Fate[] = [];
  readonly stored = new Map<string, string[]>();
  held: Promise<void> = Promise.resolve();
  heldIdentity: Promise<void> = Promise.resolve();
  /** Moves every partition of `t`. */
  leader: number | null = null;
  #identities = 0;
  readonly #lost = new Set<string>();

  leaderOf(place: PartitionPlace): number | null {
    return place.topic === 't' && !this.#lost.has(keyOf(place)) ? (this.leader ?? place.partition % 2) : null;
  }

  forgetLeader(place: PartitionPlace): void {
    this.#lost.add(keyOf(place));
  }

  async refresh(): Promise<void> {
    this.#lost.clear();
  }

  async askAny<Answer>(ask: (link: Pick<BrokerLink, 'initProducer'>) => Promise<Answer>): Promise<Answer> {
    await this.heldIdentity;
    return ask({ initProducer: async () => ({ code: 0, identity: { id: BigInt(++this.#identities), epoch: 0 } }) });
  }

  async link() {
    return {
      produce: (identity: ProducerIdentity, batches: readonly ProduceBatch[]) => this.#produce(identity, batches),
    };
  }

  async #produce(identity: ProducerIdentity, batches: readonly ProduceBatch[]) {
    await this.held;
    const answers = batches.map(({ place, sequence, records }) => {
      const texts = records.map((record) => String(record.value));
      this.sent.push({ place: keyOf(place), identity: identity.id, sequence, texts });
      const kept = this.stored.get(keyOf(place)) ?? [];
      this.stored.set(keyOf(place), kept);
      const fate = this.fates.shift() ?? 'stored';
      const offset = kept.length;
      const stands = typeof fate === 'string' ? fate !== 'not_sent' : fate.stands === true;
      if (stands) kept.push(...texts);
      if (fate === 'not_sent' || fate === 'answer_lost') throw new PassingFault('the connection broke');
      return { ...place, code: typeof fate === 'string' ? 0 : fate.code, offset };
    });
    return answers;
  }
}

const place = { topic: 't', partition: 0 };

function rig(timeoutMs = 5_000, batchBytes = 10_000) {
  const cluster = new ScriptedCluster();
  const deps = kafkaDeps();
  const patience = new Patience(timeoutMs, deps);
  const metrics = createKafkaMetrics(deps.metrics);
  return { cluster, producer: new Producer({ batchBytes, requestBytes: 100_000 }, { cluster, patience, metrics }) };
}

describe('a batch', () => {
  test('what comes while a request is under way goes in the next one, in order', async () => {
    const { cluster, producer } = rig();
    const { promise, resolve } = Promise.withResolvers<void>();
    cluster.held = promise;
    const appends = [producer.append(place, [value('a')])];
    await new Promise((turn) => setImmediate(turn));
    for (const text of ['b', 'c']) appends.push(producer.append(place, [value(text), value(`${text}2`)]));
    resolve();
    expect(await Promise.all(appends)).toEqual([[0], [1, 2], [3, 4]]);
    expect(cluster.sent.map(({ sequence, texts }) => [sequence, texts])).toEqual([
      [0, ['a']],
      [1, ['b', 'b2', 'c', 'c2']],
    ]);
  });

  test('an append of more than a batch takes is sent in several, and has all its offsets', async () => {
    const { cluster, producer } = rig(5_000, 300);
    const texts = Array.from({ length: 7 }, (_, index) => `${index}${'x'.repeat(60)}`);
    expect(await producer.append(place, texts.map(value))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cluster.sent.length).toBeGreaterThan(2);
    expect(cluster.stored.get('t/0')).toEqual(texts);
  });

  test('that was not heard of is sent again as it was, under the same sequence', async () => {
    const { cluster, producer } = rig();
    cluster.fates.push('answer_lost', 'stored');
    const appended = producer.append(place, [value('a')]);
    await waitUntil(() => cluster.sent.length === 1, { what: 'the first attempt', everyMs: 1 });
    const behind = producer.append(place, [value('b')]);
    await Promise.all([appended, behind]);
    const [first, second, third] = cluster.sent;
    expect(second).toEqual(first);
    expect(third).toEqual({ place: 't/0', identity: 1n, sequence: 1, texts: ['b'] });
  });

  test('a code that passes is waited out; others in the same request are stored', async () => {
    const { cluster, producer } = rig();
    cluster.fates.push({ code: 6 }, 'stored', { code: 19 });
    const both = [producer.append(place, [value('a')]), producer.append({ topic: 't', partition: 2 }, [value('z')])];
    expect(await Promise.all(both)).toEqual([[0], [0]]);
    expect(cluster.sent.map((one) => one.place)).toEqual(['t/0', 't/2', 't/0', 't/0']);
    expect(new Set(cluster.sent.map(({ sequence }) => sequence))).toEqual(new Set([0]));
  });

  test('is in one request at a time, also where its leader changes before it was sent', async () => {
    const { cluster, producer } = rig();
    const { promise, resolve } = Promise.withResolvers<void>();
    cluster.heldIdentity = promise;
    const appends = [producer.append(place, [value('a')])];
    await new Promise((turn) => setImmediate(turn));
    cluster.leader = 1;
    appends.push(producer.append(place, [value('b')]));
    await new Promise((turn) => setImmediate(turn));
    resolve();
    expect(await Promise.all(appends)).toEqual([[0], [1]]);
    expect(cluster.sent.map(({ texts }) => texts)).toEqual([['a', 'b']]);
  });

  test.each([
    ['an error of the broker that says nothing of what stands', [{ code: -1, stands: true }]],
    ['a refusal after an attempt that was not heard of', ['answer_lost', { code: 29 }]],
  ] satisfies [string, Fate[]][])('%s: it may stand, so the next is not taken for it', async (_, fates) => {
    const { cluster, producer } = rig();
    cluster.fates.push(...fates);
    await expect(producer.append(place, [value('a')])).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await producer.append(place, [value('b')])).toEqual([1]);
    expect(cluster.sent.at(-1)).toMatchObject({ identity: 2n, sequence: 0, texts: ['b'] });
  });

  test('refused for good: told, and what is behind it goes on in the same sequence', async () => {
    const { cluster, producer } = rig();
    const { promise, resolve } = Promise.withResolvers<void>();
    cluster.held = promise;
    cluster.fates.push({ code: 10 });
    const refused = producer.append(place, [value('huge')]);
    await new Promise((turn) => setImmediate(turn));
    const behind = producer.append(place, [value('b')]);
    resolve();
    await expect(refused).rejects.toMatchObject({ code: 'record_too_large' });
    expect(await behind).toEqual([0]);
    expect(cluster.sent.map(({ sequence }) => sequence)).toEqual([0, 0]);
  });
});

describe('an identity that brokers have forgotten', () => {
  test.each([45, 47, 59])(
    'error %i at the first attempt: nothing stands, so it is sent anew under another',
    async (code) => {
      const { cluster, producer } = rig();
      await producer.append(place, [value('a')]);
      cluster.fates.push({ code });
      expect(await producer.append(place, [value('b')])).toEqual([1]);
      expect(cluster.sent.map(({ identity, sequence }) => [identity, sequence])).toEqual([
        [1n, 0],
        [1n, 1],
        [2n, 0],
      ]);
    },
  );

  test('after an attempt that was not heard of: it may stand, so nobody sends it anew', async () => {
    const { cluster, producer } = rig();
    cluster.fates.push('answer_lost', { code: 45 });
    await expect(producer.append(place, [value('a')])).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(await producer.append(place, [value('b')])).toEqual([1]);
    expect(cluster.stored.get('t/0')).toEqual(['a', 'b']);
    expect(cluster.sent.map(({ identity, sequence }) => [identity, sequence])).toEqual([
      [1n, 0],
      [1n, 0],
      [2n, 0],
    ]);
  });

  test('a batch that the broker has, at a place that it does not tell: told as unknown', async () => {
    const { cluster, producer } = rig();
    cluster.fates.push('answer_lost', { code: 46 });
    await expect(producer.append(place, [value('a')])).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(cluster.stored.get('t/0')).toEqual(['a']);
  });
});

describe('when the time is over', () => {
  test('what may stand is given up, and the next has another identity', async () => {
    const { cluster, producer } = rig(150);
    cluster.fates.push(...Array.from({ length: 40 }, (): Fate => 'not_sent'));
    await expect(producer.append(place, [value('a')])).rejects.toMatchObject({
      code: 'broker_unavailable',
      retryable: true,
      message: expect.stringContaining('the connection broke'),
    });
    cluster.fates.length = 0;
    expect(await producer.append(place, [value('b')])).toEqual([0]);
    expect(cluster.sent.at(-1)).toMatchObject({ identity: 2n, sequence: 0 });
  });

  test('what has no leader is given up without having been sent; others go on', async () => {
    const { cluster, producer } = rig(150);
    const lost = producer.append({ topic: 'missing', partition: 0 }, [value('a')]);
    expect(await producer.append(place, [value('b')])).toEqual([0]);
    await expect(lost).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(cluster.sent.map((one) => one.place)).toEqual(['t/0']);
    await producer.drained();
  });
});
