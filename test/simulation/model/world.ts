import { newLaneRole, laneSteps } from './lane-owner.ts';
import { highestClaim } from './journal.ts';
import { newPartitionRole, partitionSteps } from './partition-owner.ts';
import { clientSteps } from './client.ts';
import { brokenPromise, owedAtTheEnd } from './invariants.ts';
import { reduced } from './reduce.ts';
import type { Model, Step } from './checker.ts';
import type { Bounds, Rules } from './rules.ts';
import type { Add } from './steps.ts';
import { keyOf } from './state-key.ts';
import { emptyMemory, withJournalRecord, withLane, withPartition } from './state.ts';
import type { Late, State } from './state.ts';
import { factText, inputText, owner } from './words.ts';

/** The world under a set of rules: several owners of one status partition and one event lane, and one client. */
export function world(rules: Rules, bounds: Bounds): Model<State> {
  const settle = bounds.reduced ? (state: State) => reduced(state, rules) : (state: State) => state;
  return {
    initial: settle(initialState(rules, bounds)),
    keyOf,
    faultsLeft: (state) => state.faultsLeft,
    broken: brokenPromise,
    owed: owedAtTheEnd,
    endOf,
    steps: (state) => {
      const found: Step<State>[] = [];
      const add: Add = (kind, text, next) => {
        if (kind === 'fault') {
          const after = settle({ ...next, faultsLeft: state.faultsLeft - 1 });
          found.push({ fault: true, text: () => `fault: ${text()}`, next: after });
        } else found.push({ fault: kind === 'chance', text, next: settle(next) });
      };
      clientSteps(state, rules, add);
      for (const at of state.processes.keys()) {
        partitionSteps(state, rules, at, add);
        laneSteps(state, rules, at, add);
      }
      assign(state, rules, add);
      for (const [index, late] of state.late.entries()) land(state, rules, index, late, add);
      if (state.faultsLeft > 0) faults(state, rules, add);
      return found;
    },
  };
}

/** What the subscriber has in the end. Times count by which are the same, for epochs have no values of their own. */
function endOf({ store, client }: State): string {
  const times = [...new Set(store.mailbox.map((fact) => fact.time))];
  const said = store.mailbox.map((fact) => `${inputText(fact.input)} at ${times.indexOf(fact.time)}`);
  return `${said.join(', ')}; ${client.received} received, ${store.lane.acknowledged} acknowledged`;
}

/** The first process owns the partition and the lane, has claimed both, and nothing has happened yet. */
function initialState(rules: Rules, bounds: Bounds): State {
  const claim = { kind: 'claim', epoch: 1 } as const;
  const row = { position: 0, epochSeen: 0, last: 0, acknowledged: 0, ackPosition: 0 };
  const first = {
    partition: { ...newPartitionRole(1, 1), claimed: 2, running: true, memory: emptyMemory },
    lane: { ...newLaneRole(1), row },
  };
  const others = Array.from({ length: bounds.owners - 1 }, () => ({ partition: null, lane: null }));
  return {
    faultsLeft: bounds.faults,
    partitionTurn: 1,
    partitionAt: 0,
    laneEpoch: 1,
    laneAt: 0,
    processes: [first, ...others],
    registrations: 0,
    blocks: bounds.blocks,
    journal: rules.claims === 'nothing' ? [] : [claim],
    snapshot: { epoch: rules.snapshots === 'claimed' ? 1 : 0, memory: emptyMemory },
    journalEnd: rules.entriesAreNumbered ? 0 : 1,
    events: rules.claims === 'every log' ? [claim] : [],
    acks: [],
    late: [],
    store: { epoch: 1, lane: row, mailbox: [] },
    gateway: { heldRegistration: false, registrationAnswered: false, heldAck: 0 },
    client: { received: 0, answered: 0, told: [] },
    awake: false,
    wrong: null,
  };
}

/** The coordinator gives what nobody has to somebody. */
function assign(state: State, rules: Rules, add: Add): void {
  for (const at of state.processes.keys()) {
    if (state.processes[state.partitionAt]?.partition === null) {
      const next = withNewPartitionOwner(state, rules, at);
      add('step', () => `the coordinator gives the partition to ${owner(at)}, epoch ${epochOf(next, at)}`, next);
    }
    if (state.processes[state.laneAt]?.lane === null) {
      const next = withNewLaneOwner(state, at);
      add('step', () => `the coordinator gives the lane to ${owner(at)}, epoch ${next.laneEpoch}`, next);
    }
  }
}

function withNewPartitionOwner(state: State, rules: Rules, at: number): State {
  const turn = state.partitionTurn + 1;
  const epoch = rules.epochsAreUnique ? turn : highestClaim(state.journal) + 1;
  return withPartition({ ...state, partitionTurn: turn, partitionAt: at }, at, newPartitionRole(epoch, turn));
}

function withNewLaneOwner(state: State, at: number): State {
  const epoch = state.laneEpoch + 1;
  return withLane({ ...state, laneEpoch: epoch, laneAt: at }, at, newLaneRole(epoch));
}

function epochOf(state: State, at: number): number {
  return state.processes[at]?.partition?.epoch ?? 0;
}

function land(state: State, rules: Rules, index: number, late: Late, add: Add): void {
  const left = { ...state, late: state.late.filter((_, other) => other !== index) };
  if (late.to === 'acks') {
    const text = () => `the late acknowledgement of ${late.cursor} is stored in acks`;
    add('chance', text, { ...left, acks: [...state.acks, late.cursor] });
  } else if (late.to === 'journal') {
    const text = () => `the late entry ${late.record.number} of epoch ${late.record.epoch} is stored in the journal`;
    add('chance', text, withJournalRecord(left, late.record, rules.entriesAreNumbered));
  } else {
    const text = () => `the late ${factText(late.record.fact)} of epoch ${late.record.epoch} is stored in events`;
    add('chance', text, { ...left, events: [...state.events, late.record] });
  }
}

function faults(state: State, rules: Rules, add: Add): void {
  for (const [at, { partition, lane }] of state.processes.entries()) {
    if (partition !== null || lane !== null)
      add('fault', () => `${owner(at)} crashes`, withLane(withPartition(state, at, null), at, null));
    handOver(state, rules, at, add);
  }
  clientFaults(state, rules, add);
}

/** The old owner notices nothing and goes on, now or much later. */
function handOver(state: State, rules: Rules, at: number, add: Add): void {
  const unaware = (from: number) => `; ${owner(from)} does not notice`;
  if (at !== state.partitionAt && state.processes[state.partitionAt]?.partition !== null) {
    const next = withNewPartitionOwner(state, rules, at);
    const text = () =>
      `the coordinator gives the partition to ${owner(at)}, epoch ${epochOf(next, at)}${unaware(state.partitionAt)}`;
    add('fault', text, next);
  }
  if (at !== state.laneAt && state.processes[state.laneAt]?.lane !== null) {
    const next = withNewLaneOwner(state, at);
    const text = () =>
      `the coordinator gives the lane to ${owner(at)}, epoch ${next.laneEpoch}${unaware(state.laneAt)}`;
    add('fault', text, next);
  }
}

function clientFaults(state: State, rules: Rules, add: Add): void {
  const { client, store, late } = state;
  const { acknowledged } = store.lane;
  if (client.received > acknowledged) {
    const next = { ...state, awake: true, client: { ...client, received: acknowledged } };
    add('fault', () => `the client starts anew and goes on after ${acknowledged}`, next);
  }
  const cursor = client.answered;
  if (cursor > 0 && !late.some((one) => one.to === 'acks' && one.cursor === cursor)) {
    const next = { ...state, late: [...late, { to: 'acks', cursor } as const] };
    add('fault', () => `the acknowledgement of ${cursor} is sent a second time and is still on its way`, next);
  }
  if (!rules.acksAreChecked) {
    const beyond = store.mailbox.length + 1;
    const next = { ...state, acks: [...state.acks, beyond] };
    add('fault', () => `the client acknowledges ${beyond}, which nobody sent it; it is stored in acks`, next);
  }
}
