import type { Finality, Transaction, TransactionStatus } from '@txtrail/protocol';
import type { Placement } from './block-tree.ts';
import { expectedReasons, placeProblems } from './event-grounds.ts';
import { ladderProblems } from './ladder.ts';
import type { TrackedRegistration } from './tracked-registration.ts';
import type { TrackedStory } from './tracked-story.ts';
import type { TrueChain } from './true-chain.ts';

export interface Ending {
  readonly chain: TrueChain;
  readonly atMs: number;
  readonly clockOffMs: number;
}

/** A term is kept by the clock of the journal, which goes on with what is written. */
const termSlackMs = 60_000;

/**
 * What is wrong, when everything has settled, with what is shown and what was told of one tracked
 * transaction: it must agree with the canonical chain (I02), and every rung up to where it stands
 * must have been told (I03).
 */
export function endingProblems(shown: Transaction, story: TrackedStory, ending: Ending): readonly string[] {
  const placement = ending.chain.placementOf(shown.hash);
  const problems = [...placeProblems(shown, ending.chain), ...toldProblems(shown, story)];
  // Tracked anew, it may have a term of its own, and what was told before binds it no more.
  const isOver = story.status === 'expired' && !story.registration.again;
  if (isOver || shown.status === 'expired') return [...problems, ...expiredProblems(shown, story)];
  if (placement !== null) return [...problems, ...minedProblems(shown, story, placement, ending)];
  const rival =
    shown.from === null || shown.nonce === null ? null : ending.chain.rivalOf(shown.hash, shown.from, shown.nonce);
  if (rival !== null && !mayIgnore(rival, story.registration, shown, ending.chain)) {
    return [...problems, ...replacedProblems(shown, story, rival, ending)];
  }
  return [...problems, ...waitingProblems(shown, story, ending, rival)];
}

/** What is shown is what was told last. */
function toldProblems(shown: Transaction, story: TrackedStory): readonly string[] {
  // Tracked anew, it begins at `unknown`, and what was told before is told of another registration.
  if (!story.isWhole || (story.registration.again && shown.status === 'unknown')) return [];
  return [
    ...differing('I02', 'status', shown.status, story.status as TransactionStatus, 'told'),
    ...differing('I08', 'block', shown.blockHash, story.inclusion?.blockHash ?? null, 'told'),
  ];
}

function minedProblems(
  shown: Transaction,
  story: TrackedStory,
  placement: Placement,
  { chain }: Ending,
): readonly string[] {
  const { block, transaction } = placement;
  const count = (chain.headBlock?.number ?? 0) - block.number + 1;
  const finality = chain.finalityOf(block);
  const outcomeKnown = transaction.execution !== null;
  const confirmed = outcomeKnown && isConfirmed(shown, count, finality);
  const finalized = outcomeKnown && finality === 'finalized';
  const status = finalized ? 'finalized' : confirmed ? 'confirmed' : 'included';
  // Confirmed by the options that stood then, it stays so when more is asked for.
  const kept = story.registration.changed && shown.status === 'confirmed' && status === 'included';
  const problems = [
    ...(kept ? [] : differing('I02', 'status', shown.status, status)),
    ...differing('I02', 'blockHash', shown.blockHash, block.hash),
    ...differing('I02', 'execution', shown.execution, transaction.execution),
    ...differing('I07', 'confirmations', shown.confirmations, count),
    ...differing('I02', 'finality', shown.finality, finalized ? 'finalized' : finality === 'none' ? 'none' : 'safe'),
    ...differing('I02', 'isTerminal', shown.isTerminal, finalized),
    ...differing('I09', 'replacedBy', shown.replacedBy, null),
  ];
  return [...problems, ...rungsMissing(shown, story, { count, confirmed, finalized, safe: finality !== 'none' })];
}

/**
 * What an answer shows contradicts itself, at whatever time it is asked for: a count that is reached
 * and an outcome that is known make it confirmed.
 */
export function countProblems({
  status,
  execution,
  confirmations,
  requiredConfirmations,
}: Transaction): readonly string[] {
  if (status !== 'included' || execution === null || typeof requiredConfirmations !== 'number') return [];
  if (confirmations < requiredConfirmations) return [];
  return [`I07 shows included, with ${confirmations} confirmations of ${requiredConfirmations}`];
}

function isConfirmed(shown: Transaction, count: number, finality: Finality): boolean {
  const { requiredConfirmations: required } = shown;
  if (finality === 'finalized') return true;
  return typeof required === 'number' ? count >= required : required === 'safe' && finality === 'safe';
}

function rungsMissing(
  shown: Transaction,
  story: TrackedStory,
  reached: { readonly count: number; readonly confirmed: boolean; readonly safe: boolean; readonly finalized: boolean },
): readonly string[] {
  const { inclusion, registration, isWhole } = story;
  if (!isWhole) return [];
  if (inclusion === null) return ['I03 included was never said'];
  const problems: string[] = [];
  if (
    reached.safe &&
    !inclusion.safe &&
    registration.options.every(({ types }) => types.includes('transaction.safe'))
  ) {
    if (shown.execution !== null) problems.push('I03 safe was never said');
  }
  if (inclusion.execution !== shown.execution) problems.push(`I03 the outcome ${shown.execution} was never said`);
  const options = registration.changed ? { ...shown, thresholds: [] } : shown;
  return [...problems, ...ladderProblems(inclusion, options, reached)];
}

function replacedProblems(
  shown: Transaction,
  story: TrackedStory,
  rival: Placement,
  { chain }: Ending,
): readonly string[] {
  if (story.hasFailed(shown)) return differing('I02', 'status', shown.status, 'failed');
  const final = chain.finalityOf(rival.block) === 'finalized';
  const reasons = expectedReasons(rival, { chain, registration: story.registration });
  const problems = [
    ...differing('I09', 'status', shown.status, 'replaced'),
    ...differing('I09', 'replacedBy', shown.replacedBy, rival.transaction.hash),
    ...differing('I09', 'isTerminal', shown.isTerminal, final),
    ...(reasons.includes(shown.reason ?? '') ? [] : differing('H53', 'reason', shown.reason, reasons.join(' or '))),
    ...differing('I02', 'blockHash', shown.blockHash, null),
  ];
  if (!story.isWhole) return problems;
  if (story.winner?.block !== rival.block) problems.push(`I03 the winner in ${rival.block.hash} was never told`);
  else if (final && !story.winnerFinal) problems.push('I03 replaced for good was never said');
  return problems;
}

/**
 * A nonce that was used for good before the registration is looked for no further back than blocks
 * may still leave; an authorization that used it shows no rival transaction (H63).
 */
function mayIgnore(rival: Placement, registration: TrackedRegistration, shown: Transaction, chain: TrueChain): boolean {
  const { transaction, block } = rival;
  if (shown.status === 'replaced') return false;
  if (transaction.from !== shown.from || transaction.nonce !== shown.nonce) return true;
  const { acknowledgedAtMs } = registration;
  const finalSinceMs = chain.finalSinceMs(block);
  return finalSinceMs !== null && acknowledgedAtMs !== null && finalSinceMs <= acknowledgedAtMs;
}

function waitingProblems(
  shown: Transaction,
  story: TrackedStory,
  { chain, atMs, clockOffMs }: Ending,
  rival: Placement | null,
): readonly string[] {
  const { registration } = story;
  const ends: readonly string[] = story.hasFailed(shown) ? ['failed'] : ['unknown', 'pending', 'dropped'];
  const problems = [
    ...(ends.includes(shown.status) ? [] : differing('I02', 'status', shown.status, ends.join(' or '))),
    ...differing('I02', 'blockHash', shown.blockHash, null),
    ...differing('I02', 'execution', shown.execution, null),
    ...differing('I07', 'confirmations', shown.confirmations, 0),
    ...differing('I02', 'finality', shown.finality, 'none'),
    ...differing('I01', 'isTerminal', shown.isTerminal, shown.status === 'failed'),
  ];
  if (rival === null && shown.replacedBy !== null)
    problems.push(...differing('I09', 'replacedBy', shown.replacedBy, null));
  if (shown.status === 'dropped' && chain.outOfPoolSinceMs(shown.hash) === false)
    problems.push('I10 dropped, and a pool holds it');
  const term = registration.current?.expiresAtMs ?? null;
  const isOver = term !== null && term + clockOffMs + termSlackMs < atMs && !registration.changed;
  if (isOver && shown.status !== 'failed') problems.push(`I19 its term ended ${atMs - term} ms ago and nobody said so`);
  return problems;
}

function expiredProblems(shown: Transaction, story: TrackedStory): readonly string[] {
  return [
    ...differing('I01', 'status', shown.status, 'expired'),
    ...differing('I01', 'isTerminal', shown.isTerminal, true),
    ...(story.isWhole ? differing('I03', 'status', story.status as TransactionStatus, 'expired', 'told') : []),
  ];
}

function differing(rule: string, name: string, ours: unknown, theirs: unknown, by = 'true'): readonly string[] {
  return ours === theirs ? [] : [`${rule} shows ${name} ${String(ours)}, and ${String(theirs)} is what is ${by}`];
}
