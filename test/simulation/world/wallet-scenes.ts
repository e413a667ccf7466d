import type { Wallet } from './wallet.ts';

export interface WalletScene {
  readonly name: string;
  /** How often it is played, beside the others. */
  readonly weight: number;
  /** How many transactions it has at most. */
  readonly transactions: number;
  readonly signs?: boolean;
  readonly play: (wallet: Wallet) => void;
}

/** What one sender does from beginning to end. */
export const walletScenes: readonly WalletScene[] = [
  { name: 'a payment', weight: 8, transactions: 1, play: pay },
  { name: 'an execution that reverts (H95)', weight: 1.5, transactions: 1, play: revert },
  { name: 'several nonces of one sender', weight: 2, transactions: 4, play: paySeveral },
  { name: 'sent in the moment of a block', weight: 1, transactions: 1, play: rush },
  { name: 'a nonce gap that is closed (F20, H60)', weight: 1, transactions: 3, play: closeGap },
  { name: 'a nonce gap that stays', weight: 0.4, transactions: 1, play: leaveGap },
  { name: 'a fee too low for long (F20, H69)', weight: 1, transactions: 1, play: wait },
  { name: 'a fee bump (H53)', weight: 1.5, transactions: 2, play: (wallet) => replace(wallet, 'repriced') },
  { name: 'a cancel by self-send', weight: 1, transactions: 2, play: (wallet) => replace(wallet, 'cancelled') },
  { name: 'another payment in its place', weight: 1, transactions: 2, play: (wallet) => replace(wallet, 'replaced') },
  { name: 'the original wins (H59)', weight: 1, transactions: 2, play: originalWins },
  { name: 'a bump in the moment of a block', weight: 0.7, transactions: 2, play: bumpAtLast },
  { name: 'a private transaction (F20, H70)', weight: 1, transactions: 1, play: payPrivately },
  { name: 'never sent', weight: 0.5, transactions: 1, play: (wallet) => void wallet.make({}) },
  { name: 'sent raw through a node', weight: 0.4, transactions: 1, signs: true, play: (wallet) => wallet.sendRaw() },
  { name: 'beyond its means', weight: 0.6, transactions: 1, signs: true, play: payBeyondMeans },
];

function pay(wallet: Wallet): void {
  const type = wallet.chance.pick([2, 2, 2, 0, 1] as const);
  const to = wallet.chance.happens(0.05) ? null : undefined;
  wallet.submit(wallet.make({ type, to, value: BigInt(wallet.chance.whole(0, 1_000)) }));
}

function revert(wallet: Wallet): void {
  wallet.submit(wallet.make({ reverts: true }));
}

function paySeveral(wallet: Wallet): void {
  const count = wallet.chance.whole(2, 4);
  for (let nonce = 0; nonce < count; nonce += 1) {
    const transaction = wallet.make({ nonce });
    if (wallet.chance.happens(0.7)) wallet.submit(transaction);
    else wallet.later(0, 20_000, () => wallet.submit(transaction));
  }
}

function rush(wallet: Wallet): void {
  wallet.justBeforeABlock(() => pay(wallet));
}

function closeGap(wallet: Wallet): void {
  wallet.submit(wallet.make({ nonce: 1 }));
  if (wallet.chance.happens(0.5)) wallet.submit(wallet.make({ nonce: 2 }));
  wallet.later(3_000, 90_000, () => {
    wallet.reach('nonce gap closed');
    wallet.submit(wallet.make({ nonce: 0 }));
  });
}

function leaveGap(wallet: Wallet): void {
  wallet.submit(wallet.make({ nonce: wallet.chance.whole(1, 3) }));
}

/** It waits for minutes; some maker takes it in the end, or nobody does. */
function wait(wallet: Wallet): void {
  const transaction = wallet.makeCheap({});
  wallet.submit(transaction);
  if (wallet.chance.happens(0.6)) wallet.later(20_000, 200_000, () => wallet.handToMaker(transaction));
}

function replace(wallet: Wallet, how: 'repriced' | 'cancelled' | 'replaced'): void {
  const original = wallet.makeCheap({});
  wallet.submit(original);
  wallet.later(500, 60_000, () => {
    const other = { repriced: {}, cancelled: { to: wallet.from, value: 0n }, replaced: { value: 2n } }[how];
    wallet.submit(wallet.make(other));
  });
}

/** The rival is in every pool, and the block holds the original. */
function originalWins(wallet: Wallet): void {
  const original = wallet.makeCheap({});
  wallet.submit(original);
  wallet.later(500, 30_000, () => {
    wallet.submit(wallet.makeCheap({ to: wallet.from, value: 0n }));
    wallet.later(0, 60_000, () => {
      wallet.reach('original won against its cancel');
      wallet.handToMaker(original);
    });
  });
}

function bumpAtLast(wallet: Wallet): void {
  wallet.submit(wallet.make({}));
  wallet.justBeforeABlock(() => void wallet.submit(wallet.make({ maxFeePerGas: 200_000_000_000n })));
}

/** Every node refuses it; some get the means after all, and it is mined. */
function payBeyondMeans(wallet: Wallet): void {
  const transaction = wallet.signBeyondMeans();
  if (wallet.chance.happens(0.5)) wallet.later(60_000, 150_000, () => wallet.handToMaker(transaction));
}

function payPrivately(wallet: Wallet): void {
  const transaction = wallet.make({}, true);
  if (wallet.chance.happens(0.9)) wallet.later(500, 60_000, () => wallet.handToMaker(transaction));
}
