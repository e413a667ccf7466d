import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';
import { laneOf, type StreamName } from '../core/records/stream.ts';
import type { ChainAsks } from '../ports/chain-asks.ts';
import type { Logger } from '../ports/logger.ts';
import type { StreamBroker } from '../ports/stream-broker.ts';

/** Questions that wait to be sent; beyond it they are left, and asked again since the state still wants them. */
const maxWaiting = 50_000;

/** The core's questions and sends, written where the chain's watcher reads them. */
export class BrokerAsks implements ChainAsks {
  readonly #partitions: number;
  readonly #broker: StreamBroker;
  readonly #logger: Logger;
  #waiting = new Map<StreamName, string[]>();
  #count = 0;

  constructor(
    options: { readonly partitions: number },
    deps: { readonly broker: StreamBroker; readonly logger: Logger },
  ) {
    this.#partitions = options.partitions;
    this.#broker = deps.broker;
    this.#logger = deps.logger;
  }

  probe(probe: ProbeRecord): void {
    this.#add(`probes/${laneOf(probe.chain, this.#partitions)}`, JSON.stringify(probe));
  }

  submit(submission: SubmissionRecord): void {
    this.#add(`submissions/${laneOf(submission.chain, this.#partitions)}`, JSON.stringify(submission));
  }

  #add(stream: StreamName, value: string): void {
    if (this.#count >= maxWaiting) return;
    if (this.#count === 0) queueMicrotask(() => this.#send());
    this.#count += 1;
    const values = this.#waiting.get(stream) ?? [];
    this.#waiting.set(stream, values);
    values.push(value);
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#count = 0;
    for (const [stream, values] of waiting) {
      const records = values.map((value) => ({ key: null, value }));
      this.#broker.append(stream, records).catch((error: unknown) => {
        this.#logger.warn('questions to a chain could not be stored; they are asked again', { stream, error });
      });
    }
  }
}
