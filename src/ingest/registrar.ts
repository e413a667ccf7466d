import type { ChangeRequest, TrackRequest, Transaction } from '@txtrail/protocol';
import type { ChainConfig } from '../config/config.ts';
import { renderTransaction } from '../core/delivery/render-event.ts';
import type { RegistrationOutcome } from '../core/partition/registration-input.ts';
import type { TransactionFacts } from '../core/records/event-record.ts';
import type { RegistrationRecord } from '../core/records/registration-record.ts';
import { partitionOf } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import type { WatchReport } from '../ports/chain-output.ts';
import type { ChainRefresh } from '../ports/chain-refresh.ts';
import type { Scheduler } from '../ports/clock.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import type { RawDecoder } from '../ports/raw-decoder.ts';
import type { PendingOutcome, PendingWord, StatusQuery } from '../ports/status-query.ts';
import type {
  ChainReport,
  ChangeOutcome,
  RefreshOutcome,
  Refusal,
  TrackerService,
  TrackOutcome,
  TransactionPage,
  TransactionQuery,
} from '../ports/tracker-service.ts';
import { buildChange, buildTrack, ChainDirectory, type TrackRecord } from './registration-builder.ts';

/** A raw transaction's answer waits this long for the first outcome of its broadcast. */
const firstOutcomeWaitMs = 2_000;

export interface RegistrarOptions {
  readonly chains: readonly ChainConfig[];
  readonly partitions: number;
  /** Makes request ids of this process unlike those of any other. */
  readonly instance: string;
}

export interface RegistrarDeps {
  readonly writer: LogWriter;
  readonly status: StatusQuery;
  readonly decoder: RawDecoder;
  readonly scheduler: Scheduler;
  readonly watchReport: (chain: string) => WatchReport;
  readonly refresher: ChainRefresh;
}

/**
 * Stage 1, REGISTER: checks what is asked, writes it down, and answers once it is durable and was
 * decided. The decision is the status partition's, in the journal's order, so two requests at once
 * get one "created" and one "existing", whichever way they race.
 */
export class Registrar implements TrackerService {
  readonly #options: RegistrarOptions;
  readonly #deps: RegistrarDeps;
  readonly #chains: ChainDirectory;
  #requests = 0;

  constructor(options: RegistrarOptions, deps: RegistrarDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#chains = new ChainDirectory(options.chains);
  }

  async track(tenant: string, request: TrackRequest): Promise<TrackOutcome> {
    const built = buildTrack(tenant, request, this.#builderDeps());
    if (built.outcome === 'refused') return built;
    const { record } = built;
    const word = record.raw === null ? null : this.#deps.status.nextWordOn(record.id);
    try {
      const [outcome] = await this.#register([record]);
      const answer = await this.#answer(tenant, outcome);
      if (word === null || answer.outcome === 'refused' || answer.transaction.status !== 'unknown') return answer;
      await this.#firstOutcome(word);
      return await this.#answer(tenant, outcome);
    } finally {
      word?.cancel();
    }
  }

  async trackBatch(tenant: string, requests: readonly TrackRequest[]): Promise<readonly TrackOutcome[]> {
    const built = requests.map((request) => buildTrack(tenant, request, this.#builderDeps()));
    const records = built.flatMap((one) => (one.outcome === 'built' ? [one.record] : []));
    const registered = await this.#register(records);
    const answers = (await this.#answers(tenant, registered)).values();
    return built.map((one) => {
      if (one.outcome === 'refused') return one;
      const answer = answers.next().value;
      assert(answer !== undefined, 'every registration has an answer');
      return answer;
    });
  }

  async change(tenant: string, id: string, request: ChangeRequest): Promise<ChangeOutcome> {
    const facts = await this.#deps.status.find(tenant, id);
    if (facts === null) return notFound(id);
    const built = buildChange(request, { confirmations: facts.requiredConfirmations });
    if ('outcome' in built) return built;
    const outcome = await this.#decide({ kind: 'change', changes: built.changes, ...this.#keyOf(tenant, facts) });
    const changed = outcome.kind === 'changed' ? await this.transaction(tenant, id) : null;
    return changed === null ? notFound(id) : { outcome: 'changed', transaction: changed };
  }

  async untrack(tenant: string, id: string): Promise<boolean> {
    const facts = await this.#deps.status.find(tenant, id);
    if (facts === null) return false;
    const outcome = await this.#decide({ kind: 'untrack', ...this.#keyOf(tenant, facts) });
    return outcome.kind === 'untracked';
  }

  async transaction(tenant: string, id: string): Promise<Transaction | null> {
    const facts = await this.#deps.status.find(tenant, id);
    return facts === null ? null : renderTransaction(facts);
  }

  async refresh(tenant: string, id: string): Promise<RefreshOutcome> {
    const facts = await this.#deps.status.find(tenant, id);
    if (facts === null) return notFound(id);
    const refresh = await this.#deps.refresher.refresh(facts.chain, facts.hash);
    const transaction = await this.transaction(tenant, id);
    if (transaction === null) return notFound(id);
    return refresh === null ? tooManyRefreshes : { outcome: 'refreshed', transaction, refresh };
  }

  async transactions(tenant: string, query: TransactionQuery): Promise<TransactionPage> {
    const chain = query.chain === undefined ? null : (this.#chains.find(query.chain)?.chain ?? query.chain);
    const { facts, next } = await this.#deps.status.list(tenant, {
      chain,
      hash: query.hash?.toLowerCase() ?? null,
      subscriber: query.subscriber ?? null,
      status: query.status ?? null,
      after: query.after,
      limit: query.limit,
    });
    return { transactions: facts.map(renderTransaction), next };
  }

  chains(): readonly ChainReport[] {
    return this.#options.chains.map((config) => {
      const { head, safe, finalized, recentBlocks, recentReorgs } = this.#deps.status.chain(config.chain);
      const { lag, providers, finalitySource } = this.#deps.watchReport(config.chain);
      return {
        chain: config.chain,
        name: config.name,
        chainId: config.chainId,
        head,
        safe,
        finalized,
        finalitySource: finalitySource ?? (config.finality === 'tag' ? 'tag' : 'depth'),
        lag,
        providers,
        recentBlocks,
        recentReorgs,
      };
    });
  }

  async #register(records: readonly TrackRecord[]): Promise<readonly Decided[]> {
    const pending = records.map((record) => this.#await(record));
    await this.#write(records, pending);
    const outcomes = await Promise.all(pending.map(({ outcome }) => outcome));
    return outcomes.map((outcome) => decided(outcome));
  }

  async #decide(record: RegistrationRecord): Promise<RegistrationOutcome> {
    const pending = this.#await(record);
    await this.#write([record], [pending]);
    return pending.outcome;
  }

  #await(record: RegistrationRecord): PendingOutcome {
    assert(record.requestId !== null, 'a request of ours has an id');
    return this.#deps.status.outcomeOf(record.requestId, partitionOf(record.hash, this.#options.partitions));
  }

  async #write(records: readonly RegistrationRecord[], pending: readonly PendingOutcome[]): Promise<void> {
    try {
      await this.#deps.writer.write(
        records.map((record) => ({
          stream: `registrations/${partitionOf(record.hash, this.#options.partitions)}` as const,
          payload: JSON.stringify(record),
        })),
        { mayReject: true },
      );
    } catch (error) {
      for (const one of pending) one.cancel();
      throw error;
    }
  }

  async #answer(tenant: string, outcome: Decided | undefined): Promise<TrackOutcome> {
    assert(outcome !== undefined, 'every registration has an outcome');
    const [answer] = await this.#answers(tenant, [outcome]);
    assert(answer !== undefined, 'every outcome has an answer');
    return answer;
  }

  async #answers(tenant: string, outcomes: readonly Decided[]): Promise<readonly TrackOutcome[]> {
    const ids = outcomes.flatMap((outcome) => (outcome.outcome === 'refused' ? [] : [outcome.id]));
    const found = (await this.#deps.status.findAll(tenant, ids)).values();
    return outcomes.map((outcome) => {
      if (outcome.outcome === 'refused') return outcome;
      const facts = found.next().value ?? null;
      // Untracked again before we could answer: what was registered is what the caller gets to know.
      if (facts === null) return notFound(outcome.id);
      return { outcome: outcome.outcome, transaction: renderTransaction(facts) };
    });
  }

  async #firstOutcome(word: PendingWord): Promise<void> {
    const waited = new AbortController();
    await Promise.race([word.word, this.#deps.scheduler.sleep(firstOutcomeWaitMs, waited.signal)]);
    waited.abort();
  }

  #keyOf(tenant: string, facts: TransactionFacts): Omit<RegistrationRecord, 'kind'> {
    const { id, chain, hash, subscriber } = facts;
    return { requestId: this.#nextRequestId(), tenant, subscriber, id, chain, hash };
  }

  #builderDeps(): Parameters<typeof buildTrack>[2] {
    return { chains: this.#chains, decoder: this.#deps.decoder, requestId: this.#nextRequestId() };
  }

  #nextRequestId(): string {
    this.#requests += 1;
    return `${this.#options.instance}-${this.#requests}`;
  }
}

type Decided = { readonly outcome: 'created' | 'existing'; readonly id: string } | Refusal;

function decided(outcome: RegistrationOutcome): Decided {
  if (outcome.kind === 'created' || outcome.kind === 'existing') return { outcome: outcome.kind, id: outcome.id };
  assert(outcome.kind === 'conflict', `a registration cannot end as ${outcome.kind}`);
  const fields = outcome.fields.map((field) => (field === 'expiresAtMs' ? 'expiresAt' : field));
  const detail = `${outcome.id} is tracked already with another ${fields.join(', ')}; change it with PATCH`;
  return { outcome: 'refused', code: 'transaction_conflict', detail };
}

const tooManyRefreshes: Refusal = {
  outcome: 'refused',
  code: 'too_many_requests',
  detail: 'The providers are being asked about many transactions; try again a little later.',
};

function notFound(id: string): Refusal {
  return { outcome: 'refused', code: 'not_found', detail: `no transaction ${id} is tracked` };
}
