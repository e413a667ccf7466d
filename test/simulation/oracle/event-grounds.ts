import type { Transaction, TxTrailEvent } from '@txtrail/protocol';
import type { Placement, TreeBlock, TruePoolTransaction } from './block-tree.ts';
import type { TrackedRegistration } from './tracked-registration.ts';
import type { TrueChain } from './true-chain.ts';

/** What the oracle holds an event against. */
export interface Ground {
  readonly chain: TrueChain;
  readonly registration: TrackedRegistration;
  /** The winner that the story named last, in its block. */
  readonly winnerBefore: Placement | null;
  /** When the delivery came, simulated milliseconds: what came true later gives no ground. */
  readonly atMs: number;
  /** How far the tracker's wall clock may have gone ahead of the true time. */
  readonly clockAheadMs: number;
}

/** What the truth says about an event. */
export interface Verdict {
  readonly problems: readonly string[];
  /** When the fact first was true, as far as the truth tells; null: it does not tell. */
  readonly sinceMs: number | null;
}

/** Finds the ground of an event in the true chain; the names are those of the invariants and cases. */
export function groundOf(event: TxTrailEvent, ground: Ground): Verdict {
  const { transaction, late } = event.data;
  const verdict = groundByType(event, ground);
  const problems = [...verdict.problems, ...placeProblems(transaction, ground.chain)];
  if (late) problems.push(...lateProblems(event, verdict, ground));
  return { problems, sinceMs: verdict.sinceMs };
}

/** So long a head of a branch that is gone may still be shown by a provider that is behind. */
const goneHeadShownMs = 30_000;

/**
 * Late is what was due at the registration. A tracker sees the heights that are announced, not the
 * blocks: what came after may be called late where a head so high was shown of another branch.
 */
function lateProblems(event: TxTrailEvent, { sinceMs }: Verdict, { chain, registration }: Ground): readonly string[] {
  const { acknowledgedAtMs } = registration;
  if (chain.rules.mayShowFalse === true) return [];
  if (sinceMs === null || acknowledgedAtMs === null || sinceMs <= acknowledgedAtMs) return [];
  // Asked for anew and not answered yet: nobody knows since when it is tracked again.
  if (registration.again && registration.untracking) return [];
  const { transaction, confirmations, replacement } = event.data;
  const number = replacement?.blockNumber ?? (transaction.blockNumber ?? 0) + Math.max(1, confirmations) - 1;
  const isShown = chain.tree
    .at(number)
    .some(
      ({ builtAtMs, leftAtMs }) =>
        builtAtMs <= acknowledgedAtMs && (leftAtMs === null || leftAtMs > acknowledgedAtMs - goneHeadShownMs),
    );
  return isShown ? [] : [`§1 says late, and came true ${sinceMs - acknowledgedAtMs} ms after the registration`];
}

function groundByType(event: TxTrailEvent, ground: Ground): Verdict {
  switch (event.type) {
    case 'transaction.pending':
      return pendingGround(event, ground);
    case 'transaction.included':
    case 'transaction.executed':
    case 'transaction.confirmation':
    case 'transaction.confirmed':
    case 'transaction.safe':
    case 'transaction.finalized':
      return blockGround(event, ground);
    case 'transaction.reorged':
      return reorgGround(event, ground);
    case 'transaction.replaced':
      return replacedGround(event, ground);
    case 'transaction.failed':
      return failedGround(event, ground);
    case 'transaction.expired':
      return expiredGround(event, ground);
    case 'transaction.dropped':
      return droppedGround(event, ground);
    default:
      return { problems: [`${event.type} has no ground that the oracle knows of`], sinceMs: null };
  }
}

function verdict(sinceMs: number | null, rules: readonly (readonly [boolean, () => string])[]): Verdict {
  return { problems: rules.filter(([holds]) => !holds).map(([, problem]) => problem()), sinceMs };
}

/** H50: a provider must have been able to show it; H58: or the rival that had won is gone. */
function pendingGround(event: TxTrailEvent, { chain, registration, winnerBefore }: Ground): Verdict {
  const wasReplaced = event.data.previousStatus === 'replaced';
  const { hash } = registration;
  const seen = chain.outOfPoolSinceMs(hash) !== null || chain.tree.placementsOf(hash).length > 0;
  const winners = winnerBefore === null ? untoldWinners(chain, registration) : [winnerBefore];
  const reinstated = wasReplaced && winners.some(({ block }) => hasCompetitor(block));
  return verdict(null, [
    [seen || reinstated, () => 'H50 pending, and it was in no pool and in no block'],
    [!wasReplaced || reinstated, () => 'H58 pending, and no branch leaves the block of the winner out'],
  ]);
}

/** Where the registration does not ask for `replaced`, nobody was told which rival had won. */
function untoldWinners(chain: TrueChain, { hash, options, claimed }: TrackedRegistration): readonly Placement[] {
  if (options.every(({ types }) => types.includes('transaction.replaced'))) return [];
  const { from, nonce } = chain.details(hash) ?? claimed;
  if (from === null || nonce === null) return [];
  return chain.tree.usesOf(from, nonce).filter(({ transaction }) => transaction.hash !== hash);
}

function blockGround(event: TxTrailEvent, { chain, registration }: Ground): Verdict {
  const { transaction, confirmations } = event.data;
  const block = chain.tree.get(transaction.blockHash ?? '');
  // What is shown of the block is looked at for every event.
  if (block === null) return { problems: [], sinceMs: null };
  const reached = chain.tree.confirmedBy(block, confirmations);
  const required = transaction.requiredConfirmations;
  const settledAtMs = required === 'safe' ? chain.safeSinceMs(block) : chain.finalSinceMs(block);
  switch (event.type) {
    case 'transaction.confirmed': {
      const byCount = typeof required === 'number' ? reached : null;
      return verdict(earliest(byCount?.builtAtMs ?? null, settledAtMs), [
        [
          byCount !== null || settledAtMs !== null,
          () => `H39 confirmed by ${required}: no branch had as many on ${block.hash}`,
        ],
        [
          typeof required === 'number' || reached !== null,
          () => `I07 counts ${confirmations}: no branch had as many on ${block.hash}`,
        ],
      ]);
    }
    case 'transaction.safe':
    case 'transaction.finalized': {
      const at = event.type === 'transaction.safe' ? chain.safeSinceMs(block) : chain.finalSinceMs(block);
      return verdict(at, [
        [at !== null, () => `1g ${event.type}, and the chain never called ${block.hash} that`],
        [reached !== null, () => `I07 counts ${confirmations}: no branch had as many on ${block.hash}`],
      ]);
    }
    default:
      // An outcome is as late as its block: the count beside it goes on while the receipt is waited for.
      return verdict(event.type === 'transaction.executed' ? block.builtAtMs : (reached?.builtAtMs ?? null), [
        [reached !== null, () => `I07 counts ${confirmations}: no branch had as many on ${block.hash}`],
        [
          chain.tree.placementsOf(registration.hash).some((one) => one.block === block),
          () => `I02 is not in ${block.hash}`,
        ],
      ]);
  }
}

/** 1g: never from a lower head alone: another branch must leave its block out, and be so deep. */
function reorgGround(event: TxTrailEvent, { chain }: Ground): Verdict {
  const { reorg } = event.data;
  const block = chain.tree.get(reorg?.fromBlockHash ?? '');
  if (reorg === undefined || block === null)
    return { problems: [`I08 reorged from a block that nobody built`], sinceMs: null };
  return verdict(null, [
    [
      reorg.fromBlockNumber === block.number,
      () => `I08 reorged from ${reorg.fromBlockNumber}, and its number is ${block.number}`,
    ],
    [hasCompetitor(block), () => `1g reorged, and no branch leaves ${block.hash} out`],
    [isPlausibleDepth(chain, block, reorg.depth), () => `reorged by ${reorg.depth} blocks, which no branch explains`],
    [
      !reorg.beyondFinality || chain.finalityBroken,
      () => 'I06 reorged beyond finality, and the chain never broke its word',
    ],
  ]);
}

/** Some ancestor of it, or itself, has a sibling. */
function hasCompetitor(block: TreeBlock): boolean {
  for (let one: TreeBlock = block; one.parent !== null; one = one.parent) {
    if (one.parent.children > 1) return true;
  }
  return false;
}

/** A head on a branch of `block` lies `depth` above a place below `block` where another branch begins. */
function isPlausibleDepth(chain: TrueChain, block: TreeBlock, depth: number): boolean {
  for (let one = block.parent; one !== null && block.number - one.number <= depth; one = one.parent) {
    if (one.children < 2) continue;
    if (chain.tree.confirmedBy(block, one.number + depth - block.number + 1) !== null) return true;
  }
  return false;
}

function replacedGround(event: TxTrailEvent, ground: Ground): Verdict {
  const { replacement } = event.data;
  if (replacement === undefined) return { problems: ['I09 replaced by nothing'], sinceMs: null };
  const winner = ground.chain.tree
    .placementsOf(replacement.hash)
    .find(({ block }) => block.hash === replacement.blockHash);
  if (winner === undefined) {
    return {
      problems: [`1g replaced by ${replacement.hash}, which is not in ${replacement.blockHash}`],
      sinceMs: null,
    };
  }
  const { block } = winner;
  const finalSinceMs = ground.chain.finalSinceMs(block);
  const sinceMs = replacement.final ? finalSinceMs : block.builtAtMs;
  return verdict(sinceMs, [
    [replacement.hash !== ground.registration.hash, () => 'I09 replaced by itself'],
    [
      replacement.blockNumber === block.number,
      () => `I09 names the number ${replacement.blockNumber} of a block ${block.number}`,
    ],
    [usesItsNonce(winner, ground), () => `1g replaced by ${replacement.hash} of another sender or nonce`],
    [
      expectedReasons(winner, ground).includes(replacement.reason),
      () => `H53 replaced as ${replacement.reason}, and it is ${expectedReasons(winner, ground).join(' or ')}`,
    ],
    [
      !replacement.final || finalSinceMs !== null,
      () => `1g replaced for good, and the chain never called ${block.hash} final`,
    ],
    [
      event.data.transaction.reason === replacement.reason,
      () => `H53 its transaction gives the reason ${event.data.transaction.reason}`,
    ],
  ]);
}

/** By what the transaction itself says, or by what its caller claimed of it (H54). */
function usesItsNonce({ transaction }: Placement, { chain, registration }: Ground): boolean {
  const own = chain.details(registration.hash);
  const { claimed } = registration;
  const senders = [own, claimed.from === null || claimed.nonce === null ? null : claimed];
  return senders.some((sender) => sender !== null && uses(transaction, sender.from ?? '', sender.nonce ?? -1));
}

function uses(transaction: TruePoolTransaction, from: string, nonce: number): boolean {
  if (transaction.from === from && transaction.nonce === nonce) return true;
  const authorizations = transaction.authorizations ?? [];
  return authorizations.some((one) => one.authority.toLowerCase() === from && one.nonce === nonce);
}

/** What the winner is to it; where nobody may have shown the tracker what it asked for, two are true. */
export function expectedReasons(
  { transaction }: Placement,
  ground: Pick<Ground, 'chain' | 'registration'>,
): readonly string[] {
  const { chain, registration } = ground;
  const own = chain.details(registration.hash);
  const toItself = transaction.from === transaction.to && BigInt(transaction.value) === 0n;
  const unseen = toItself ? 'cancelled' : 'replaced';
  if (own === null || !isSameCall(own, transaction)) return [unseen];
  return registration.rawAtFirst && !registration.again ? ['repriced'] : ['repriced', unseen];
}

function isSameCall(one: TruePoolTransaction, other: TruePoolTransaction): boolean {
  return one.to === other.to && BigInt(one.value) === BigInt(other.value) && one.input === other.input;
}

/** 1g: only what was handed to us, and what no pool and no canonical block holds. */
function failedGround(event: TxTrailEvent, { chain, registration, atMs, clockAheadMs }: Ground): Verdict {
  const { hash } = registration;
  const { failure } = event.data;
  // It may be mined after all before anybody is told, and while the last provider is asked.
  const decidedMs = Math.min(atMs, Date.parse(event.time)) - clockAheadMs - askedForMs;
  const minedMs = chain.placementOf(hash)?.block.canonicalAtMs ?? null;
  return verdict(null, [
    [registration.raw, () => 'H80 failed, and nobody gave it to us to send'],
    [chain.outOfPoolSinceMs(hash) !== false, () => 'H84 failed, and a pool holds it'],
    [minedMs === null || minedMs > decidedMs, () => 'H82 failed, and a canonical block holds it'],
    [
      failure !== undefined && failure.class !== '' && failure.providers.length > 0,
      () => 'H83 failed without class or providers',
    ],
  ]);
}

/** So long it may take from the first provider's answer to the last one's. */
const askedForMs = 5_000;

/** 1g: only the caller's own term ends what is in no block. */
function expiredGround(event: TxTrailEvent, { registration, atMs, clockAheadMs }: Ground): Verdict {
  const terms = registration.options.map(({ expiresAtMs }) => expiresAtMs).filter((term) => term !== null);
  const term = Math.min(...terms);
  return verdict(null, [
    [terms.length > 0, () => '1g expired, and nobody gave it a term'],
    [terms.length === 0 || Date.parse(event.time) >= term, () => `I21 expired at ${event.time}, before its term`],
    [terms.length === 0 || atMs + clockAheadMs >= term, () => `I21 expired ${term - atMs} ms before its term`],
  ]);
}

/** I10: proof of two providers, over 20 blocks and two minutes, of what no pool holds and no block decides. */
function droppedGround(event: TxTrailEvent, { chain, registration, atMs }: Ground): Verdict {
  const { evidence } = event.data as {
    readonly evidence?: { readonly providers: readonly string[]; readonly blocks: number };
  };
  const outSinceMs = chain.outOfPoolSinceMs(registration.hash) ?? registration.askedAtMs;
  const own = chain.details(registration.hash);
  const rival = own === null ? null : chain.rivalOf(registration.hash, own.from, own.nonce);
  return verdict(null, [
    [(evidence?.providers.length ?? 0) >= 2, () => 'I10 dropped on the word of one provider'],
    [(evidence?.blocks ?? 0) >= 20, () => 'I10 dropped within the first blocks'],
    [outSinceMs !== false, () => 'I10 dropped, and a pool holds it'],
    [outSinceMs === false || atMs - outSinceMs >= 120_000, () => 'I10 dropped within two minutes'],
    [chain.placementOf(registration.hash) === null, () => 'I10 dropped, and a canonical block holds it'],
    [rival === null, () => 'I10 dropped, and its nonce is used'],
  ]);
}

/** What a transaction shows of a block, whatever was said, must be so in the true block. */
export function placeProblems(transaction: Transaction, chain: TrueChain): readonly string[] {
  const problems = detailProblems(transaction, chain);
  if (transaction.blockHash === null) return problems;
  const block = chain.tree.get(transaction.blockHash);
  if (block === null) return [...problems, `H39 is shown in ${transaction.blockHash}, which nobody built`];
  const placement = chain.tree.placementsOf(transaction.hash).find((one) => one.block === block);
  if (placement === undefined) return [...problems, `I02 is shown in ${block.hash}, which does not hold it`];
  const { execution } = placement.transaction;
  const shown: readonly (readonly [string, unknown, unknown])[] = [
    ['blockNumber', transaction.blockNumber, block.number],
    ['transactionIndex', transaction.transactionIndex, placement.index],
    ['execution', transaction.execution ?? execution, execution],
    [
      'blockTimestamp',
      Math.floor(Date.parse(transaction.blockTimestamp ?? '') / 1000),
      Math.floor(block.timestampMs / 1000),
    ],
  ];
  for (const [name, ours, theirs] of shown) {
    if (ours !== theirs)
      problems.push(`I02 shows ${name} ${String(ours)} in ${block.hash}, and it is ${String(theirs)}`);
  }
  if (transaction.finality === 'finalized' && chain.finalSinceMs(block) === null)
    problems.push('1g shows finalized, and the block is not');
  if (transaction.finality === 'safe' && chain.safeSinceMs(block) === null)
    problems.push('1g shows safe, and the block is not');
  return problems;
}

/** Sender, nonce and recipient come from the transaction itself, or stand as claimed until it is seen. */
function detailProblems(transaction: Transaction, chain: TrueChain): string[] {
  const own = chain.details(transaction.hash);
  // Only who saw the transaction itself shows a recipient, and from then on nothing of it is a claim.
  if (own === null || (transaction.to === null && transaction.blockHash === null)) return [];
  const differs = transaction.from !== own.from || transaction.nonce !== own.nonce || transaction.to !== own.to;
  return differs
    ? [
        `H54 shows ${transaction.from}/${transaction.nonce} to ${transaction.to}, and is of ${own.from}/${own.nonce} to ${own.to}`,
      ]
    : [];
}

function earliest(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}
