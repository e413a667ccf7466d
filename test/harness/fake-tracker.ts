import { createHash } from 'node:crypto';
import type { ChangeRequest, TrackRequest, Transaction } from '@txtrail/protocol';
import type {
  ChainReport,
  ChangeOutcome,
  RefreshOutcome,
  Refusal,
  TrackerService,
  TrackOutcome,
  TransactionPage,
  TransactionQuery,
} from '../../src/ports/tracker-service.ts';

/** A tracker in memory that keeps the port's promises, for tests of what stands before it. */
export class FakeTracker implements TrackerService {
  /** Every call that reached it, by name. */
  readonly calls: string[] = [];
  /** Set to make the next calls wait or throw. */
  before: () => Promise<void> = () => Promise.resolve();
  readonly #kept = new Map<string, Transaction>();
  readonly #reports: readonly ChainReport[];

  constructor(
    reports: readonly ChainReport[] = [
      chainReport('eip155:1', 'ethereum', 1),
      chainReport('eip155:137', 'polygon', 137),
    ],
  ) {
    this.#reports = reports;
  }

  async track(tenant: string, request: TrackRequest): Promise<TrackOutcome> {
    this.calls.push('track');
    await this.before();
    return this.#trackOne(tenant, request);
  }

  async trackBatch(tenant: string, requests: readonly TrackRequest[]): Promise<readonly TrackOutcome[]> {
    this.calls.push('trackBatch');
    await this.before();
    return requests.map((request) => this.#trackOne(tenant, request));
  }

  async change(tenant: string, id: string, request: ChangeRequest): Promise<ChangeOutcome> {
    this.calls.push('change');
    await this.before();
    const found = this.transaction(tenant, id);
    if (found === null) return refusal('not_found', `nothing by the id ${id}`);
    const changed: Transaction = {
      ...found,
      requiredConfirmations: request.confirmations ?? found.requiredConfirmations,
      thresholds: request.thresholds ?? found.thresholds,
      metadata: request.metadata === undefined ? found.metadata : request.metadata,
    };
    this.#kept.set(`${tenant}/${id}`, changed);
    return { outcome: 'changed', transaction: changed };
  }

  async untrack(tenant: string, id: string): Promise<boolean> {
    this.calls.push('untrack');
    await this.before();
    return this.#kept.delete(`${tenant}/${id}`);
  }

  transaction(tenant: string, id: string): Transaction | null {
    return this.#kept.get(`${tenant}/${id}`) ?? null;
  }

  async refresh(tenant: string, id: string): Promise<RefreshOutcome> {
    this.calls.push('refresh');
    await this.before();
    const transaction = this.transaction(tenant, id);
    if (transaction === null) return refusal('not_found', `nothing by the id ${id}`);
    const reasons = [{ provider: 'p1', reason: 'it does not show it' }];
    return {
      outcome: 'refreshed',
      transaction,
      refresh: { asked: ['p1'], answered: ['p1'], outcome: 'absent', reasons },
    };
  }

  transactions(tenant: string, query: TransactionQuery): TransactionPage {
    const own = [...this.#kept].flatMap(([name, found]) => (name.startsWith(`${tenant}/`) ? [found] : []));
    const matching = own.filter(
      (found) =>
        (query.chain === undefined || this.#report(query.chain)?.chain === found.chain) &&
        (query.hash === undefined || query.hash.toLowerCase() === found.hash) &&
        (query.subscriber === undefined || query.subscriber === found.subscriber) &&
        (query.status === undefined || query.status === found.status),
    );
    const end = query.after + query.limit;
    return { transactions: matching.slice(query.after, end), next: end < matching.length ? end : null };
  }

  chains(): readonly ChainReport[] {
    return this.#reports;
  }

  #trackOne(tenant: string, request: TrackRequest): TrackOutcome {
    const report = this.#report(request.chain);
    if (report === undefined)
      return refusal('unknown_chain', `The chain ${request.chain} is not configured here.`, '/chain');
    const required = request.confirmations ?? 12;
    if (typeof required === 'number' && request.thresholds?.some((threshold) => threshold >= required) === true) {
      return refusal('invalid_request', 'Thresholds stand below the required count.', '/thresholds');
    }
    const hash = (request.hash ?? `0x${sha256(request.raw ?? '')}`).toLowerCase();
    const subscriber = request.subscriber ?? 'default';
    const id = `tx_${sha256(`${tenant}/${report.chain}/${hash}/${subscriber}`).slice(0, 32)}`;
    const standing = this.transaction(tenant, id);
    if (standing !== null) {
      const conflicts = request.confirmations !== undefined && request.confirmations !== standing.requiredConfirmations;
      if (conflicts) return refusal('transaction_conflict', 'It is tracked with other options.');
      return { outcome: 'existing', transaction: standing };
    }
    const made = fakeTransaction({
      id,
      chain: report.chain,
      hash,
      subscriber,
      requiredConfirmations: required,
      metadata: request.metadata ?? null,
    });
    this.#kept.set(`${tenant}/${id}`, made);
    return { outcome: 'created', transaction: made };
  }

  #report(name: string): ChainReport | undefined {
    return this.#reports.find((report) => report.chain === name || report.name === name);
  }
}

export function fakeTransaction(given: Partial<Transaction>): Transaction {
  return {
    id: 'tx_0',
    chain: 'eip155:1',
    chainId: 1,
    hash: `0x${'0'.repeat(64)}`,
    subscriber: 'default',
    status: 'unknown',
    execution: null,
    finality: 'none',
    isTerminal: false,
    confirmations: 0,
    requiredConfirmations: 12,
    thresholds: [3],
    blockNumber: null,
    blockHash: null,
    transactionIndex: null,
    blockTimestamp: null,
    from: null,
    to: null,
    nonce: null,
    gasUsed: null,
    effectiveGasPrice: null,
    replacedBy: null,
    replaces: null,
    reason: null,
    metadata: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    firstSeenAt: null,
    includedAt: null,
    confirmedAt: null,
    finalizedAt: null,
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...given,
  };
}

export function chainReport(chain: string, name: string | null, chainId: number | null): ChainReport {
  const block = { number: 100, hash: `0x${'a'.repeat(64)}` };
  return {
    chain,
    name,
    chainId,
    head: { ...block, timestampMs: 1_700_000_000_000 },
    safe: null,
    finalized: { number: 64, hash: `0x${'b'.repeat(64)}` },
    finalitySource: 'tag',
    lag: 0,
    providers: [{ name: 'p1', role: 'primary', state: 'leading', reason: null, head: 100, lag: 0 }],
    recentBlocks: [{ ...block, parentHash: `0x${'c'.repeat(64)}`, timestampMs: 1_700_000_000_000, transactions: 3 }],
    recentReorgs: [
      {
        timeMs: 1_700_000_000_000,
        depth: 1,
        ancestor: { number: 98, hash: `0x${'d'.repeat(64)}` },
        beyondFinality: false,
        orphaned: [
          {
            number: 99,
            hash: `0x${'e'.repeat(64)}`,
            parentHash: `0x${'d'.repeat(64)}`,
            timestampMs: 1_699_999_988_000,
            transactions: 2,
          },
        ],
      },
    ],
  };
}

function refusal(code: Refusal['code'], detail: string, path?: string): Refusal {
  return { outcome: 'refused', code, detail, ...(path === undefined ? {} : { errors: [{ path, message: detail }] }) };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
