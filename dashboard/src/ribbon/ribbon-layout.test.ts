import type { ChainDetail, RecentBlock, RecentReorg } from '@txtrail/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockHash, sampleTime } from '../model/transaction-sample.ts';
import { layOutRibbon } from './ribbon-layout.ts';
import { blockLabel, branchCaption, ribbonSummary } from './ribbon-words.ts';

function block(number: number, branch = 'a', parentBranch = branch): RecentBlock {
  return {
    number,
    hash: blockHash(number, branch),
    parentHash: blockHash(number - 1, parentBranch),
    timestamp: sampleTime(number * 2000),
    transactions: number % 3,
  };
}

/** Canonical blocks of one branch, newest first. */
function run(from: number, to: number, branch = 'a'): RecentBlock[] {
  return Array.from({ length: to - from + 1 }, (_, index) => block(to - index, branch));
}

function reorg(orphaned: readonly RecentBlock[], ancestor: number): RecentReorg {
  return {
    time: sampleTime(0),
    depth: orphaned.length,
    ancestor: { number: ancestor, hash: blockHash(ancestor) },
    beyondFinality: false,
    orphaned,
  };
}

function chain(facts: Partial<ChainDetail>): ChainDetail {
  const head = facts.recentBlocks?.[0] ?? null;
  return {
    chain: 'eip155:31337',
    name: null,
    chainId: 31_337,
    head,
    finality: { source: 'tag', safe: null, finalized: null },
    lag: 0,
    providers: [],
    recentBlocks: [],
    recentReorgs: [],
    ...facts,
  };
}

const room = { columns: 10, branchRows: 3, captionColumns: 3 };
/** Blocks 12 to 14 were replaced by a branch `b` that is one longer. */
const afterReorg = chain({
  recentBlocks: [block(16, 'b'), block(15, 'b'), block(14, 'b'), block(13, 'b'), block(12, 'b', 'a'), ...run(1, 11)],
  recentReorgs: [reorg([block(14), block(13), block(12)], 11)],
});

describe('the canonical row', () => {
  test('ends with the head at the right and holds what fits', () => {
    const { blocks, rows } = layOutRibbon(chain({ recentBlocks: run(1, 40) }), room);
    expect(blocks.map((one) => [one.block.number, one.column])).toEqual(
      Array.from({ length: 10 }, (_, index) => [40 - index, 9 - index]),
    );
    expect([rows, blocks.filter(({ isHead }) => isHead).length]).toEqual([1, 1]);
  });

  test('stands right where the chain is young', () => {
    const { blocks } = layOutRibbon(chain({ recentBlocks: run(0, 2) }), room);
    expect(blocks.map(({ column }) => column)).toEqual([9, 8, 7]);
  });

  test('says what is final and safe, as blocks and as segments', () => {
    const finality = {
      source: 'tag',
      safe: { number: 36, hash: blockHash(36) },
      finalized: { number: 33, hash: blockHash(33) },
    } as const;
    const { segments, blocks } = layOutRibbon(chain({ recentBlocks: run(1, 40), finality }), room);
    expect(segments).toEqual([
      { settled: 'final', fromColumn: 0, toColumn: 2 },
      { settled: 'safe', fromColumn: 3, toColumn: 5 },
      { settled: 'open', fromColumn: 6, toColumn: 9 },
    ]);
    expect(blocks.find(({ block: { number } }) => number === 36)?.settled).toBe('safe');
  });

  test('is empty before the chain was seen', () => {
    expect(layOutRibbon(chain({}), room)).toMatchObject({ blocks: [], rows: 1 });
  });
});

describe('orphaned branches', () => {
  test('hang below, at their heights, from the block they grew on', () => {
    const ribbon = layOutRibbon(afterReorg, room);
    const below = ribbon.blocks.filter(({ row }) => row === 1);
    expect(below.map((one) => [one.block.number, one.column])).toEqual([
      [14, 7],
      [13, 6],
      [12, 5],
    ]);
    expect(ribbon.branches).toEqual([expect.objectContaining({ row: 1, fromColumn: 5, toColumn: 7 })]);
    expect(ribbon.links.find(({ key }) => key === blockHash(12))).toEqual({
      key: blockHash(12),
      fromColumn: 4,
      fromRow: 0,
      toColumn: 5,
      toRow: 1,
    });
  });

  test('may reach further right than the head', () => {
    const ribbon = layOutRibbon(
      chain({
        recentBlocks: [block(9, 'b', 'a'), ...run(1, 8)],
        recentReorgs: [reorg([block(11), block(10), block(9)], 8)],
      }),
      room,
    );
    expect(ribbon.blocks.find(({ block: one }) => one.number === 11)?.column).toBe(9);
    expect(ribbon.blocks.find(({ isHead }) => isHead)?.column).toBe(7);
  });

  test('that overlap are placed one under the other, the newest highest; what finds no room is counted', () => {
    const branches = ['c', 'd', 'e', 'f'].map((branch) => reorg([block(14, branch), block(13, branch, 'a')], 12));
    const ribbon = layOutRibbon(chain({ recentBlocks: run(1, 16), recentReorgs: branches }), room);
    expect(ribbon.branches.map(({ row }) => row)).toEqual([1, 2, 3]);
    expect([ribbon.hiddenBranches, ribbon.rows]).toEqual([1, 4]);
  });

  test('that are far apart share a row', () => {
    const branches = [reorg([block(38, 'c', 'a')], 37), reorg([block(32, 'd', 'a')], 31)];
    const ribbon = layOutRibbon(chain({ recentBlocks: run(1, 40), recentReorgs: branches }), room);
    expect(ribbon.branches.map(({ row }) => row)).toEqual([1, 1]);
  });

  test('out of sight are left out, and cut where they begin out of sight', () => {
    const branches = [
      reorg([block(32, 'c'), block(31, 'c'), block(30, 'c'), block(29, 'c', 'a')], 28),
      reorg([block(9, 'd', 'a')], 8),
    ];
    const ribbon = layOutRibbon(chain({ recentBlocks: run(1, 40), recentReorgs: branches }), room);
    expect(ribbon.branches).toEqual([expect.objectContaining({ fromColumn: 0, toColumn: 1 })]);
    expect(ribbon.blocks.filter(({ row }) => row === 1).map(({ column }) => column)).toEqual([1, 0]);
    expect(ribbon.links.find(({ key }) => key === blockHash(31, 'c'))).toMatchObject({ fromColumn: -1, fromRow: 1 });
  });

  test('that became canonical again are not shown twice, nor blocks that left twice', () => {
    const again = chain({
      recentBlocks: run(1, 16),
      recentReorgs: [
        reorg([block(14, 'b'), block(13, 'b', 'a')], 12),
        reorg([block(14), block(14, 'b'), block(13)], 12),
      ],
    });
    const ribbon = layOutRibbon(again, room);
    expect(ribbon.branches).toHaveLength(1);
    expect(new Set(ribbon.blocks.map((one) => one.block.hash)).size).toBe(ribbon.blocks.length);
  });
});

test('no two blocks ever share a place, whatever reorgs there were', () => {
  const spans = fc.array(fc.record({ top: fc.integer({ min: 5, max: 44 }), depth: fc.integer({ min: 1, max: 8 }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      spans,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 4 }),
      (given, columns, branchRows) => {
        const recentReorgs = given.map(({ top, depth }, index) => {
          const branch = 'bcdef012'[index] ?? '9';
          const from = Math.max(1, top - depth + 1);
          return reorg(run(from, top, branch), from - 1);
        });
        const ribbon = layOutRibbon(chain({ recentBlocks: run(0, 40), recentReorgs }), {
          columns,
          branchRows,
          captionColumns: 2,
        });
        const places = ribbon.blocks.map(({ column, row }) => `${column}/${row}`);
        expect(new Set(places).size).toBe(places.length);
        for (const { column, row } of ribbon.blocks) {
          expect(column).toBeGreaterThanOrEqual(0);
          expect(column).toBeLessThan(columns);
          expect(row).toBeLessThanOrEqual(branchRows);
        }
        expect(ribbon.branches.length + ribbon.hiddenBranches).toBeLessThanOrEqual(given.length);
      },
    ),
  );
});

describe('in words', () => {
  test('the ribbon', () => {
    const ribbon = layOutRibbon(afterReorg, room);
    expect(ribbonSummary(afterReorg, ribbon, 2)).toBe(
      '10 blocks up to 16, none final yet, 1 orphaned branch, 2 tracked transactions waiting.',
    );
    expect(ribbonSummary(chain({}), layOutRibbon(chain({}), room), 0)).toBe('The chain has not been seen yet.');
  });

  test('a block, and a branch', () => {
    const ribbon = layOutRibbon(afterReorg, room);
    const now = Date.parse(sampleTime(40_000));
    const [head] = ribbon.blocks;
    expect(head && blockLabel(head, 2, now)).toBe('Block 16, head, not settled, 1 transaction, 2 tracked, 8 s ago');
    const gone = ribbon.blocks.find(({ row }) => row === 1);
    expect(gone && blockLabel(gone, 0, now)).toBe('Block 14, orphaned, reorg of depth 3, 2 transactions, 12 s ago');
    expect(branchCaption(3, 12_000)).toBe('3 orphaned · 12 s ago');
  });
});
