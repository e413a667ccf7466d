import type { RecentBlock } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { blockHash, sampleTime } from '../model/transaction-sample.ts';
import { layOutRibbon } from './ribbon-layout.ts';
import { neighbourOf } from './ribbon-walk.ts';

function block(number: number, branch = 'a'): RecentBlock {
  return {
    number,
    hash: blockHash(number, branch),
    parentHash: blockHash(number - 1),
    timestamp: sampleTime(0),
    transactions: 0,
  };
}

const reorg = { time: sampleTime(0), depth: 1, ancestor: { number: 3, hash: blockHash(3) }, beyondFinality: false };
const ribbon = layOutRibbon(
  {
    recentBlocks: [6, 5, 4, 3, 2].map((number) => block(number)),
    recentReorgs: [{ ...reorg, orphaned: [block(4, 'b')] }],
    finality: { source: 'tag', safe: null, finalized: null },
  },
  { columns: 5, branchRows: 2, captionColumns: 0 },
);

test.each([
  [6, 'a', 'ArrowLeft', 5, 'a'],
  [5, 'a', 'ArrowRight', 6, 'a'],
  [6, 'a', 'ArrowDown', 4, 'b'],
  [4, 'b', 'ArrowUp', 4, 'a'],
  [4, 'b', 'End', 6, 'a'],
  [4, 'b', 'Home', 2, 'a'],
])('from %d%s, %s leads to %d%s', (number, branch, key, toNumber, toBranch) => {
  const from = ribbon.blocks.find((one) => one.block.hash === blockHash(number, branch));
  expect(from && neighbourOf(ribbon, from, key)?.block.hash).toBe(blockHash(toNumber, toBranch));
});

test('ends at the edges, and leaves other keys alone', () => {
  const [head] = ribbon.blocks;
  const keys = ['ArrowRight', 'ArrowUp', 'Enter', 'a'];
  expect(keys.map((key) => head && neighbourOf(ribbon, head, key))).toEqual([null, null, null, null]);
});
