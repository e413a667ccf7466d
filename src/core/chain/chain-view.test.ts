import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, ChainScript, hashOf } from '../../../test/harness/chain-script.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import { ChainView } from './chain-view.ts';
import { windowMaxBlocks } from './window.ts';

const pay = { name: 'pay', from: 'alice', nonce: 1 };
const rival = { name: 'rival', from: 'alice', nonce: 1 };

function viewOf(...records: readonly ChainRecord[]): ChainView {
  const view = new ChainView('eip155:1');
  for (const record of records) view.apply(record);
  return view;
}

describe('following', () => {
  test('an empty view knows nothing and breaks nothing', () => {
    const view = new ChainView('eip155:1');
    expect([view.head, view.target, view.base, view.safe, view.finalized]).toEqual([null, -1, Infinity, null, null]);
    expect(view.blockAt(5)).toBeNull();
    expect(view.find(hashOf('pay'))).toBeNull();
  });

  test('a block is found by number, its transactions by hash and by sender and nonce', () => {
    const script = new ChainScript();
    const view = viewOf(script.anchor(100, 102), script.block([pay], 'a', 103));
    expect([view.head?.number, view.target, view.base]).toEqual([101, 103, 100]);
    expect(view.find(hashOf('pay'))).toMatchObject({ block: { number: 101 }, provider: 'one' });
    expect(view.findByNonce(addressOf('alice'), 1)?.transaction.hash).toBe(hashOf('pay'));
    expect(view.findByNonce(addressOf('alice'), 2)).toBeNull();
    expect([view.blockAt(100)?.header.number, view.blockAt(102), view.blockAt(99)]).toEqual([100, null, null]);
  });

  test('a block that does not link, a second anchor and a revert of another block are broken invariants (I22)', () => {
    const script = new ChainScript();
    const anchor = script.anchor();
    const view = viewOf(anchor);
    const other = new ChainScript();
    other.anchor(200);
    expect(() => view.apply(other.block())).toThrow('does not follow the head');
    expect(() => view.apply(anchor)).toThrow('anchored twice');
    view.apply(script.block());
    other.block();
    expect(() => view.apply(other.revert(1))).toThrow('not the head');
  });
});

describe('reorgs', () => {
  test('what was in reverted blocks is found no more, and what replaced it is', () => {
    const script = new ChainScript();
    const view = viewOf(script.anchor(), script.block([pay]), script.block());
    const old = { number: 101, hash: view.blockAt(101)?.header.hash ?? '' };
    expect(view.isCanonical(old)).toBe(true);
    const change = view.apply(script.revert(2));
    expect(change.reverted.map(({ number }) => number)).toEqual([102, 101]);
    expect([view.find(hashOf('pay')), view.findByNonce(addressOf('alice'), 1)]).toEqual([null, null]);
    expect(view.isCanonical(old)).toBe(false);
    view.apply(script.block([rival], 'b'));
    expect(view.findByNonce(addressOf('alice'), 1)?.transaction.hash).toBe(hashOf('rival'));
    expect(view.isCanonical(old)).toBe(false);
    // What was announced of the branch that is gone is announced no more.
    expect(view.target).toBe(101);
    view.apply(script.block([], 'b', 105));
    expect(view.target).toBe(105);
    view.apply(script.block([], 'b', 103));
    expect(view.target).toBe(103);
  });

  test('beyond finality the settled blocks fall back to the ancestor, and rise again (H12)', () => {
    const script = new ChainScript();
    const view = viewOf(
      script.anchor(),
      script.block(),
      script.block(),
      script.settle(101, 102),
      script.revert(2, true),
    );
    expect([view.safe?.number, view.finalized?.number]).toEqual([100, 100]);
    const change = viewOf().apply(script.settle(100));
    expect(change.finalizedMoved).toBe(true);
    view.apply(script.block([], 'b'));
    expect(view.apply(script.settle(101))).toMatchObject({ finalizedMoved: true, safeMoved: true });
  });
});

describe('settling', () => {
  test('only moves forward, and what is final is safe', () => {
    const script = new ChainScript();
    const view = viewOf(script.anchor(), script.block(), script.block(), script.block());
    expect(view.apply(script.settle(null, 101))).toMatchObject({ safeMoved: true, finalizedMoved: false });
    expect(view.apply(script.settle(102, 101))).toMatchObject({ safeMoved: true, finalizedMoved: true });
    expect([view.safe?.number, view.finalized?.number]).toEqual([102, 102]);
    expect(view.apply(script.settle(101, 101))).toMatchObject({ safeMoved: false, finalizedMoved: false });
    expect(view.apply(script.settle(null, null))).toMatchObject({ safeMoved: false, finalizedMoved: false });
    expect(view.finalized?.number).toBe(102);
  });
});

test('blocks that leave the window take their transactions along, and count as canonical', () => {
  const script = new ChainScript();
  const view = viewOf(script.anchor(0), script.block([pay]));
  const block = { number: 1, hash: view.head?.hash ?? '' };
  let left = 0;
  while (view.head !== null && view.head.number < 400) {
    left += view.apply(script.block()).left.length;
    if (view.head.number % 50 === 0) view.apply(script.settle(view.head.number - 10));
  }
  expect(left).toBeGreaterThan(50);
  expect(view.base).toBe(left);
  expect([view.find(hashOf('pay')), view.findByNonce(addressOf('alice'), 1)]).toEqual([null, null]);
  expect(view.isCanonical(block)).toBe(true);
  expect(view.blocks.length).toBeLessThan(windowMaxBlocks);
});

test('I14: a view restored from its state answers and goes on as the one it was taken from', () => {
  const move = fc.constantFrom('block', 'pay', 'revert', 'settle');
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), fc.nat({ max: 29 }), (moves, cut) => {
      const script = new ChainScript();
      let number = 100;
      const live = viewOf(script.anchor(number));
      let restored = new ChainView('eip155:1');
      moves.forEach((one, index) => {
        const records: ChainRecord[] = [];
        if (one === 'block') records.push(script.block());
        if (one === 'pay' && live.find(hashOf('pay')) === null) records.push(script.block([pay], `b${index}`));
        if (one === 'revert' && script.head.number > number) records.push(script.revert(1));
        if (one === 'settle') {
          number = script.head.number;
          records.push(script.settle(number));
        }
        if (index <= cut) restored = new ChainView('eip155:1');
        if (index <= cut) restored.restore(JSON.parse(JSON.stringify(live.state())));
        for (const record of records) expect(restored.apply(record)).toEqual(live.apply(record));
      });
      expect(restored.state()).toEqual(moves.length === 0 ? new ChainView('eip155:1').state() : live.state());
      expect(restored.target).toBe(moves.length === 0 ? -1 : live.target);
    }),
  );
});
