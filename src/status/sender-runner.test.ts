import { expect, test } from 'vitest';
import type { SenderRecord } from '../core/records/sender-record.ts';
import { defaultShardCounts, partitionOf, senderLaneOf } from '../core/records/stream.ts';
import type { LogRecord } from '../ports/record-log.ts';
import { SenderRunner } from './sender-runner.ts';

const first = `0x01${'0'.repeat(62)}`;
const second = `0x02${'0'.repeat(62)}`;

function tracked(hash: string, ordinal: number): LogRecord {
  const record: SenderRecord = {
    kind: 'tracked',
    tenant: 'one',
    chain: 'eip155:1',
    sender: '0xa',
    nonce: 1,
    hash,
    origin: { source: 'status/1', position: 5, ordinal },
  };
  const lane = senderLaneOf('eip155:1', '0xa', 64);
  return { stream: `senders/${lane}`, position: 10 + ordinal, timeMs: 1, payload: JSON.stringify(record) };
}

test('a family is told to the partition of each member, and said again by a replay it gives the same records (F22)', () => {
  const runner = new SenderRunner(defaultShardCounts);
  expect(runner.handles('senders/3')).toBe(true);
  expect(runner.handles('facts/3')).toBe(false);
  expect(runner.apply(tracked(first, 0))).toEqual([]);
  const before = runner.sections();
  const told = runner.apply(tracked(second, 1));
  expect(told.map(({ stream }) => stream)).toEqual([first, second].map((hash) => `facts/${partitionOf(hash, 64)}`));
  expect(runner.apply(tracked(second, 1))).toEqual([]);

  const restored = new SenderRunner(defaultShardCounts);
  for (const section of before) expect(restored.restore(section)).toBe(true);
  expect(restored.restore({ name: 'lane/1', text: '' })).toBe(false);
  expect(restored.apply(tracked(second, 1))).toEqual(told);
  expect(restored.sections()).toEqual(runner.sections());
});
