import type { Rules } from './rules.ts';
import type { Add } from './steps.ts';
import type { EventsRecord, Fact, LaneRole, LaneRow, State } from './state.ts';
import { originOf, withLane } from './state.ts';
import { tell } from './client.ts';
import { factText, owner } from './words.ts';

export function newLaneRole(epoch: number): LaneRole {
  return { epoch, row: null, numbered: 0, half: null, sentAhead: false, heldAck: 0 };
}

/** What the process at `at` can do as an owner of the lane, or as one that takes itself for it. */
export function laneSteps(state: State, rules: Rules, at: number, add: Add): void {
  const role = state.processes[at]?.lane ?? null;
  if (role === null) return;
  if (role.row === null) takeOver(state, rules, at, role, add);
  else if (role.half !== null) commitOtherHalf(state, rules, at, role, add);
  else {
    takeEvent(state, rules, at, role, role.row, add);
    takeAck(state, rules, at, role, role.row, add);
  }
}

function takeOver(state: State, rules: Rules, at: number, role: LaneRole, add: Add): void {
  const fenced = rules.commitNeeds === 'epoch';
  if (fenced && state.store.epoch > role.epoch) {
    add('step', () => `${owner(at)} finds a higher claim on the mailbox and stops`, withLane(state, at, null));
    return;
  }
  const claimed = fenced ? { ...state, store: { ...state.store, epoch: role.epoch } } : state;
  add(
    'step',
    () =>
      `${owner(at)} ${fenced ? `claims the mailbox with epoch ${role.epoch}, reads` : 'reads'} where it stands and begins`,
    withLane(claimed, at, restored(state, rules, role)),
  );
}

/** An owner knows what is committed, and nothing else. */
function restored(state: State, rules: Rules, role: LaneRole): LaneRole {
  const { lane, mailbox } = state.store;
  const row = {
    ...lane,
    last: rules.commitsLast ? lane.last : 0,
    epochSeen: rules.commitsEpoch ? lane.epochSeen : 0,
  };
  return { ...role, row, numbered: mailbox.length };
}

interface Reading {
  readonly row: LaneRow;
  /** The next event that has no number yet; null: everything is read. */
  readonly fact: Fact | null;
}

/** Reads on in `events` to the next event that gets a number. */
export function readEvents(events: readonly EventsRecord[], from: LaneRow, rules: Rules): Reading {
  let { epochSeen, last } = from;
  for (let position = from.position; position < events.length; position += 1) {
    const record = events[position]!;
    if (record.kind === 'claim') {
      if (rules.readersJudge === 'last claim' || record.epoch > epochSeen) epochSeen = record.epoch;
      continue;
    }
    const isVoid =
      rules.readersJudge === 'last claim' && epochSeen > 0 ? record.epoch !== epochSeen : record.epoch < epochSeen;
    if (isVoid && rules.claims === 'every log') continue;
    if (rules.dropsRepeats && originOf(record.fact) <= last) continue;
    last = originOf(record.fact);
    return { row: { ...from, position: position + 1, epochSeen, last }, fact: record.fact };
  }
  return { row: { ...from, position: events.length, epochSeen, last }, fact: null };
}

function takeEvent(state: State, rules: Rules, at: number, role: LaneRole, from: LaneRow, add: Add): void {
  const { row, fact } = readEvents(state.events, from, rules);
  if (fact === null) {
    const moved = row.position > from.position && rules.commitNeeds !== 'epoch';
    if (moved)
      add(
        'step',
        () =>
          `${owner(at)} reads ${row.position - from.position} records of events that get no number, and commits its position`,
        committed(state, rules, at, role, row, null),
      );
    return;
  }
  const seq = role.numbered + 1;
  const numbering = () => `${owner(at)} numbers ${factText(fact)} as ${seq}`;
  if (!rules.commitsBeforeSending && !role.sentAhead && state.client.received === role.numbered) {
    add(
      'step',
      () => `${numbering()} and sends it, and has not committed it`,
      withLane(tell(state, seq, fact), at, { ...role, sentAhead: true }),
    );
  }
  if (rules.commits === 'together') {
    const done = { ...role, sentAhead: false };
    add('step', () => `${numbering()} and commits`, committed(state, rules, at, done, row, fact));
    lostBell(
      state,
      rules,
      add,
      () => `${numbering()} and commits; the bell is lost`,
      () => committed({ ...state, awake: false }, rules, at, done, row, fact, 'lost'),
    );
  } else {
    const first = rules.commits === 'row first' ? { fact, row: null } : { fact: null, row };
    const left = rules.commits === 'row first' ? 'position' : 'row';
    const next = committed(state, rules, at, role, first.row, first.fact);
    const after = next.processes[at]?.lane ?? null;
    const half = after === null ? null : { ...after, half: { row, fact, left } as const };
    add(
      'step',
      () => `${numbering()} and commits the ${left === 'row' ? 'position' : 'row'}, not yet the ${left}`,
      withLane(next, at, half),
    );
  }
}

function lostBell(state: State, rules: Rules, add: Add, text: () => string, next: () => State): void {
  if (!rules.readersLookAgain && state.faultsLeft > 0) add('fault', text, next());
}

function commitOtherHalf(state: State, rules: Rules, at: number, role: LaneRole, add: Add): void {
  if (role.half === null) return;
  const { row, fact, left } = role.half;
  const whole = { ...role, half: null };
  add(
    'step',
    () => `${owner(at)} commits the ${left}`,
    committed(state, rules, at, whole, left === 'row' ? null : row, left === 'row' ? fact : null),
  );
}

function takeAck(state: State, rules: Rules, at: number, role: LaneRole, row: LaneRow, add: Add): void {
  const cursor = rules.acknowledgements === 'kept by the owner' ? role.heldAck : state.acks[row.ackPosition];
  if (cursor === undefined || (cursor === 0 && role.heldAck === 0)) return;
  const acknowledged = rules.highestAckCounts ? Math.max(row.acknowledged, cursor) : cursor;
  const ackPosition = row.ackPosition + (rules.acknowledgements === 'kept by the owner' ? 0 : 1);
  add(
    'step',
    () => `${owner(at)} takes the acknowledgement of ${cursor} and commits`,
    committed(state, rules, at, { ...role, heldAck: 0 }, { ...row, acknowledged, ackPosition }, null),
  );
}

/** The commit, and what becomes of the owner: it goes on, or finds that it is none any more. */
function committed(
  state: State,
  rules: Rules,
  at: number,
  role: LaneRole,
  row: LaneRow | null,
  fact: Fact | null,
  bell: 'rung' | 'lost' = 'rung',
): State {
  const { store } = state;
  if (rules.commitNeeds === 'epoch' && store.epoch !== role.epoch) return withLane(state, at, null);
  if (rules.commitNeeds === 'position' && !isAt(store.lane, role.row)) {
    return withLane(state, at, restored(state, rules, role));
  }
  // A seq is the key of its row: a second row of that seq is refused by the store.
  if (fact !== null && store.mailbox.length !== role.numbered) return withLane(state, at, null);
  const wrong =
    row !== null && row.acknowledged < store.lane.acknowledged
      ? `I24: the acknowledged place falls from ${store.lane.acknowledged} to ${row.acknowledged}.`
      : state.wrong;
  const mailbox = fact === null ? store.mailbox : [...store.mailbox, fact];
  const next = {
    ...state,
    wrong,
    awake: fact === null || bell === 'lost' ? state.awake : true,
    store: { ...store, lane: row ?? store.lane, mailbox },
  };
  return withLane(next, at, { ...role, row: row ?? role.row, numbered: role.numbered + (fact === null ? 0 : 1) });
}

function isAt(committedRow: LaneRow, row: LaneRow | null): boolean {
  return row !== null && committedRow.position === row.position && committedRow.ackPosition === row.ackPosition;
}
