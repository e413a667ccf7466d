import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../../test/harness/chain-script.ts';
import type { ChainRecord } from '../records/chain-record.ts';
import { type Claim, claimedRecordValue, claimValue } from '../records/claimed-stream.ts';
import { ChainFeed } from './chain-feed.ts';

const chain = 'eip155:1';
const one: Claim = { writer: 'one', offset: 3 };
const two: Claim = { writer: 'two', offset: 8 };

function given(feed: ChainFeed, claim: Claim, ...records: readonly ChainRecord[]): void {
  for (const record of records) feed.take(claimedRecordValue(claim, 77, JSON.stringify(record)));
}

const numbers = ({ view }: ChainFeed): readonly number[] => view.blocks.map(({ header }) => header.number);

describe('a chain as its stream tells it', () => {
  test('from the beginning, is what its watcher wrote', () => {
    const feed = new ChainFeed(chain);
    const script = new ChainScript(chain);
    expect([feed.view.head, feed.writer]).toEqual([null, null]);
    feed.take(claimValue('one', 1));
    given(feed, one, script.anchor(), script.block([{ name: 'a' }]), script.block(), script.settle(101));
    expect(feed.writer).toBe('one');
    expect(feed.view.head).toEqual(script.head);
    expect(feed.view.finalized?.number).toBe(101);
    expect(feed.view.find(hashOf('a'))?.block.number).toBe(101);
  });

  test('from the middle, begins with the first block that comes', () => {
    const feed = new ChainFeed(chain);
    const script = new ChainScript(chain);
    script.anchor();
    for (let block = 0; block < 4; block += 1) script.block();
    given(feed, one, script.settle(102), script.revert(1));
    expect(feed.view.head).toBeNull();
    given(feed, one, script.block(), script.block(), script.settle(105));
    expect(numbers(feed)).toEqual([104, 105]);
    expect(feed.view.finalized?.number).toBe(105);
  });

  test('where it goes back beyond what is known, begins anew with the next block', () => {
    const feed = new ChainFeed(chain);
    const script = new ChainScript(chain);
    script.anchor();
    for (let block = 0; block < 4; block += 1) script.block();
    given(feed, one, script.block(), script.block());
    given(feed, one, script.revert(3));
    expect(feed.view.head).toBeNull();
    given(feed, one, script.block([], 'b'), script.block([], 'b'));
    expect(numbers(feed)).toEqual([104, 105]);
    expect(feed.view.head).toEqual(script.head);
    expect(feed.reorgs).toEqual([]);
  });

  test('leaves out what a watcher writes that was followed (P02, P03)', () => {
    const feed = new ChainFeed(chain);
    const [script, stale] = [new ChainScript(chain), new ChainScript(chain)];
    stale.anchor();
    feed.take(claimValue('one', 1));
    given(feed, one, script.anchor());
    feed.take(claimValue('two', 2));
    given(feed, one, stale.block([], 'b'));
    given(feed, two, script.block());
    given(feed, one, stale.block([], 'b'), stale.revert(2));
    expect(feed.view.head).toEqual(script.head);
  });

  test('from the middle, lets go of what turns out to be void', () => {
    const feed = new ChainFeed(chain);
    const [script, stale] = [new ChainScript(chain), new ChainScript(chain)];
    script.anchor();
    stale.anchor();
    stale.block([], 'b');
    given(feed, one, stale.block([], 'b'), stale.block([], 'b'));
    given(feed, two, script.block(), script.block());
    given(feed, one, stale.block([], 'b'));
    expect(numbers(feed)).toEqual([101, 102]);
    expect(feed.view.head).toEqual(script.head);
  });

  test('stops where blocks do not link: it does not guess', () => {
    const feed = new ChainFeed(chain);
    const [script, other] = [new ChainScript(chain), new ChainScript(chain)];
    other.anchor(300);
    feed.take(claimValue('one', 1));
    given(feed, one, script.anchor());
    expect(() => given(feed, one, other.block())).toThrow('does not follow the head');
  });
});

describe('reorgs', () => {
  test('are noted with the blocks that left, newest first', () => {
    const feed = new ChainFeed(chain);
    const script = new ChainScript(chain);
    feed.take(claimValue('one', 1));
    given(feed, one, script.anchor(), script.block(), script.block([{ name: 'a' }, { name: 'b' }]));
    const left = script.head;
    given(feed, one, script.revert(1), script.block([], 'b'), script.block([], 'b'), script.revert(2, true));
    expect(feed.reorgs).toMatchObject([
      { timeMs: 77, depth: 2, beyondFinality: true, ancestor: { number: 101 } },
      { timeMs: 77, depth: 1, beyondFinality: false, ancestor: { number: 101 } },
    ]);
    expect(feed.reorgs[1]?.orphaned).toEqual([{ ...left, transactions: 2 }]);
  });

  test('are kept up to a bound, and so are the blocks of a deep one', () => {
    const feed = new ChainFeed(chain);
    const script = new ChainScript(chain);
    feed.take(claimValue('one', 1));
    given(feed, one, script.anchor());
    for (let block = 0; block < 300; block += 1) given(feed, one, script.block());
    given(feed, one, script.revert(300));
    expect(feed.reorgs[0]).toMatchObject({ depth: 300 });
    expect(feed.reorgs[0]?.orphaned).toHaveLength(256);
    expect(feed.reorgs[0]?.orphaned[0]?.number).toBe(400);
    for (let reorg = 0; reorg < 60; reorg += 1) given(feed, one, script.block([], `${reorg}`), script.revert(1));
    expect(feed.reorgs).toHaveLength(50);
  });
});
