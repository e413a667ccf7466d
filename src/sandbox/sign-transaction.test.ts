import fc from 'fast-check';
import { keccak256, parseTransaction, recoverTransactionAddress } from 'viem';
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { expect, test } from 'vitest';
import { decodeRawTransaction } from '../adapters/evm/raw-transaction.ts';
import { demoWallets, knownWallets } from './accounts.ts';
import { signTransaction } from './sign-transaction.ts';

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((all) => `0x${all.join('')}`);

const transactions = fc.record({
  chainId: fc.constantFrom(1, 31_337),
  nonce: fc.nat({ max: 1_000_000 }),
  to: fc.option(hex(40)),
  value: fc.bigInt({ min: 0n, max: 10n ** 24n }),
  input: fc.constantFrom('0x', '0x00', '0xdeadbeef'),
  gas: fc.bigInt({ min: 21_000n, max: 10n ** 7n }),
  maxFeePerGas: fc.bigInt({ min: 1n, max: 10n ** 12n }),
  maxPriorityFeePerGas: fc.bigInt({ min: 0n, max: 10n ** 12n }),
});

test('viem reads what was signed, recovers the signer, and agrees on the hash; so does our decoder', async () => {
  const wallet = knownWallets[3]!;
  await fc.assert(
    fc.asyncProperty(transactions, async (given) => {
      // viem refuses a tip above the cap, as a node does.
      const transaction = { ...given, maxFeePerGas: given.maxFeePerGas + given.maxPriorityFeePerGas };
      const { raw, hash } = signTransaction(transaction, wallet.privateKey);
      const serialized = raw as `0x02${string}`;
      const read = parseTransaction(serialized);
      const { chainId, nonce, to, value, input, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction;
      expect({ ...read, to: read.to?.toLowerCase() ?? null }).toMatchObject({
        ...{ chainId, nonce, to, gas, maxFeePerGas },
        ...(value === 0n ? {} : { value }),
        ...(input === '0x' ? {} : { data: input }),
        ...(maxPriorityFeePerGas === 0n ? {} : { maxPriorityFeePerGas }),
      });
      expect(keccak256(serialized)).toBe(hash);
      const signer = await recoverTransactionAddress({ serializedTransaction: serialized });
      expect(signer.toLowerCase()).toBe(wallet.address);
      const decoded = decodeRawTransaction(raw);
      expect(decoded.ok && decoded.transaction.details.from).toBe(wallet.address);
    }),
    { numRuns: 50 },
  );
});

test('the known wallets are the first ten of the test mnemonic, as Foundry and Hardhat have them', () => {
  const mnemonic = 'test test test test test test test test test test test junk';
  const accounts = Array.from({ length: 10 }, (_, addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
  expect(knownWallets.map(({ address }) => address)).toEqual(accounts.map(({ address }) => address.toLowerCase()));
  for (const { address, privateKey } of [...knownWallets, ...demoWallets]) {
    expect(privateKeyToAccount(privateKey as `0x${string}`).address.toLowerCase()).toBe(address);
  }
});

test('the demo sends from wallets of its own', () => {
  const all = [...knownWallets, ...demoWallets].map(({ address }) => address);
  expect(new Set(all).size).toBe(all.length);
});
