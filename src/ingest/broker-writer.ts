import type { LogWriter } from '../ports/log-writer.ts';
import type { NewRecord, Position } from '../ports/record-log.ts';
import type { StreamBroker } from '../ports/stream-broker.ts';

/** Writes registrations where their partitions' owners read them. That they were applied, the reply tells. */
export class BrokerWriter implements LogWriter {
  readonly #broker: StreamBroker;

  constructor(deps: { readonly broker: StreamBroker }) {
    this.#broker = deps.broker;
  }

  async write(records: readonly NewRecord[]): Promise<readonly Position[]> {
    const byStream = Map.groupBy(records, ({ stream }) => stream);
    await Promise.all(
      [...byStream].map(([stream, ofStream]) =>
        this.#broker.append(
          stream,
          ofStream.map(({ payload }) => ({ key: null, value: payload })),
        ),
      ),
    );
    // There is no order across streams, and so no position that would mean anything.
    return records.map(() => -1);
  }
}
