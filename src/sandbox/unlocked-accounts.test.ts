import { describe, expect, test } from 'vitest';
import { revertingCode } from '../scripted-chain/execute-block.ts';
import { ScriptedChain } from '../scripted-chain/scripted-chain.ts';
import { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';
import { knownWallets, revertingAddress } from './accounts.ts';
import { unlockedAccounts } from './unlocked-accounts.ts';

const [alice, bob] = [knownWallets[0]!.address, knownWallets[1]!.address];

function newRig() {
  const chain = new ScriptedChain({
    chainId: 31_337,
    genesisTimeMs: 0,
    accounts: { [revertingAddress]: { code: revertingCode } },
  });
  const provider = new ScriptedProvider({ name: 'wallet', methods: unlockedAccounts(knownWallets) }, { chain });
  const call = (method: string, ...params: unknown[]) => provider.answer({ method, params }, 0).outcome;
  return { chain, call };
}

describe('unlocked accounts', () => {
  test('are listed, and send with whatever the caller left out filled in', () => {
    const { chain, call } = newRig();
    expect(call('eth_accounts')).toEqual({ result: knownWallets.map(({ address }) => address) });
    for (const nonce of [0, 1]) {
      const sent = call('eth_sendTransaction', { from: alice, to: bob, value: '0x5' }) as { result: string };
      const waiting = chain.pool.get(sent.result);
      expect(waiting).toMatchObject({ from: alice, to: bob, nonce, value: 5n, gas: 21_000n, type: 2 });
    }
    const mined = chain.mine();
    expect(mined.receipts.map(({ status }) => status)).toEqual(['success', 'success']);
  });

  test('send what the caller asks for', () => {
    const { chain, call } = newRig();
    const request = {
      from: alice.toUpperCase().replace('0X', '0x'),
      nonce: '0x3',
      gas: '0xffff',
      data: '0xAB',
      gasPrice: '0x77359400',
    };
    const sent = call('eth_sendTransaction', request) as { result: string };
    expect(chain.pool.get(sent.result)).toMatchObject({
      nonce: 3,
      gas: 65_535n,
      to: null,
      input: '0xab',
      maxFeePerGas: 2_000_000_000n,
    });
    const fees = { maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' };
    const other = call('eth_sendTransaction', { from: bob, to: alice, ...fees }) as { result: string };
    expect(chain.pool.get(other.result)).toMatchObject({ maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1n });
  });

  test.each([
    ['nothing', [], -32602, /transaction object/],
    ['no sender', [{ to: bob }], -32602, /missing value|from|argument 0/],
    ['an account that is not unlocked', [{ from: revertingAddress, to: bob }], -32000, /unknown account/],
    ['an amount in decimal', [{ from: alice, to: bob, value: '5' }], -32602, /hex string/],
    ['half a byte of data', [{ from: alice, to: bob, data: '0xabc' }], -32602, /hex string/],
    ['too much', [{ from: alice, to: bob, value: `0x${'f'.repeat(24)}` }], -32000, /insufficient funds/],
    ['a call that reverts, without gas of its own', [{ from: alice, to: revertingAddress }], 3, /execution reverted/],
  ])('refuse %s as a node does', (_name, params, code, message) => {
    const { chain, call } = newRig();
    expect(call('eth_sendTransaction', ...params)).toMatchObject({
      error: { code, message: expect.stringMatching(message) },
    });
    expect(chain.pool.size).toBe(0);
  });

  test('what waits counts against the balance, and what takes its place does not count twice', () => {
    const { chain, call } = newRig();
    const most = (chain.account(alice).balance * 6n) / 10n;
    const pay = (nonce: string, gasPrice: string) =>
      call('eth_sendTransaction', { from: alice, to: bob, value: `0x${most.toString(16)}`, nonce, gasPrice });
    expect(pay('0x0', '0x77359400')).toMatchObject({ result: expect.any(String) });
    expect(pay('0x1', '0x77359400')).toMatchObject({
      error: { code: -32000, message: expect.stringMatching(/^insufficient funds .*queued cost/) },
    });
    expect(pay('0x0', '0xee6b2800')).toMatchObject({ result: expect.any(String) });
    chain.mine();
    expect(chain.account(alice).balance).toBeGreaterThan(0n);
  });

  test('a call that reverts is sent where its gas is given', () => {
    const { chain, call } = newRig();
    call('eth_sendTransaction', { from: alice, to: revertingAddress, gas: '0xffff' });
    expect(chain.mine().receipts.map(({ status }) => status)).toEqual(['reverted']);
    expect(call('eth_call', { to: revertingAddress })).toMatchObject({ error: { code: 3, data: '0x' } });
  });
});
