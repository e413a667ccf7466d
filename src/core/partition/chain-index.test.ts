import { describe, expect, test } from 'vitest';
import { addressOf, detailsOf, hashOf } from '../../../test/harness/chain-script.ts';
import { inclusionAt, trackedAt } from '../../../test/harness/tracked.ts';
import { nonceKey } from '../chain/chain-view.ts';
import { BucketIndex, inOrder } from './bucket-index.ts';
import { ChainIndex, nextDueHeight } from './chain-index.ts';

describe('buckets', () => {
  test('hand out in the order of registration, whatever the order of filing', () => {
    const index = new BucketIndex<number>();
    const all = [3, 1, 2].map((position) => trackedAt(position));
    for (const one of all) index.add(7, one);
    expect(index.get(7).map(({ id }) => id)).toEqual(['tx_1', 'tx_2', 'tx_3']);
    expect(inOrder(new Set(all)).map(({ id }) => id)).toEqual(['tx_1', 'tx_2', 'tx_3']);
    expect(index.get(8)).toEqual([]);
  });

  test('what is left by its last member is gone; taking away what is not there harms nothing', () => {
    const index = new BucketIndex<string>();
    const [one, two] = [trackedAt(1), trackedAt(2)];
    index.add('a', one);
    index.add('a', one);
    index.remove('a', two);
    index.remove('b', one);
    expect([...index.keys()]).toEqual(['a']);
    index.remove('a', one);
    expect([...index.keys()]).toEqual([]);
    index.add('c', two);
    index.drop('c');
    expect(index.get('c')).toEqual([]);
  });
});

describe('filing', () => {
  test('follows a transaction through its life, and leaves nothing behind', () => {
    const index = new ChainIndex();
    const tracked = trackedAt(1);
    index.add(tracked);
    expect(index.byHash.get(tracked.hash)).toEqual([tracked]);

    tracked.lookup = { tries: 1, dueBlock: 105 };
    tracked.details = detailsOf({ name: 'pay', from: 'alice', nonce: 4 });
    index.refile(tracked);
    expect(index.byLookupHeight.get(105)).toEqual([tracked]);
    expect(index.byNonce.get(nonceKey(addressOf('alice'), 4))).toEqual([tracked]);

    tracked.lookup = null;
    tracked.inclusion = inclusionAt(110);
    index.refile(tracked);
    expect(index.byLookupHeight.get(105)).toEqual([]);
    expect(index.byBlock.get(hashOf('block 110'))).toEqual([tracked]);
    expect([index.byDueHeight.get(112), index.byUnsettledHeight.get(110)]).toEqual([[tracked], [tracked]]);

    tracked.inclusion.said.finalized = true;
    index.refile(tracked);
    expect(index.byUnsettledHeight.get(110)).toEqual([]);

    tracked.inclusion = null;
    const block = { number: 111, hash: hashOf('block 111') };
    const rival = { hash: hashOf('rival'), reason: 'replaced' as const, block, provider: 'one', lookedBack: false };
    tracked.rival = { ...rival, final: false };
    index.refile(tracked);
    expect([index.byBlock.get(block.hash), index.byUnsettledHeight.get(111)]).toEqual([[tracked], [tracked]]);

    index.remove(tracked);
    index.remove(tracked);
    index.refile(tracked);
    const left = [index.byHash, index.byNonce, index.byBlock].flatMap((one) => [...one.keys()]);
    const heights = [index.byUnsettledHeight, index.byDueHeight, index.byLookupHeight].flatMap((one) => [
      ...one.keys(),
    ]);
    expect([...left, ...heights]).toEqual([]);
  });
});

test('the next height: the first threshold above what was said, then the count, then none', () => {
  const due = (said: number, confirmed = false, confirmations: number | 'safe' = 5): number | null => {
    const inclusion = inclusionAt(100);
    Object.assign(inclusion.said, { threshold: said, confirmed });
    const options = { ...trackedAt(1).options, confirmations, thresholds: [1, 3] };
    return nextDueHeight(trackedAt(1, { inclusion, options }));
  };
  expect([due(1), due(3), due(3, true), due(3, false, 'safe'), nextDueHeight(trackedAt(1))]).toEqual([
    102,
    104,
    null,
    null,
    null,
  ]);
});
