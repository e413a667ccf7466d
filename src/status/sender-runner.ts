import type { SenderRecord } from '../core/records/sender-record.ts';
import { partitionOf, type ShardCounts, type StreamName } from '../core/records/stream.ts';
import { SenderLane } from '../core/sender/sender-lane.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord } from '../ports/record-log.ts';
import { assert } from '../lib/assert.ts';

/** The sender lanes of one node: they hear from the partitions and answer them through `facts`. */
export class SenderRunner implements Processor {
  readonly name = 'senders';
  readonly #shards: ShardCounts;
  readonly #lanes: readonly SenderLane[];

  constructor(shards: ShardCounts) {
    this.#shards = shards;
    this.#lanes = Array.from({ length: shards.senderLanes }, (_, number) => new SenderLane(number));
  }

  handles(stream: StreamName): boolean {
    return stream.startsWith('senders/');
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const facts = this.#lane(record.stream).apply(JSON.parse(record.payload) as SenderRecord, record.position);
    return facts.map((fact) => ({
      stream: `facts/${partitionOf(fact.hash, this.#shards.partitions)}` as const,
      payload: JSON.stringify(fact),
    }));
  }

  goLive(): void {
    // A lane asks nobody outside: it has nothing to begin.
  }

  sections(): readonly Section[] {
    return this.#lanes.map((lane) => ({ name: `sender/${lane.number}`, text: lane.state() }));
  }

  restore({ name, text }: Section): boolean {
    if (!name.startsWith('sender/')) return false;
    this.#lane(name).restore(text);
    return true;
  }

  restored(): void {
    // Lanes hold no index across lanes.
  }

  #lane(name: string): SenderLane {
    const lane = this.#lanes[Number(name.slice(name.indexOf('/') + 1))];
    assert(lane !== undefined, `no sender lane ${name}`);
    return lane;
  }
}
