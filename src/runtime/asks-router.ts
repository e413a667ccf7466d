import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';
import type { ChainAsks } from '../ports/chain-asks.ts';

/**
 * Hands the core's questions to the watcher of their chain. One for a chain that is not followed
 * (any more) is left: the state still wants it, and asks again when the chain is back.
 */
export class AsksRouter implements ChainAsks {
  readonly #watchers = new Map<string, ChainAsks>();

  attach(chain: string, watcher: ChainAsks): void {
    this.#watchers.set(chain, watcher);
  }

  probe(probe: ProbeRecord): void {
    this.#watchers.get(probe.chain)?.probe(probe);
  }

  submit(submission: SubmissionRecord): void {
    this.#watchers.get(submission.chain)?.submit(submission);
  }
}
