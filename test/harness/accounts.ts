import { keccak256, stringToBytes } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';

/** Accounts that every test chain funds at its start. */
export const fundedAccountCount = 40;

/** The `index`th test account: the same on every chain, worthless everywhere else. */
export function testAccount(index: number): PrivateKeyAccount {
  return privateKeyToAccount(keccak256(stringToBytes(`txtrail test account ${index}`)));
}

export function fundedAddresses(): readonly `0x${string}`[] {
  return Array.from({ length: fundedAccountCount }, (_, index) => testAccount(index).address);
}

/** Wei each funded account starts with: ten thousand ether. */
export const startBalance = 10_000n * 10n ** 18n;

/** Every test chain has a contract here that reverts whatever it is asked. */
export const revertingContract = '0x00000000000000000000000000000000deadbeef';

/** `PUSH1 0 PUSH1 0 REVERT`. */
export const revertingCode = '0x60006000fd';
