import { describe, expect, test } from 'vitest';
import { kafkaDeps } from '../../../test/harness/kafka.ts';
import type { FetchRequest, RecordBatches } from './broker-link.ts';
import { PartitionReader, type ReaderCluster } from './partition-reader.ts';
import { Patience } from './patience.ts';

const place = { topic: 't', partition: 0 };
const end = 5;

/** A leader that answers as the test says, from the offset that it is asked for. */
function rig(answer: (offset: number) => { readonly gives: number; readonly highWatermark: number }) {
  const asked: number[] = [];
  const link = {
    fetchParts: async ({ parts }: FetchRequest) => {
      const offset = parts[0]?.offset ?? 0;
      asked.push(offset);
      if (asked.length > 1_000) throw new Error('asked again and again');
      const { gives, highWatermark } = answer(offset);
      return {
        code: 0,
        sessionId: 0,
        parts: [{ ...place, code: 0, highWatermark, batches: batchesOf(offset, gives) }],
      };
    },
    offset: async (_: unknown, which: 'start' | 'end') => ({ code: 0, offset: which === 'start' ? 0 : end }),
    deleteBelow: async () => 0,
  };
  const cluster: ReaderCluster = {
    leaderOf: () => 0,
    forgetLeader: () => undefined,
    refresh: async () => undefined,
    link: async () => link,
  };
  const reader = new PartitionReader({ readBytes: 1 }, { cluster, patience: new Patience(150, kafkaDeps()) });
  const read = async (): Promise<readonly number[]> => {
    const offsets: number[] = [];
    for await (const records of reader.read(place, 0, end)) offsets.push(...records.map(({ offset }) => offset));
    return offsets;
  };
  return { asked, read };
}

function batchesOf(first: number, count: number): RecordBatches {
  if (count === 0) return [];
  const records = Array.from({ length: count }, (_, offsetDelta) => ({ offsetDelta, key: null, value: null }));
  return [
    { firstOffset: BigInt(first), lastOffsetDelta: count - 1, attributes: 0, records },
  ] as unknown as RecordBatches;
}

describe('what a partition held when its leader was asked', () => {
  test('is waited for where a new leader may not give it yet', async () => {
    let refusals = 3;
    const { asked, read } = rig((offset) => {
      if (offset === 0) return { gives: 2, highWatermark: end };
      return refusals-- > 0 ? { gives: 0, highWatermark: 2 } : { gives: end - offset, highWatermark: end };
    });
    expect(await read()).toEqual([0, 1, 2, 3, 4]);
    expect(asked).toEqual([0, 2, 2, 2, 2]);
  });

  test('is given up when the time is over', async () => {
    const { asked, read } = rig((offset) => ({ gives: offset === 0 ? 2 : 0, highWatermark: offset === 0 ? end : 2 }));
    await expect(read()).rejects.toMatchObject({ code: 'broker_unavailable', retryable: true });
    expect(asked.length).toBeLessThan(50);
  });

  test('is read where compaction left nothing of its end', async () => {
    const { asked, read } = rig((offset) => ({ gives: offset === 0 ? 2 : 0, highWatermark: end }));
    expect(await read()).toEqual([0, 1]);
    expect(asked).toEqual([0, 2]);
  });
});
