import type { ChainRecord } from '../core/records/chain-record.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import { partitionOf } from '../core/records/stream.ts';
import type { ChainOutput } from '../ports/chain-output.ts';
import type { LogWriter } from '../ports/log-writer.ts';

/**
 * Where a chain's watcher meets the log. That a provider answered null is not written: the core
 * concludes nothing from it and plans its next question by height, so the record would say nothing.
 */
export class LogChainOutput implements ChainOutput {
  readonly #writer: LogWriter;
  readonly #partitions: number;

  constructor(writer: LogWriter, partitions: number) {
    this.#writer = writer;
    this.#partitions = partitions;
  }

  async chain(records: readonly ChainRecord[]): Promise<void> {
    await this.#writer.write(
      records.map((record) => ({ stream: `blocks/${record.chain}` as const, payload: JSON.stringify(record) })),
    );
  }

  async facts(facts: readonly FactRecord[]): Promise<void> {
    await this.#writer.write(
      facts
        .filter(({ kind }) => kind !== 'absent')
        .map((fact) => ({
          stream: `facts/${partitionOf(fact.hash, this.#partitions)}` as const,
          payload: JSON.stringify(fact),
        })),
    );
  }
}
