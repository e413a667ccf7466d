import { defaultShardCounts, partitionOf, type StreamName } from '../../src/core/records/stream.ts';
import type { EventScope, ReadEvent } from '../../src/ports/event-reader.ts';
import type { ManualClock } from '../harness/recording-ports.ts';
import { StagesRig, tickInput } from '../harness/stages-rig.ts';
import type { InputTrace, TraceInput } from './input-trace.ts';

/** A trace goes through the stages of one process over one log. */
export class EmbeddedWay {
  readonly #rig: StagesRig;

  private constructor(rig: StagesRig) {
    this.#rig = rig;
  }

  static async start({ config }: InputTrace, clock: ManualClock): Promise<EmbeddedWay> {
    return new EmbeddedWay(await StagesRig.overMemory(clock, config));
  }

  /** The next moment that is waited for; null: none. */
  get dueMs(): number | null {
    return this.#rig.stages.status.node.nextDueMs();
  }

  /** Resolves when what follows from it was applied too. */
  async put(input: TraceInput): Promise<void> {
    const stream = streamOf(input);
    if (stream !== null && 'payload' in input) await this.#rig.write({ stream, payload: input.payload });
  }

  async tick(): Promise<void> {
    await this.#rig.write(tickInput());
  }

  events(scope: EventScope): Promise<readonly ReadEvent[]> {
    return this.#rig.events(scope);
  }
}

function streamOf(input: TraceInput): StreamName | null {
  switch (input.kind) {
    case 'block':
      return `blocks/${input.chain}`;
    case 'registration':
      return `registrations/${partitionOf(input.hash, defaultShardCounts.partitions)}`;
    case 'fact':
      return `facts/${partitionOf(input.hash, defaultShardCounts.partitions)}`;
    default:
      return null;
  }
}
