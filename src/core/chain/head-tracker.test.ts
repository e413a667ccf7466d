import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChainRecord } from '../records/chain-record.ts';
import type { Block, BlockHeader, BlockRef } from './block.ts';
import {
  adopt,
  type AdoptionSource,
  blockAtDepth,
  canonicalAt,
  headOf,
  isBeyondFinality,
  isOnPath,
  judge,
  resumeTracking,
  settle,
  type TrackedChain,
  trackFrom,
} from './head-tracker.ts';
import { windowMaxBlocks, windowMinBlocks } from './window.ts';

const chain = 'eip155:1';
const source: AdoptionSource = { provider: 'main', seenMs: 1, target: 0, confirmedBeyondFinality: false };

/** Hashes name branch and number, so that a failing test can be read. */
function blockOn(branch: string, number: number, parent: string, timestampMs = number * 12_000): Block {
  return { number, hash: `${branch}${number}`, parentHash: parent, timestampMs, transactions: [] };
}

function branchOf(branch: string, from: BlockRef, count: number): readonly Block[] {
  const blocks: Block[] = [];
  let parent = from.hash;
  for (let offset = 1; offset <= count; offset += 1) {
    const block = blockOn(branch, from.number + offset, parent);
    blocks.push(block);
    parent = block.hash;
  }
  return blocks;
}

function grown(count: number): TrackedChain {
  const start = trackFrom(chain, blockOn('a', 100, 'a99'));
  return adopt(start, branchOf('a', { number: 100, hash: 'a100' }, count), source).tracked;
}

describe('judging a block that a provider shows', () => {
  const tracked = grown(10);

  test('H01 a block of the path is known, head or not', () => {
    expect(judge(tracked, blockOn('a', 110, 'a109'))).toEqual({ kind: 'known' });
    expect(judge(tracked, blockOn('a', 104, 'a103'))).toEqual({ kind: 'known' });
  });

  test('a child of the head extends it', () => {
    expect(judge(tracked, blockOn('x', 111, 'a110'))).toEqual({ kind: 'extends' });
  });

  test('H02 H03 a block further ahead names the first one missing', () => {
    expect(judge(tracked, blockOn('a', 115, 'a114'))).toEqual({ kind: 'gap', needNumber: 111 });
  });

  test('H06 another block of the same height is a fork at its parent', () => {
    expect(judge(tracked, blockOn('b', 110, 'a109'))).toMatchObject({ kind: 'fork', ancestor: { hash: 'a109' } });
  });

  test('H04 a fork whose parent is unknown asks for that parent by hash', () => {
    expect(judge(tracked, blockOn('b', 111, 'b110'))).toEqual({
      kind: 'fork',
      ancestor: null,
      needHash: 'b110',
      needNumber: 110,
    });
  });

  test('what leaves the path at or below the oldest block kept cannot be judged', () => {
    expect(judge(tracked, blockOn('b', 100, 'a99'))).toEqual({ kind: 'below_window' });
    expect(judge(tracked, blockOn('b', 111, 'b110'), blockOn('b', 101, 'b100'))).toEqual({ kind: 'below_window' });
  });
});

describe('adopting a branch', () => {
  test('gives one reverted with all blocks newest first, then applied in order', () => {
    const tracked = grown(5);
    const branch = branchOf('b', { number: 102, hash: 'a102' }, 4);
    const { records, tracked: next, depth } = adopt(tracked, branch, { ...source, target: 110 });
    expect(depth).toBe(3);
    expect(records[0]).toMatchObject({
      kind: 'reverted',
      blocks: [{ hash: 'a105' }, { hash: 'a104' }, { hash: 'a103' }],
      ancestor: { number: 102, hash: 'a102' },
      beyondFinality: false,
    });
    expect(records.slice(1).map((record) => record.kind === 'applied' && record.block.hash)).toEqual([
      'b103',
      'b104',
      'b105',
      'b106',
    ]);
    expect(records[1]).toMatchObject({ target: 110 });
    expect(headOf(next).hash).toBe('b106');
    expect(isOnPath(next, { number: 105, hash: 'a105' })).toBe(false);
  });

  test('H07 the new branch may be shorter', () => {
    const { tracked } = adopt(grown(5), branchOf('b', { number: 102, hash: 'a102' }, 1), source);
    expect(headOf(tracked)).toMatchObject({ number: 103, hash: 'b103' });
  });

  test('H12 F05 what is final is taken back only when confirmed, and lowers what is settled', () => {
    const settled = settle(
      grown(5),
      { safe: { number: 105, hash: 'a105' }, finalized: { number: 104, hash: 'a104' } },
      'tag',
      'main',
    );
    const branch = branchOf('b', { number: 102, hash: 'a102' }, 4);
    expect(isBeyondFinality(settled.tracked, { number: 102, hash: 'a102' })).toBe(true);
    expect(() => adopt(settled.tracked, branch, source)).toThrow('on one word');
    const { records, tracked } = adopt(settled.tracked, branch, { ...source, confirmedBeyondFinality: true });
    expect(records[0]).toMatchObject({ kind: 'reverted', beyondFinality: true });
    expect(tracked.finalized).toEqual({ number: 102, hash: 'a102' });
    expect(tracked.safe).toEqual({ number: 102, hash: 'a102' });
  });

  test('a branch that does not link is a broken invariant', () => {
    expect(() => adopt(grown(5), branchOf('b', { number: 105, hash: 'elsewhere' }, 1), source)).toThrow(
      'does not start',
    );
    const [first, , third] = branchOf('b', { number: 105, hash: 'a105' }, 3);
    expect(() => adopt(grown(5), [first as Block, third as Block], source)).toThrow('does not follow');
  });
});

describe('settling', () => {
  const tracked = grown(10);

  test('H17 moves forward only, and only to a block of the path', () => {
    const first = settle(tracked, { safe: null, finalized: { number: 104, hash: 'a104' } }, 'tag', 'main');
    expect(first.record).toMatchObject({ kind: 'settled', finalized: { hash: 'a104' }, safe: null, source: 'tag' });
    const back = settle(first.tracked, { safe: null, finalized: { number: 103, hash: 'a103' } }, 'tag', 'main');
    expect(back).toMatchObject({ record: null, conflict: null, tracked: { finalized: { number: 104 } } });
    const foreign = settle(first.tracked, { safe: null, finalized: { number: 106, hash: 'b106' } }, 'tag', 'main');
    expect(foreign).toMatchObject({
      record: null,
      conflict: { hash: 'b106' },
      tracked: { finalized: { number: 104 } },
    });
  });

  test('a claim above the head waits', () => {
    expect(settle(tracked, { safe: null, finalized: { number: 111, hash: 'a111' } }, 'tag', 'main')).toMatchObject({
      record: null,
      conflict: null,
    });
  });

  test('a first claim below the window is taken', () => {
    expect(settle(tracked, { safe: null, finalized: { number: 90, hash: 'a90' } }, 'tag', 'main').record).toMatchObject(
      {
        finalized: { number: 90 },
      },
    );
  });

  test('depth counts down from the head', () => {
    expect(blockAtDepth(tracked, 3)).toEqual({ number: 107, hash: 'a107' });
    expect(blockAtDepth(tracked, 300)).toBeNull();
  });
});

describe('the window', () => {
  function longChain(count: number, blockTimeMs: number, finalized: number | null): TrackedChain {
    let tracked = trackFrom(chain, blockOn('a', 0, 'none', 0));
    for (let number = 1; number <= count; number += 1) {
      const block = blockOn('a', number, `a${number - 1}`, number * blockTimeMs);
      tracked = adopt(tracked, [block], source).tracked;
      if (number !== finalized) continue;
      tracked = settle(tracked, { safe: null, finalized: { number, hash: `a${number}` } }, 'tag', 'main').tracked;
    }
    return tracked;
  }

  test('H13 keeps an hour of blocks, at least the minimum in number, and the finalized block', () => {
    expect(longChain(500, 60_000, 499).blocks.length).toBe(windowMinBlocks);
    expect(longChain(500, 12_000, 499).blocks.length).toBe(300);
    const stalled = longChain(500, 60_000, 100);
    expect(canonicalAt(stalled, 100)?.hash).toBe('a100');
    expect(canonicalAt(stalled, 99)).toBeNull();
  });

  test('H16 a finality stall does not grow it without end', () => {
    const head = { number: windowMaxBlocks + 50, hash: `a${windowMaxBlocks + 50}` };
    const tracked = adopt(
      trackFrom(chain, blockOn('a', 0, 'none')),
      branchOf('a', { number: 0, hash: 'a0' }, head.number),
      source,
    ).tracked;
    expect(tracked.blocks.length).toBe(windowMaxBlocks);
    expect(headOf(tracked).hash).toBe(head.hash);
  });

  test('resuming asks for linked blocks', () => {
    const { blocks } = grown(3);
    expect(headOf(resumeTracking(chain, blocks, null, null)).hash).toBe('a103');
    expect(() => resumeTracking(chain, blocks.toSpliced(1, 1), null, null)).toThrow('does not follow');
  });
});

describe('any tree of forks, hinted at in any order', () => {
  interface Tree {
    readonly blocks: ReadonlyMap<string, Block>;
    readonly tips: readonly Block[];
  }

  /** Each entry: which earlier block the next one grows on. */
  function treeOf(choices: readonly number[]): Tree {
    const all: Block[] = [blockOn('g', 0, 'none')];
    for (const [index, choice] of choices.entries()) {
      const parent = all[choice % all.length] as Block;
      all.push({ ...blockOn('n', parent.number + 1, parent.hash), hash: `n${index}` });
    }
    return { blocks: new Map(all.map((block) => [block.hash, block])), tips: all };
  }

  /** Goes to a tip as the watcher does: only through what `judge` asks for. */
  function goTo(
    tracked: TrackedChain,
    tip: Block,
    tree: Tree,
  ): { tracked: TrackedChain; records: readonly ChainRecord[] } {
    const branch: Block[] = [tip];
    for (;;) {
      const root = branch[0] as Block;
      const judgement = judge(tracked, tip, root);
      if (judgement.kind === 'known' || judgement.kind === 'below_window') return { tracked, records: [] };
      const ready = judgement.kind === 'extends' || (judgement.kind === 'fork' && judgement.ancestor !== null);
      if (ready) return adopt(tracked, branch, source);
      branch.unshift(tree.blocks.get(root.parentHash) as Block);
    }
  }

  /** A reader that knows nothing but the records. */
  function replay(path: readonly BlockHeader[], records: readonly ChainRecord[]): readonly BlockHeader[] {
    const next = [...path];
    for (const record of records) {
      if (record.kind === 'reverted') {
        for (const gone of record.blocks) expect(next.pop()?.hash).toBe(gone.hash);
        expect(next.at(-1)?.hash).toBe(record.ancestor.hash);
      } else if (record.kind === 'applied') {
        expect(record.block.parentHash).toBe(next.at(-1)?.hash);
        expect(record.block.number).toBe((next.at(-1)?.number ?? Number.NaN) + 1);
        next.push(record.block);
      }
    }
    return next;
  }

  test('F04 ends on the path of the last tip, and its records replay to the same path', () => {
    const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 60 });
    const visits = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(choices, visits, (tree, order) => {
        const made = treeOf(tree);
        let tracked = trackFrom(chain, made.tips[0] as Block);
        let path: readonly BlockHeader[] = tracked.blocks;
        for (const visit of order) {
          const tip = made.tips[visit % made.tips.length] as Block;
          const step = goTo(tracked, tip, made);
          // A lower head on our own path is lag and takes nothing back (1g).
          if (isOnPath(tracked, tip)) expect(step.records).toEqual([]);
          else if (tip.number > 0) expect(headOf(step.tracked).hash).toBe(tip.hash);
          expect(step.records.filter((record) => record.kind === 'reverted').length).toBeLessThanOrEqual(1);
          path = replay(path, step.records);
          tracked = step.tracked;
        }
        expect(path.map((block) => block.hash)).toEqual(tracked.blocks.map((block) => block.hash));
      }),
      { numRuns: 200 },
    );
  });
});
