import { describe, expect, test } from 'vitest';
import { accountIn, layerOver } from './account-state.ts';
import type { AccountState } from './account-state.ts';
import { InvariantError } from '../lib/assert.ts';
import { ScriptedChain } from './scripted-chain.ts';
import type { ChainChange } from './scripted-chain.ts';
import type { ScriptedChainOptions } from './scripted-chain-options.ts';
import type { ScriptedBlock } from './scripted-block.ts';

const alice = '0x00000000000000000000000000000000000a11ce';
const bob = '0x0000000000000000000000000000000000000b0b';

function newChain(options: Partial<ScriptedChainOptions> = {}): ScriptedChain {
  return new ScriptedChain({ chainId: 1337, genesisTimeMs: 1_700_000_000_000, ...options });
}

function hashes(block: ScriptedBlock | null): readonly string[] {
  return (block?.receipts ?? []).map((receipt) => receipt.transaction.hash);
}

describe('mining', () => {
  test('the same script gives the same hashes; each block names its parent', () => {
    const [one, other] = [newChain(), newChain()].map((chain) => {
      chain.submit({ from: alice });
      chain.mine({ count: 3 });
      return chain;
    });
    expect(one?.head.hash).toBe(other?.head.hash);
    expect(one?.head.hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(one?.head.parentHash).toBe(one?.blocks.at(2, one.head)?.hash);
    expect(newChain({ chainId: 5 }).genesis.hash).not.toBe(newChain().genesis.hash);
  });

  test('the pool gives its transactions in the order of nonces, the best tip first, and keeps what has a gap (F20)', () => {
    const chain = newChain();
    const second = chain.submit({ from: alice, nonce: 1 });
    const first = chain.submit({ from: alice, nonce: 0 });
    const gapped = chain.submit({ from: alice, nonce: 3 });
    const rich = chain.submit({ from: bob, maxPriorityFeePerGas: 50_000_000_000n });
    expect(chain.pool.counts((address) => chain.account(address).nonce)).toEqual({ pending: 3, queued: 1 });
    expect(hashes(chain.mine())).toEqual([rich.hash, first.hash, second.hash]);
    expect([...chain.pool.all()]).toEqual([gapped]);
  });

  test('of equal tips the first that came goes first, and a block is full at its gas limit', () => {
    const chain = newChain({ gasLimit: 50_000n });
    const [first, second, third] = ['01', '02', '03'].map(
      (digits) => chain.submit({ from: `0x${digits.repeat(20)}`, gas: 21_000n }).hash,
    );
    const [fourth] = [chain.submit({ from: alice, gas: 40_000n, maxPriorityFeePerGas: 1n }).hash];
    expect(hashes(chain.mine())).toEqual([first, second]);
    expect(hashes(chain.mine())).toEqual([third]);
    expect(hashes(chain.mine())).toEqual([fourth]);
  });

  test('what does not pay the base fee waits (H69)', () => {
    const chain = newChain();
    chain.submit({ from: alice, maxFeePerGas: 10n, maxPriorityFeePerGas: 1n });
    expect(hashes(chain.mine())).toEqual([]);
    expect(hashes(chain.mine({ baseFeePerGas: 9n }))).toHaveLength(1);
  });

  test('nonces, balances and created contracts follow the block', () => {
    const chain = newChain({ accounts: { [alice]: { nonce: 7, balance: 10n ** 18n } } });
    const block = chain.mine({
      transactions: [
        { from: alice, to: bob, value: 5n },
        { from: alice, to: null },
      ],
    });
    const fees = block.receipts.reduce((total, receipt) => total + receipt.gasUsed * receipt.effectiveGasPrice, 0n);
    expect(chain.account(alice)).toMatchObject({ nonce: 9, balance: 10n ** 18n - 5n - fees });
    expect(chain.account(bob).balance).toBe(10n ** 22n + 5n);
    expect(chain.account(block.receipts[1]?.contractAddress ?? '').code).toBe('0x00');
    expect(chain.account(alice, chain.genesis).nonce).toBe(7);
  });

  test('a reverted execution uses its nonce and moves no value (H95)', () => {
    const chain = newChain();
    const transaction = chain.submit({ from: alice, to: bob, value: 5n });
    const block = chain.mine({ reverts: [transaction.hash] });
    expect(block.receipts[0]?.status).toBe('reverted');
    expect(chain.account(bob).balance).toBe(10n ** 22n);
    expect(chain.account(alice).nonce).toBe(1);
  });

  test('an authorization uses up the nonce of its authority (H63)', () => {
    const chain = newChain();
    const waiting = chain.submit({ from: bob });
    chain.mine({
      transactions: [{ from: alice, type: 4, authorizations: [{ authority: bob, address: alice, nonce: 0 }] }],
    });
    expect(chain.account(bob)).toMatchObject({ nonce: 1, code: `0xef0100${alice.slice(2)}` });
    expect(chain.pool.get(waiting.hash)).toBeNull();
  });

  test('a script that skips a nonce is told so', () => {
    expect(() => newChain().mine({ transactions: [{ from: alice, nonce: 2 }] })).toThrow(InvariantError);
  });

  test('heights below what is kept are forgotten', () => {
    const chain = newChain({ keptBlocks: 3 });
    const first = chain.mine({ transactions: [{ from: alice }] });
    chain.mine({ count: 6 });
    expect(chain.blocks.get(first.hash)).toBeNull();
    expect(chain.blocks.holders(hashes(first)[0] ?? '')).toEqual([]);
    expect(chain.blocks.at(chain.head.number - 3, chain.head)).not.toBeNull();
    expect(chain.account(alice).nonce).toBe(1);
  });
});

describe('forks', () => {
  test('a branch grows beside the chain and takes over when it is adopted', () => {
    const chain = newChain();
    chain.mine({ count: 3 });
    const old = chain.head;
    const branch = chain.fork(1);
    branch.mine();
    expect(chain.head).toBe(old);
    expect(branch.tip.number).toBe(2);
    expect(branch.tip.hash).not.toBe(chain.blocks.at(2, old)?.hash);
    branch.adopt();
    expect(chain.head).toBe(branch.tip);
    expect(chain.blocks.at(1, chain.head)?.hash).toBe(chain.blocks.at(1, old)?.hash);
    expect(chain.blocks.ancestor(old, chain.head).number).toBe(1);
  });

  test('back to the first branch again: A-B-A (F04)', () => {
    const chain = newChain();
    chain.mine();
    const transaction = chain.submit({ from: alice });
    const first = chain.mine();
    const branch = chain.fork(1);
    branch.mine();
    branch.adopt();
    expect(chain.pool.get(transaction.hash)).toBe(transaction);
    expect(chain.blocks.holder(transaction.hash, chain.head)).toBeNull();
    chain.setHead(first.hash);
    expect(chain.pool.get(transaction.hash)).toBeNull();
    expect(chain.blocks.holder(transaction.hash, chain.head)).toBe(first);
  });

  test('listeners hear of blocks, heads and the pool, in order', () => {
    const chain = newChain();
    const heard: ChainChange['kind'][] = [];
    const stop = chain.watch((change) => heard.push(change.kind));
    chain.submit({ from: alice });
    chain.mine();
    chain.setSafe(chain.head.hash);
    stop();
    chain.mine();
    expect(heard).toEqual(['pool', 'block', 'head', 'settled']);
  });
});

describe('reorgs', () => {
  test('each transaction meets the fate that the script gives it (H73, H74, F06, F07)', () => {
    const chain = newChain();
    chain.mine();
    const senders = ['01', '02', '03', '04', '05'].map((digits) => `0x${digits.repeat(20)}`);
    const [same, later, pooled, gone, rivalled] = senders.map((from) => chain.submit({ from }).hash);
    const old = chain.mine();
    chain.mine();
    const { reverted, applied } = chain.reorg({
      depth: 2,
      fates: {
        [same ?? '']: { kind: 'same', outcome: 'reverted' },
        [later ?? '']: { kind: 'later', blocks: 1 },
        [pooled ?? '']: { kind: 'pool' },
        [gone ?? '']: { kind: 'gone' },
        [rivalled ?? '']: { kind: 'rival', spec: { value: 9n } },
      },
    });
    expect(reverted.map((block) => block.number)).toEqual([2, 3]);
    expect(applied.map((block) => block.number)).toEqual([2, 3, 4]);
    expect(chain.head).toBe(applied[2]);
    const place = (hash: string | undefined) => chain.blocks.holder(hash ?? '', chain.head)?.number ?? null;
    expect([same, later, pooled, gone, rivalled].map(place)).toEqual([2, 3, null, null, null]);
    expect([...chain.pool.all()].map((transaction) => transaction.hash)).toEqual([pooled]);
    const rival = applied[0]?.receipts.find((receipt) => receipt.transaction.from === senders[4]);
    expect(rival?.transaction).toMatchObject({ nonce: 0, value: 9n });
    expect(applied[0]?.receipts[0]?.status).toBe('reverted');
    expect(old.receipts[0]?.status).toBe('success');
  });

  test('at equal height the number stays and the hash changes (H06)', () => {
    const chain = newChain();
    chain.mine({ count: 4 });
    const old = chain.head;
    chain.reorg({ depth: 1, length: 1 });
    expect(chain.head.number).toBe(old.number);
    expect(chain.head.hash).not.toBe(old.hash);
  });

  test('a shorter branch takes the head back, and a branch of no length rewinds (H07)', () => {
    const chain = newChain();
    chain.mine({ count: 3 });
    const transaction = chain.submit({ from: alice });
    chain.mine();
    chain.reorg({ depth: 3, length: 1 });
    expect(chain.head.number).toBe(2);
    expect(hashes(chain.head)).toEqual([transaction.hash]);
    chain.reorg({ depth: 1, length: 0 });
    expect(chain.head.number).toBe(1);
    expect(chain.pool.get(transaction.hash)).toBe(transaction);
  });

  test('157 blocks deep, twice', () => {
    const chain = newChain();
    chain.mine({ count: 200 });
    chain.reorg({ depth: 157 });
    chain.reorg({ depth: 157 });
    expect(chain.head.number).toBe(202);
    expect(chain.blocks.path(chain.genesis, chain.head)).toHaveLength(202);
  });
});

describe('safe and finalized', () => {
  test('by depth they follow the head and do not go back', () => {
    const chain = newChain({ safeDepth: 2, finalizedDepth: 4 });
    chain.mine({ count: 10 });
    expect([chain.safe?.number, chain.finalized?.number]).toEqual([8, 6]);
    chain.reorg({ depth: 2, length: 1 });
    expect([chain.safe?.number, chain.finalized?.number]).toEqual([8, 6]);
  });

  test('a reorg below what was final takes it away (F05)', () => {
    const chain = newChain({ finalizedDepth: 1 });
    chain.mine({ count: 5 });
    const final = chain.finalized;
    chain.reorg({ depth: 3 });
    expect(final?.number).toBe(4);
    expect(chain.blocks.isOn(final ?? chain.genesis, chain.head)).toBe(false);
    expect(chain.blocks.isOn(chain.finalized ?? chain.genesis, chain.head)).toBe(true);
  });

  test('without a rule only the script sets them (H16)', () => {
    const chain = newChain();
    const block = chain.mine();
    chain.mine({ count: 50 });
    expect(chain.finalized).toBeNull();
    chain.setFinalized(block.hash);
    expect(chain.finalized).toBe(block);
  });
});

test('layers of accounts are few however many blocks there are', () => {
  let state: AccountState | null = null;
  for (let nonce = 0; nonce < 1000; nonce += 1) {
    state = layerOver(state, new Map([[`0x${nonce % 10}`, { nonce, balance: 0n, code: '0x' }]]));
  }
  let layers = 0;
  for (let layer = state; layer !== null; layer = layer.below) layers += 1;
  expect(layers).toBeLessThan(11);
  expect(state === null ? null : accountIn(state, '0x7')?.nonce).toBe(997);
});
