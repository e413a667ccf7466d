import { addressOf, type SignedTransaction, signTransaction } from '../../../src/sandbox/sign-transaction.ts';

/** Wallets with a key, each good for one transaction a chain: their nonce is 0. */
export const rawWallets = 3;

/** Signing costs milliseconds, and what is signed is the same in every run. */
const signed = new Map<string, SignedTransaction & { readonly from: string }>();

/** The signed payment of one of the wallets, which nobody has sent yet. */
export function rawTransaction(chainId: number, wallet: number): SignedTransaction & { readonly from: string } {
  const name = `${chainId}/${wallet}`;
  const known = signed.get(name);
  if (known !== undefined) return known;
  const privateKey = `0x${(wallet + 1).toString(16).padStart(64, '7')}`;
  const gwei = 1_000_000_000n;
  const unsigned = {
    ...{ chainId, nonce: 0, to: '0x00000000000000000000000000000000000f00d5', value: 1n, input: '0x', gas: 26_250n },
    ...{ maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: gwei },
  };
  const made = { ...signTransaction(unsigned, privateKey), from: addressOf(privateKey) };
  signed.set(name, made);
  return made;
}
