/**
 * What a partition says of one input: the event of one transaction's next revision. Its id follows
 * from the revision; input, revision and time are its bytes.
 */
export interface Fact {
  /** 0: the registration, n: block n. */
  readonly input: number;
  readonly revision: number;
  /** By the clock of the owner that took its input. */
  readonly time: number;
  /** Its origin: which journal entry, and its place in what that gave. */
  readonly entry: number;
  readonly ordinal: number;
}

export interface Claim {
  readonly kind: 'claim';
  readonly epoch: number;
}

/** How far each input is read after this step, and when: written before anything is applied. */
export interface Entry {
  readonly kind: 'entry';
  readonly epoch: number;
  readonly number: number;
  /** What its events name as their origin: its number, or its offset. Known when it is stored. */
  readonly origin: number;
  readonly registrations: number;
  readonly blocks: number;
  /** How many records that is more than before. */
  readonly taken: number;
  readonly time: number;
}

export interface OwedEvent {
  readonly kind: 'event';
  readonly epoch: number;
  readonly fact: Fact;
}

export type JournalRecord = Claim | Entry;
export type EventsRecord = Claim | OwedEvent;

/** What the partition's owner has in memory. */
export interface PartitionMemory {
  readonly registrations: number;
  readonly blocks: number;
  /** The last entry's. */
  readonly number: number;
  readonly facts: readonly Fact[];
  /** How many of the facts it knows to be stored in `events`. */
  readonly sent: number;
}

export interface PartitionRole {
  readonly epoch: number;
  /** What its clock shows: no two owners' clocks show the same. */
  readonly time: number;
  /** How many of the logs it has to claim it has claimed. */
  readonly claimed: number;
  readonly running: boolean;
  readonly memory: PartitionMemory | null;
  /** Applied already, not written yet; only where the journal does not come first. */
  readonly unwritten: Entry | null;
  /** Written, with an outcome that it does not know. */
  readonly uncertain: Entry | null;
}

/** What the lane's owner commits beside the mailbox rows. */
export interface LaneRow {
  /** The next record to read in `events`. */
  readonly position: number;
  /** The highest claim read there. */
  readonly epochSeen: number;
  /** The last origin numbered; 0: none. */
  readonly last: number;
  readonly acknowledged: number;
  /** The next record to read in `acks`. */
  readonly ackPosition: number;
}

export interface LaneRole {
  readonly epoch: number;
  /** Null until it has claimed. */
  readonly row: LaneRow | null;
  /** How many rows of the mailbox it knows. */
  readonly numbered: number;
  /** The second half of a commit that is not one transaction. */
  readonly half: { readonly row: LaneRow; readonly fact: Fact; readonly left: 'row' | 'position' } | null;
  readonly sentAhead: boolean;
  /** An acknowledgement that it took and nobody else knows of; 0: none. */
  readonly heldAck: number;
}

export interface Process {
  readonly partition: PartitionRole | null;
  readonly lane: LaneRole | null;
}

/** A write on its way, whose writer has given up waiting for it. */
export type Late =
  | { readonly to: 'journal'; readonly record: Entry }
  | { readonly to: 'events'; readonly record: OwedEvent }
  | { readonly to: 'acks'; readonly cursor: number };

export interface Client {
  /** It has everything up to this seq, and goes on from there. */
  readonly received: number;
  /** The highest cursor whose acknowledgement was answered. */
  readonly answered: number;
  /** What it was told under each seq, first. */
  readonly told: readonly Fact[];
}

/** A node in front: what it has taken and not stored yet. */
export interface Gateway {
  readonly heldRegistration: boolean;
  readonly registrationAnswered: boolean;
  readonly heldAck: number;
}

export interface Store {
  /** The highest epoch that claimed the lane's rows. */
  readonly epoch: number;
  readonly lane: LaneRow;
  /** A row's seq is its place, counted from one. */
  readonly mailbox: readonly Fact[];
}

/** What a new owner begins with, before it reads the journal. */
export interface Snapshot {
  /** The highest epoch that claimed it. */
  readonly epoch: number;
  readonly memory: PartitionMemory;
}

/** The whole world: every process, log and message. */
export interface State {
  readonly faultsLeft: number;
  /** How often the partition was given to a process, and to which at last; so the lane, whose epochs these are. */
  readonly partitionTurn: number;
  readonly partitionAt: number;
  readonly laneEpoch: number;
  readonly laneAt: number;
  readonly processes: readonly Process[];
  /** Records in the log of registrations, all of one registration. */
  readonly registrations: number;
  /** Records in the log of blocks. */
  readonly blocks: number;
  readonly journal: readonly JournalRecord[];
  /** The next offset in the journal; not counted where nothing names offsets. */
  readonly journalEnd: number;
  readonly snapshot: Snapshot;
  readonly events: readonly EventsRecord[];
  readonly acks: readonly number[];
  readonly late: readonly Late[];
  readonly store: Store;
  readonly gateway: Gateway;
  readonly client: Client;
  readonly awake: boolean;
  /** What a step did that may never be done. */
  readonly wrong: string | null;
}

export const emptyMemory: PartitionMemory = { registrations: 0, blocks: 0, number: 0, facts: [], sent: 0 };

export function sameBytes(one: Fact, other: Fact): boolean {
  return one.input === other.input && one.revision === other.revision && one.time === other.time;
}

/** Rises with entry and ordinal, above 0. */
export function originOf(fact: Fact): number {
  return fact.entry * 8 + fact.ordinal + 1;
}

export function withPartition(state: State, at: number, partition: PartitionRole | null): State {
  return { ...state, processes: state.processes.map((one, index) => (index === at ? { ...one, partition } : one)) };
}

export function withLane(state: State, at: number, lane: LaneRole | null): State {
  return { ...state, processes: state.processes.map((one, index) => (index === at ? { ...one, lane } : one)) };
}

/** A record stands at the journal's end, whoever wrote it. */
export function withJournalRecord(state: State, record: JournalRecord, numbered: boolean): State {
  const stored = record.kind === 'entry' && !numbered ? { ...record, origin: state.journalEnd } : record;
  return { ...state, journal: [...state.journal, stored], journalEnd: numbered ? 0 : state.journalEnd + 1 };
}
