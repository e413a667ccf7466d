import { highestClaim, isNext } from './journal.ts';
import type { Rules } from './rules.ts';
import type { EventsRecord, JournalRecord, LaneRole, PartitionRole, Process, State } from './state.ts';
import { originOf } from './state.ts';

/**
 * Leaves out of a state what no reader will ever look at, so that states which differ only in that
 * are one. Each part stands on rules that make it true, and is left undone where one of them is
 * weakened. `model.test.ts` compares a whole search with and without it.
 */
export function reduced(state: State, rules: Rules): State {
  const sure = certainties(rules);
  const current = withoutFencedLanes(withCleanJournal(state, rules, sure), sure);
  return withoutLate(
    withoutFencedPartitions(withoutOldAcks(withCleanEvents(current, sure), rules), rules, sure),
    rules,
    sure,
  );
}

interface Certainties {
  /** A void or repeated entry is skipped by every reader. */
  readonly journal: boolean;
  /** A void event is skipped by every reader, also after a restart. */
  readonly events: boolean;
  /** So is a repeated one. */
  readonly repeats: boolean;
  /** An owner whose logs are all claimed by a later one can do nothing that counts. */
  readonly partitionFence: boolean;
  readonly laneFence: boolean;
}

function certainties(rules: Rules): Certainties {
  const judged = rules.readersJudge === 'by place';
  const events = judged && rules.commitsEpoch && rules.commitNeeds !== 'nothing' && rules.commits === 'together';
  const journal = judged && rules.entriesHoldPositions;
  return {
    journal,
    events,
    // Where an origin may stand for two entries, what is dropped is worth seeing.
    repeats: events && rules.dropsRepeats && rules.commitsLast && rules.entriesAreNumbered,
    partitionFence:
      journal && events && rules.claims === 'every log' && rules.epochsAreUnique && rules.snapshots !== 'by number',
    laneFence:
      rules.commitNeeds === 'epoch' && rules.commitsBeforeSending && rules.acknowledgements !== 'kept by the owner',
  };
}

/** One claim in front, the highest, and the entries that count as if written under it. */
function withCleanJournal(state: State, rules: Rules, sure: Certainties): State {
  if (!sure.journal) return state;
  let epoch = 0;
  let { memory } = state.snapshot;
  const kept: JournalRecord[] = [];
  for (const record of state.journal) {
    if (record.kind === 'claim') epoch = Math.max(epoch, record.epoch);
    else if (record.epoch >= epoch && isNext(memory, record, rules)) {
      kept.push(record);
      memory = { ...memory, number: record.number, registrations: record.registrations, blocks: record.blocks };
    }
  }
  const entries = kept.map((record) => (record.epoch === epoch ? record : { ...record, epoch }));
  return { ...state, journal: epoch === 0 ? entries : [{ kind: 'claim', epoch }, ...entries] };
}

/** What every reader has passed goes; so does what every reader will skip. */
function withCleanEvents(state: State, sure: Certainties): State {
  const passed = Math.min(
    state.store.lane.position,
    ...state.processes.map(({ lane }) => lane?.half?.row.position ?? lane?.row?.position ?? Number.POSITIVE_INFINITY),
    ...state.processes.map(({ lane }) => lane?.row?.position ?? Number.POSITIVE_INFINITY),
  );
  const trimmed = passed === 0 ? state : shifted(state, passed);
  return sure.events && trimmed.events.length > 0 ? withoutVoid(trimmed, sure) : trimmed;
}

function shifted(state: State, passed: number): State {
  const row = <Row extends { readonly position: number }>(one: Row): Row => ({
    ...one,
    position: one.position - passed,
  });
  const processes = state.processes.map((process) => {
    const { lane } = process;
    if (lane === null || lane.row === null) return process;
    const half = lane.half === null ? null : { ...lane.half, row: row(lane.half.row) };
    return { ...process, lane: { ...lane, row: row(lane.row), half } };
  });
  return {
    ...state,
    processes,
    events: state.events.slice(passed),
    store: { ...state.store, lane: row(state.store.lane) },
  };
}

/**
 * Only where every reader stands at the beginning: else positions would have to move. The highest
 * claim is as good as read, for what it makes void is gone.
 */
function withoutVoid(state: State, sure: Certainties): State {
  const rows = [state.store.lane, ...state.processes.flatMap(({ lane }) => (lane?.row ? [lane.row] : []))];
  if (rows.some((row) => row.position > 0)) return state;
  let epochSeen = Math.max(...rows.map((row) => row.epochSeen));
  let last = state.store.lane.last;
  const kept: EventsRecord[] = [];
  for (const record of state.events) {
    if (record.kind === 'claim') {
      epochSeen = Math.max(epochSeen, record.epoch);
      continue;
    }
    if (record.epoch < epochSeen || (sure.repeats && originOf(record.fact) <= last)) continue;
    last = originOf(record.fact);
    kept.push(record);
  }
  const seen = <Row extends { readonly epochSeen: number }>(row: Row): Row => ({ ...row, epochSeen });
  const processes = state.processes.map((process) => {
    const { lane } = process;
    return lane === null || lane.row === null ? process : { ...process, lane: { ...lane, row: seen(lane.row) } };
  });
  return {
    ...state,
    processes,
    events: kept.map((record) => (record.epoch === epochSeen ? record : { ...record, epoch: epochSeen })),
    store: { ...state.store, lane: seen(state.store.lane) },
  };
}

/** Acknowledgements that every reader has passed. */
function withoutOldAcks(state: State, rules: Rules): State {
  if (state.acks.length === 0 || rules.commitNeeds !== 'epoch') return state;
  const passed = state.store.lane.ackPosition;
  const acknowledged = state.store.lane.acknowledged;
  const left = state.acks.slice(passed);
  const acks = rules.highestAckCounts
    ? left.filter((one, at) => one > Math.max(acknowledged, ...left.slice(0, at)))
    : left;
  const moved = { ...state.store.lane, ackPosition: 0 };
  const processes = state.processes.map((process) => {
    const { lane } = process;
    return lane === null || lane.row === null
      ? process
      : { ...process, lane: { ...lane, row: { ...lane.row, ackPosition: lane.epoch === state.store.epoch ? 0 : -1 } } };
  });
  return { ...state, processes, acks, store: { ...state.store, lane: moved } };
}

function withoutFencedLanes(state: State, sure: Certainties): State {
  const isOver = (role: LaneRole | null, at: number) =>
    role !== null && role.epoch < state.store.epoch && at !== state.laneAt;
  if (!sure.laneFence || !state.processes.some((one, at) => isOver(one.lane, at))) return state;
  return {
    ...state,
    processes: state.processes.map((one, at) => (isOver(one.lane, at) ? { ...one, lane: null } : one)),
  };
}

function withoutFencedPartitions(state: State, rules: Rules, sure: Certainties): State {
  if (!sure.partitionFence) return state;
  const journalEpoch = highestClaim(state.journal);
  const eventsEpoch = Math.max(state.store.lane.epochSeen, highestClaim(state.events));
  const claimed = Math.min(journalEpoch, eventsEpoch, rules.snapshots === 'none' ? journalEpoch : state.snapshot.epoch);
  const lastWritten = state.events.findLast((one) => one.kind === 'event');
  const last = lastWritten?.kind === 'event' ? originOf(lastWritten.fact) : state.store.lane.last;
  const left = (role: PartitionRole | null, at: number): PartitionRole | null => {
    if (role === null || (role.epoch < claimed && at !== state.partitionAt)) return null;
    // A snapshot would tell how much it has said.
    if (role.memory === null || rules.snapshots !== 'none') return role;
    const { facts, sent } = role.memory;
    // What it would say comes to nothing: its epoch is over there, or it has been said.
    const idle = role.epoch < eventsEpoch ? facts.length : facts.filter((fact) => originOf(fact) <= last).length;
    return !sure.repeats || idle <= sent ? role : { ...role, memory: { ...role.memory, sent: idle } };
  };
  const processes: Process[] = state.processes.map((one, at) => ({ ...one, partition: left(one.partition, at) }));
  return { ...state, processes };
}

/** Writes on their way that will be void wherever they land. */
function withoutLate(state: State, rules: Rules, sure: Certainties): State {
  if (state.late.length === 0) return state;
  const journalEpoch = highestClaim(state.journal);
  const lastNumber = state.journal.reduce(
    (last, one) => (one.kind === 'entry' ? Math.max(last, one.number) : last),
    state.snapshot.memory.number,
  );
  const eventsEpoch = Math.max(state.store.lane.epochSeen, highestClaim(state.events));
  const late = state.late.filter((one) => {
    // What was answered is stored, and nothing below it counts.
    if (one.to === 'acks') return !rules.highestAckCounts || rules.acknowledgements !== 'stored first';
    if (one.to === 'journal')
      return (
        !sure.journal ||
        (one.record.epoch >= journalEpoch && (one.record.number > lastNumber || !rules.entriesAreNumbered))
      );
    const isRepeat = sure.repeats && originOf(one.record.fact) <= state.store.lane.last;
    return !sure.events || (one.record.epoch >= eventsEpoch && !isRepeat);
  });
  return { ...state, late };
}
