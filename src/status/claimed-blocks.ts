import { ClaimedStream } from '../core/records/claimed-stream.ts';
import type { StreamName } from '../core/records/stream.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord } from '../ports/record-log.ts';
import type { StatusRunner } from './status-runner.ts';

/**
 * The status stage where watchers change: it unwraps what stands in `blocks/<chain>`, leaves out
 * what a watcher wrote that was followed already, and asks a new watcher everything that is still
 * wanted, since questions are not written down.
 */
export class ClaimedBlocks implements Processor {
  readonly name = 'status';
  readonly #runner: StatusRunner;
  #streams = new Map<StreamName, ClaimedStream>();

  constructor(runner: StatusRunner) {
    this.#runner = runner;
  }

  handles(stream: StreamName): boolean {
    return this.#runner.handles(stream);
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const { stream } = record;
    if (!stream.startsWith('blocks/')) return this.#runner.apply(record);
    const claimed = this.#streams.get(stream) ?? new ClaimedStream();
    this.#streams.set(stream, claimed);
    const value = claimed.take(record.payload);
    if (value.kind === 'claim') this.#runner.askAgain(stream.slice('blocks/'.length));
    return value.kind === 'record' ? this.#runner.apply({ ...record, payload: value.payload }) : [];
  }

  goLive(): void {
    this.#runner.goLive();
  }

  sections(): readonly Section[] {
    const writers = [...this.#streams].map(([stream, { writer }]) => [stream, writer]);
    return [...this.#runner.sections(), { name: 'claims', text: JSON.stringify(writers) }];
  }

  restore(section: Section): boolean {
    if (section.name !== 'claims') return this.#runner.restore(section);
    const writers = JSON.parse(section.text) as [StreamName, string | null][];
    this.#streams = new Map(writers.map(([stream, writer]) => [stream, new ClaimedStream(writer)]));
    return true;
  }

  restored(): void {
    this.#runner.restored();
  }
}
