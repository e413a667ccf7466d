/**
 * What must come about in some run of many, or the runs prove little. Only what can be reached is
 * listed: the summary of many seeds fails on any that never was.
 */
export const sometimesStates = [
  // Told by the truth.
  'reorg',
  'reorg of 7 blocks or more',
  'reorg of 32 blocks or more',
  'reorg at equal height',
  'reorg to a shorter chain',
  'reorg back to the first branch',
  'reorg to a block that was there already',
  'head went back',
  'finality broken',
  // Told by the registrations.
  'registered late',
  'registered late and final already',
  'registered between its block leaving and what came next',
  'registered twice',
  'registered again after untracking',
  'registered by raw',
  'same hash for two subscribers',
  'untracked while in a block',
  'changed while in a block',
  // Told by the events.
  'pending',
  'included and never seen pending',
  'outcome after included',
  'reverted',
  'two thresholds in one step',
  'several confirmations at once',
  'confirmed by finality before its count',
  'reorged',
  'reorged and included in another block',
  'reorged and included in the same block again',
  'reorged and included with another outcome',
  'reorged and never back',
  'reorged beyond finality',
  'replaced: repriced',
  'replaced: cancelled',
  'replaced: replaced',
  'replaced for good',
  'replaced after reorged',
  'replaced and its winner reorged out',
  'replaced and included after all',
  'failed',
  'failed and included after all',
  'expired',
  'two of a family tracked',
  // Told by the readers.
  'repeat after a reconnect',
  'repeat after a crash',
  'resumed in the middle',
  'resumed by acknowledgement',
  'first told after a crash',
] as const;

export type SometimesState = (typeof sometimesStates)[number];
