import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../lib/seeded-random.ts';
import { ScriptedChain } from '../scripted-chain/scripted-chain.ts';
import type { TransactionSpec } from '../scripted-chain/scripted-transaction.ts';
import { demoWallets, knownWallets } from './accounts.ts';
import { demoRivalOf } from './demo-rival.ts';
import { chooseFates } from './reorg-fates.ts';

const demo = demoWallets.slice(0, 3).map(({ address }) => address);
const others = knownWallets.slice(0, 2).map(({ address }) => address);

function chainOf(blocks: readonly (readonly TransactionSpec[])[]): ScriptedChain {
  const chain = new ScriptedChain({ chainId: 31_337, genesisTimeMs: 0 });
  for (const transactions of blocks) chain.mine({ transactions });
  return chain;
}

function reverted(chain: ScriptedChain, depth: number) {
  return chain.blocks.path(chain.blocks.at(chain.head.number - depth, chain.head)!, chain.head);
}

describe('fates', () => {
  test('make a branch that can be built, whatever the blocks hold and the seed says', () => {
    const content = fc.array(fc.array(fc.constantFrom(...demo, ...others), { maxLength: 6 }), {
      minLength: 3,
      maxLength: 3,
    });
    fc.assert(
      fc.property(content, fc.nat(), (senders, seed) => {
        const chain = chainOf(senders.map((block) => block.map((from) => ({ from }))));
        const fraction = seededRandom(seed);
        const blocks = reverted(chain, 3);
        const hashes = blocks.flatMap(({ receipts }) => receipts.map(({ transaction }) => transaction.hash));
        const fates = chooseFates(blocks, { fraction, rivalOf: (transaction) => demoRivalOf(transaction, fraction) });
        const { applied } = chain.reorg({ depth: 3, fates });
        expect(applied).toHaveLength(4);
        const mined = applied.flatMap(({ receipts }) => receipts.map(({ transaction }) => transaction));
        // Each is in the new branch, in the pool, or lost its nonce to a rival there.
        for (const hash of hashes) {
          const old = blocks
            .flatMap(({ receipts }) => receipts)
            .find(({ transaction }) => transaction.hash === hash)!.transaction;
          const isThere = mined.some((one) => one.hash === hash) || chain.pool.get(hash) !== null;
          const rival = mined.find((one) => one.from === old.from && one.nonce === old.nonce && one.hash !== hash);
          expect([isThere, rival !== undefined]).toEqual(rival === undefined ? [true, false] : [false, true]);
          if (others.includes(old.from)) expect(isThere).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('are of every kind', () => {
    const fraction = seededRandom(1);
    const kinds = new Set<string>();
    for (let round = 0; round < 60; round += 1) {
      const chain = chainOf([demo.map((from) => ({ from }))]);
      const rivalOf = (transaction: Parameters<typeof demoRivalOf>[0]) => demoRivalOf(transaction, fraction);
      for (const { kind } of Object.values(chooseFates(reverted(chain, 1), { fraction, rivalOf }))) kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual(['later', 'pool', 'rival', 'same']);
  });

  test('leave everything in place where a delegation is among it', () => {
    const [from, authority] = [demo[0]!, demo[1]!];
    const authorizations = [{ authority, address: others[0]!, nonce: 0 }];
    const chain = chainOf([
      [
        { from, type: 4, authorizations },
        { from: authority, nonce: 1 },
      ],
    ]);
    expect(chooseFates(reverted(chain, 1), { fraction: () => 0.99, rivalOf: () => null })).toEqual({});
  });
});
