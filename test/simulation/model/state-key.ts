import type {
  EventsRecord,
  Fact,
  JournalRecord,
  LaneRole,
  LaneRow,
  Late,
  PartitionMemory,
  PartitionRole,
  State,
} from './state.ts';

/**
 * Equal for states with the same future: they may differ in which process is which, and in epochs
 * and times as long as those stand in the same order. The faults left are not part of it.
 */
export function keyOf(state: State): string {
  return new Key(state).text();
}

class Key {
  readonly #state: State;
  /** Bit n: epoch n is named somewhere. */
  #epochs = 0;
  #laneEpochs = 0;

  constructor(state: State) {
    this.#state = state;
    const { store, client } = state;
    this.#note(state.partitionTurn);
    this.#note(store.lane.epochSeen);
    this.#note(state.snapshot.epoch);
    for (const fact of state.snapshot.memory.facts) this.#note(fact.time);
    this.#laneEpochs |= (1 << state.laneEpoch) | (1 << store.epoch);
    for (const { partition, lane } of state.processes) {
      if (lane !== null) this.#noteLane(lane);
      if (partition === null) continue;
      this.#note(partition.epoch);
      this.#note(partition.time);
      for (const fact of partition.memory?.facts ?? []) this.#note(fact.time);
    }
    for (const record of state.journal) this.#noteRecord(record);
    for (const record of state.events) this.#noteRecord(record);
    for (const late of state.late) if (late.to !== 'acks') this.#noteRecord(late.record);
    for (const fact of store.mailbox) this.#note(fact.time);
    for (const fact of client.told) this.#note(fact.time);
  }

  text(): string {
    const state = this.#state;
    const { store, gateway, client } = state;
    const processes = state.processes
      .map((process, at) => {
        const assigned = (at === state.partitionAt ? 1 : 0) + (at === state.laneAt ? 2 : 0);
        return `${assigned}${this.#partition(process.partition)}/${this.#lane(process.lane)}`;
      })
      .sort();
    // What the client was told is what the mailbox holds, or the search has ended; beyond that it counts.
    const ahead = client.told.slice(store.mailbox.length);
    return [
      `${this.#rank(state.partitionTurn)}${this.#laneRank(state.laneEpoch)}${state.registrations}${state.awake ? 1 : 0}`,
      processes.join(' '),
      `${state.journalEnd}${this.#records(state.journal)}`,
      `${this.#rank(state.snapshot.epoch)}${this.#memory(state.snapshot.memory)}`,
      this.#records(state.events),
      state.acks.join(),
      state.late.map((late) => this.#late(late)).sort(),
      `${this.#laneRank(store.epoch)}${this.#row(store.lane)}${this.#facts(store.mailbox)}`,
      `${gateway.heldRegistration ? 1 : 0}${gateway.registrationAnswered ? 1 : 0}${gateway.heldAck}`,
      `${client.received}${client.answered}${client.told.length}${this.#facts(ahead)}`,
      state.wrong ?? '',
    ].join('|');
  }

  #note(epoch: number): void {
    this.#epochs |= 1 << epoch;
  }

  #noteLane(role: LaneRole): void {
    this.#laneEpochs |= 1 << role.epoch;
    if (role.row !== null) this.#note(role.row.epochSeen);
  }

  #noteRecord(record: JournalRecord | EventsRecord): void {
    this.#note(record.epoch);
    if (record.kind === 'entry') this.#note(record.time);
    if (record.kind === 'event') this.#note(record.fact.time);
  }

  #rank(epoch: number): number {
    return bitsBelow(this.#epochs, epoch);
  }

  #laneRank(epoch: number): number {
    return bitsBelow(this.#laneEpochs, epoch);
  }

  #partition(role: PartitionRole | null): string {
    if (role === null) return '';
    const { memory, unwritten, uncertain } = role;
    const held = memory === null ? '' : this.#memory(memory);
    const open = `${unwritten === null ? '' : `u${this.#records([unwritten])}`}${uncertain === null ? '' : `?${this.#records([uncertain])}`}`;
    return `${this.#rank(role.epoch)}${this.#rank(role.time)}${role.claimed}${role.running ? 1 : 0}${held}${open}`;
  }

  #memory(memory: PartitionMemory): string {
    return `${memory.registrations}${memory.blocks}${memory.number}.${memory.sent}${this.#facts(memory.facts)}`;
  }

  #lane(role: LaneRole | null): string {
    if (role === null) return '';
    const row = role.row === null ? '' : `${this.#row(role.row)}${role.numbered}`;
    const half = role.half === null ? '' : `h${role.half.left}${this.#row(role.half.row)}`;
    return `${this.#laneRank(role.epoch)}${row}${half}${role.sentAhead ? 's' : ''}${role.heldAck}`;
  }

  #row(row: LaneRow): string {
    return `${row.position},${this.#rank(row.epochSeen)}${row.last},${row.acknowledged}${row.ackPosition}`;
  }

  #facts(facts: readonly Fact[]): string {
    let text = '';
    for (const fact of facts)
      text += `f${fact.input}${fact.revision}${this.#rank(fact.time)}${fact.entry}.${fact.ordinal}`;
    return text;
  }

  #records(records: readonly (JournalRecord | EventsRecord)[]): string {
    let text = '';
    for (const record of records) {
      const epoch = this.#rank(record.epoch);
      if (record.kind === 'claim') text += `c${epoch}`;
      else if (record.kind === 'event') text += `e${epoch}${this.#facts([record.fact])}`;
      else
        text += `j${epoch}${record.number}.${record.origin}.${record.registrations}${record.blocks}${this.#rank(record.time)}`;
    }
    return text;
  }

  #late(late: Late): string {
    return late.to === 'acks' ? `a${late.cursor}` : `${late.to[0]}${this.#records([late.record])}`;
  }
}

function bitsBelow(bits: number, place: number): number {
  let count = 0;
  for (let left = bits & ((1 << place) - 1); left !== 0; left &= left - 1) count += 1;
  return count;
}
