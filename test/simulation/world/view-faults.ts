import type { ScriptedBlock } from '../../../src/scripted-chain/scripted-block.ts';
import type { ScriptedChain } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedTransaction } from '../../../src/scripted-chain/scripted-transaction.ts';
import { chanceOf } from '../chance.ts';
import { LeftAlone } from './left-alone.ts';
import type { FaultSite, ProviderFault } from './provider-fault.ts';

/** What a provider knows of the chain beside what is true of it. A view has one such fault at a time. */
export const viewFaults: readonly ProviderFault[] = [
  // Behind is not a lie: what it shows was true, and becomes true again.
  { name: 'provider_lags', victims: 'everybody', begin: lag },
  { name: 'head_goes_back', victims: 'everybody', begin: goBack },
  // A whole branch that only some providers know: the others must tell the truth.
  { name: 'minority_fork', victims: 'one', begin: (site) => fork(site, [site.provider]) },
  { name: 'majority_fork', victims: 'two_of_three', begin: (site) => fork(site, otherTwo(site)) },
  // What all pools deny for long enough is dropped, and rightly so: one must show what it has.
  { name: 'pool_views', victims: 'not_the_last', begin: hidePool },
];

type View = FaultSite['provider']['provider']['view'];

function isTaken({ pin, lag: behind }: View): boolean {
  return pin !== null || behind > 0;
}

/** Stands still until it is so many blocks behind, follows at that distance, and jumps to the head at the end. */
function lag({ provider, chain, chance, context }: FaultSite): (() => void) | null {
  const { view } = provider.provider;
  if (isTaken(view)) return null;
  const blocks = chance.pick([1, 2, 3, 6, 12, 40]);
  const stoodAt = view.head.number;
  const tip = (): ScriptedBlock => {
    const { head, blocks: index } = chain.chain;
    const number = Math.max(head.number - blocks, Math.min(stoodAt, head.number));
    if (head.number - number >= 12) context.reach('a provider a dozen blocks behind');
    return index.at(number, head) ?? head;
  };
  view.pin = {
    get tip() {
      return tip();
    },
  };
  return () => {
    view.pin = null;
    chain.announce(provider);
  };
}

/** Its head is suddenly an older one, as of a node restored from a copy. */
function goBack({ provider, chain, chance, context }: FaultSite): (() => void) | null {
  const { view } = provider.provider;
  if (isTaken(view)) return null;
  view.lag = chance.whole(1, 8);
  context.reach('a head that goes back');
  chain.announce(provider);
  return () => {
    view.lag = 0;
    chain.announce(provider);
  };
}

/** Before a branch is as long as what is final by depth, its providers come back. */
const forkMarginBlocks = 2;
/** So much longer than that depth is a branch against which another provider speaks throughout. */
const forkBeyondBlocks = 4;

/** A branch of its own, which grows beside the true chain and holds some of the same transactions (F03). */
function fork(site: FaultSite, members: readonly FaultSite['provider'][]): (() => void) | null {
  const { chain, chance, context } = site;
  if (members.some(({ provider }) => isTaken(provider.view))) return null;
  const { head } = chain.chain;
  const root = Math.max(head.number - chance.whole(0, 3), chain.keeper.floor);
  const branch = chain.chain.fork(root);
  const lengthMax = forkLengthMax(site, members.length);
  const grow = (): void => {
    const { blocks, head: trueHead } = chain.chain;
    // A reorg of the true chain may have taken back what the branch began on.
    const length = branch.tip.number - blocks.ancestor(branch.tip, trueHead).number;
    if (length >= lengthMax || branch.tip.number - trueHead.number >= 2) return;
    branch.mine({ transactions: chance.happens(0.8) ? offeredOn(chain.chain, branch.tip) : [] });
    chain.keeper.noteShown(branch.tip.number);
    for (const member of members) chain.announce(member);
  };
  const alone = lengthMax < Number.POSITIVE_INFINITY ? null : new LeftAlone(site, root);
  grow();
  for (const { provider } of members) {
    provider.view.pin = branch;
    provider.view.ownPathOnly = chance.happens(0.5);
  }
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    stop();
    alone?.end();
    for (const { provider } of members) Object.assign(provider.view, { pin: null, ownPathOnly: false });
    for (const member of members) chain.announce(member);
  };
  const stop = chain.chain.watch(({ kind }) => {
    if (kind !== 'head' || isOver) return;
    // Two who say the same against what is final would be believed.
    if (members.length > 1 && chain.keeper.floor >= root) return end();
    alone?.beginIfContradicted();
    context.time.after(chance.between(0, chain.plan.blockTimeMs / 2), () => {
      if (!isOver) grow();
    });
  });
  tell(site, members.length);
  return end;
}

/** A majority is believed about what is final, and so is one alone where depth decides: neither may go on for long. */
function forkLengthMax({ chain, context, besideSpared }: FaultSite, members: number): number {
  const { config, finalizedDepth } = chain.plan;
  if (members === 1 && config.finality === 'tag') return Number.POSITIVE_INFINITY;
  const isContradicted = members === 1 && besideSpared && !context.armed.has('all_down');
  return finalizedDepth + (isContradicted ? forkBeyondBlocks : -forkMarginBlocks);
}

/** What can stand in the next block of a branch: of what the pool holds and of what the true chain has just mined. */
function offeredOn(chain: ScriptedChain, tip: ScriptedBlock): readonly ScriptedTransaction[] {
  const nonces = new Map<string, number>();
  const mined = chain.head.receipts.map(({ transaction }) => transaction);
  const nonceOf = (address: string): number => nonces.get(address) ?? chain.account(address, tip).nonce;
  const waiting = chain.pool.executable(nonceOf, chain.nextBaseFee(tip), tip.gasLimit);
  return [...mined, ...waiting].filter(({ from, nonce }) => {
    if (nonce !== nonceOf(from)) return false;
    nonces.set(from, nonce + 1);
    return true;
  });
}

/** It and the next one. */
function otherTwo({ chain, provider }: FaultSite): readonly FaultSite['provider'][] {
  const next = chain.nextOf(provider);
  return next === undefined ? [provider] : [provider, next];
}

function tell({ context, lastMs }: FaultSite, members: number): void {
  if (members > 1) context.reach('two of three providers on a fork of theirs');
  else context.reach(lastMs >= 60_000 ? 'a provider on a minority fork for a minute' : 'a provider on a minority fork');
}

/** It shows nothing of the pool, or not all of it (F19, H71). */
function hidePool({ provider, chain, chance, context }: FaultSite): () => void {
  const { view } = provider.provider;
  if (chance.happens(0.3)) {
    view.hidesPool = true;
    context.reach('a provider that hides its pool');
    return () => {
      view.hidesPool = false;
    };
  }
  const share = chance.pick([0.2, 0.5, 0.9]);
  const hidden: string[] = [];
  const stop = chain.chain.watch((change) => {
    if (change.kind !== 'pool') return;
    const { hash } = change.transaction;
    if (chanceOf(context.seed, `${provider.host} hides ${hash}`) >= share) return;
    view.hide(hash);
    hidden.push(hash);
    context.reach('pools that differ');
  });
  return () => {
    stop();
    for (const hash of hidden) view.show(hash);
  };
}
