import type { Rules } from './rules.ts';
import type { Entry, Fact, JournalRecord, PartitionMemory, State } from './state.ts';

/** How a replay goes about what the journal does not tell it. */
export interface Replay {
  /** The reader's own. */
  readonly time: number;
  /** In which order it takes inputs where entries do not say. */
  readonly blocksFirst: boolean;
}

/** What an owner knows that has read the journal to its end, from a snapshot on. It has yet to write every later event again. */
export function readJournal(state: State, rules: Rules, replay: Replay): PartitionMemory {
  let { memory } = state.snapshot;
  for (const [offset, entry] of state.journal.entries()) {
    if (entry.kind === 'claim' || isVoid(state.journal, offset, rules)) continue;
    if (!isNext(memory, entry, rules)) continue;
    const target = rules.entriesHoldPositions ? entry : targetOf(memory, entry, state, replay);
    const time = rules.entriesHoldTime ? entry.time : replay.time;
    memory = applied(memory, { ...entry, ...target, time });
  }
  return memory;
}

export function applied(memory: PartitionMemory, entry: Entry): PartitionMemory {
  const facts: Fact[] = [...memory.facts];
  const say = (input: number, ordinal: number) =>
    facts.push({ input, revision: facts.length + 1, time: entry.time, entry: entry.origin, ordinal });
  let ordinal = 0;
  // A registration that is there already says nothing when it comes again.
  if (memory.registrations === 0 && entry.registrations > 0) say(0, ordinal++);
  for (let block = memory.blocks + 1; block <= entry.blocks; block += 1) say(block, ordinal++);
  return {
    registrations: Math.max(memory.registrations, entry.registrations),
    blocks: Math.max(memory.blocks, entry.blocks),
    number: entry.number,
    facts,
    sent: memory.sent,
  };
}

export function highestClaim(records: readonly { readonly kind: string; readonly epoch: number }[]): number {
  return records.reduce((highest, one) => (one.kind === 'claim' ? Math.max(highest, one.epoch) : highest), 0);
}

function isVoid(journal: readonly JournalRecord[], offset: number, rules: Rules): boolean {
  const epoch = journal[offset]?.epoch ?? 0;
  if (rules.claims === 'nothing') return false;
  if (rules.readersJudge === 'highest number') return epoch < highestClaim(journal);
  const before = journal.slice(0, offset);
  if (rules.readersJudge === 'by place') return epoch < highestClaim(before);
  return epoch !== before.findLast((one) => one.kind === 'claim')?.epoch;
}

/** A repeated write gives an entry twice; the second says nothing new. */
export function isNext(memory: PartitionMemory, entry: Entry, rules: Rules): boolean {
  if (rules.entriesAreNumbered) return entry.number === memory.number + 1;
  if (!rules.entriesHoldPositions) return true;
  return entry.registrations > memory.registrations || entry.blocks > memory.blocks;
}

/** Where entries only count, a replay takes as many records as there were, in an order of its own. */
function targetOf(
  memory: PartitionMemory,
  entry: Entry,
  state: State,
  replay: Replay,
): { readonly registrations: number; readonly blocks: number } {
  let { registrations, blocks } = memory;
  for (let left = entry.taken; left > 0; left -= 1) {
    const blockFirst = replay.blocksFirst || registrations === state.registrations;
    if (blockFirst && blocks < state.blocks) blocks += 1;
    else if (registrations < state.registrations) registrations += 1;
    else blocks += 1;
  }
  return { registrations, blocks };
}
