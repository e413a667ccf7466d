import type { StatusEffects } from '../../src/core/partition/effects.ts';
import type { RegistrationOutcome } from '../../src/core/partition/registration-input.ts';
import { StatusNode } from '../../src/core/partition/status-node.ts';
import type { ChainRecord } from '../../src/core/records/chain-record.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import type { FactRecord } from '../../src/core/records/fact-record.ts';
import { transactionIdOf } from '../../src/core/records/identity.ts';
import type { ProbeRecord, SubmissionRecord } from '../../src/core/records/probe-record.ts';
import type { RegistrationRecord, TrackOptions } from '../../src/core/records/registration-record.ts';
import type { TransactionFacts } from '../../src/core/records/event-record.ts';
import type { SenderRecord } from '../../src/core/records/sender-record.ts';
import { factsOf } from '../../src/core/transaction/facts.ts';
import { detailsOf, hashOf, type ScriptTransaction } from './chain-script.ts';

export const defaultOptions: TrackOptions = {
  confirmations: 5,
  thresholds: [3],
  types: null,
  private: false,
  expiresAtMs: null,
  metadata: null,
};

export interface TrackScript {
  readonly subscriber?: string;
  readonly tenant?: string;
  readonly options?: Partial<TrackOptions>;
  readonly given?: readonly (keyof TrackOptions)[];
  /** Sender, nonce and call are known from the start. */
  readonly known?: boolean;
  readonly claimed?: { readonly from: string | null; readonly nonce: number | null };
  readonly raw?: string | null;
}

/** Drives a StatusNode as the journal would: one record at a position and time, effects collected. */
export class StatusRig {
  node: StatusNode;
  readonly chain: string;
  readonly events: EventRecord[] = [];
  readonly probes: ProbeRecord[] = [];
  readonly submissions: SubmissionRecord[] = [];
  readonly senders: SenderRecord[] = [];
  position = 0;
  timeMs = 1_700_000_000_000;

  constructor(chain = 'eip155:1') {
    this.chain = chain;
    this.node = new StatusNode(64, [chain]);
  }

  track(transaction: ScriptTransaction, script: TrackScript = {}): RegistrationOutcome {
    return this.register({
      kind: 'track',
      ...this.#key(transaction.name, script),
      options: { ...defaultOptions, ...script.options },
      given: script.given ?? (Object.keys(script.options ?? {}) as (keyof TrackOptions)[]),
      details: script.known === true ? detailsOf(transaction) : null,
      claimed: script.claimed ?? { from: null, nonce: null },
      raw: script.raw ?? null,
    });
  }

  change(name: string, changes: Partial<TrackOptions>): RegistrationOutcome {
    return this.register({ kind: 'change', ...this.#key(name, {}), changes });
  }

  untrack(name: string): RegistrationOutcome {
    return this.register({ kind: 'untrack', ...this.#key(name, {}) });
  }

  register(record: RegistrationRecord): RegistrationOutcome {
    const { effects, outcome } = this.node.applyRegistration(record, this.#mark());
    this.#collect(effects);
    return outcome;
  }

  chainRecord(...records: readonly ChainRecord[]): this {
    for (const record of records) this.#collect(this.node.applyChain(record, this.#mark()));
    return this;
  }

  fact(fact: FactRecord): this {
    this.#collect(this.node.applyFact(fact, this.#mark()));
    return this;
  }

  seen(transaction: ScriptTransaction): this {
    const details = detailsOf(transaction);
    return this.fact({
      kind: 'sighting',
      chain: this.chain,
      hash: hashOf(transaction.name),
      provider: 'one',
      details,
      block: null,
    });
  }

  /** Answers every receipt that is being asked for. */
  receipts(execution: 'success' | 'reverted' = 'success'): this {
    for (const probe of this.probes.splice(0)) {
      if (probe.kind !== 'receipt') continue;
      this.fact({
        kind: 'receipt',
        chain: probe.chain,
        hash: probe.hash,
        blockHash: probe.blockHash,
        provider: 'one',
        execution,
        gasUsed: '21000',
        effectiveGasPrice: '7',
      });
    }
    return this;
  }

  /** Lets time pass and tells the core. */
  wait(durationMs: number): this {
    this.timeMs += durationMs;
    this.#collect(this.node.applyTime(this.#mark()));
    return this;
  }

  /** A new node from this one's snapshot, as after a restart. */
  restart(): this {
    const sections = this.node.sections();
    const text = JSON.stringify(sections);
    this.node = new StatusNode(64, [this.chain]);
    for (const section of JSON.parse(text) as typeof sections) this.node.restore(section.name, section.text);
    this.node.restored();
    return this;
  }

  /** Event types said so far, with what distinguishes them; clears the list. */
  said(): readonly string[] {
    return this.events.splice(0).map(describe);
  }

  facts(name: string, script: TrackScript = {}): TransactionFacts {
    const tracked = this.node.transaction(this.#key(name, script).id);
    if (tracked === null) throw new Error(`${name} is not tracked`);
    return factsOf(tracked, this.node.chain(this.chain).view);
  }

  #key(name: string, { tenant = 'default', subscriber = 'default' }: TrackScript): Omit<RegistrationRecord, 'kind'> {
    const hash = hashOf(name);
    const id = transactionIdOf(tenant, this.chain, hash, subscriber);
    return { requestId: null, tenant, subscriber, id, chain: this.chain, hash };
  }

  #mark(): { position: number; timeMs: number } {
    this.position += 1;
    return { position: this.position, timeMs: this.timeMs };
  }

  #collect(effects: StatusEffects): void {
    this.events.push(...effects.events);
    this.probes.push(...effects.probes);
    this.submissions.push(...effects.submissions);
    this.senders.push(...effects.senders);
  }
}

function describe(event: EventRecord): string {
  const marks = [event.type.replace('transaction.', '')];
  if (event.type === 'transaction.confirmation') marks.push(String(event.confirmations));
  if (event.reorg !== undefined) marks.push(`depth=${event.reorg.depth}`);
  if (event.replacement !== undefined) marks.push(event.replacement.reason, event.replacement.final ? 'final' : 'open');
  if (event.failure !== undefined) marks.push(event.failure.class);
  if (event.transaction.execution === 'reverted') marks.push('reverted');
  if (event.late) marks.push('late');
  return marks.join(' ');
}
