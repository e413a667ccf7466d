import type { ChainId, Hash } from '../core/chain/block.ts';
import type { BroadcastFact } from '../core/records/fact-record.ts';
import type { SubmissionRecord } from '../core/records/probe-record.ts';
import { TxTrailError } from '../lib/error.ts';
import type { ChainOutput } from '../ports/chain-output.ts';
import type { SendAnswer } from '../ports/chain-provider.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { WatchMetrics } from './watch-metrics.ts';
import type { WatchedProvider } from './watched-provider.ts';
import type { Bell, WorkScope } from './work-scope.ts';

/** Broadcasts that may wait; further ones are forgotten and sent again by the core. */
export const submissionsWaitingMax = 10_000;
export const submissionsInFlightMax = 16;
/** When the hash is looked for after a send that is in doubt: a node may show it a moment later (H81). */
export const doubtLookupDelaysMs: readonly number[] = [0, 500, 1_500];

/** Where providers differ, the class that says most is reported. */
const classesByWeight: readonly string[] = [
  'fatal_tx',
  'nonce_used',
  'replace_underpriced',
  'funds',
  'underpriced',
  'below_base_fee',
  'fee_cap_node',
  'sim_revert',
  'unknown',
];
/** The same transaction may be taken a moment later: no verdict on it. */
const passingClasses: ReadonlySet<string> = new Set(['pool_full', 'nonce_gap', 'reserved_type']);

export interface SubmissionDeskDeps {
  readonly pool: ProviderPool;
  readonly output: ChainOutput;
  readonly scope: WorkScope;
  readonly logger: Logger;
  readonly metrics: WatchMetrics;
}

type Rejection = Extract<SendAnswer, { outcome: 'rejected' }> & { readonly provider: string };

interface Attempt {
  readonly takenBy: string | null;
  readonly rejections: readonly Rejection[];
  /** Providers that may or may not have it. */
  readonly faults: readonly { readonly provider: string; readonly reason: string }[];
}

/**
 * Sends raw transactions and says what became of them. One acceptance is enough; a rejection is
 * told only when every provider asked has judged, and after a look at all of them for the hash:
 * nodes say "nonce too low" about what they mined, and errors about what they keep (H80–H84).
 */
export class SubmissionDesk {
  readonly #chain: ChainId;
  readonly #deps: SubmissionDeskDeps;
  readonly #bell: Bell;
  readonly #waiting = new Map<Hash, SubmissionRecord>();
  readonly #inFlight = new Set<Hash>();

  constructor(options: { readonly chain: ChainId }, deps: SubmissionDeskDeps) {
    this.#chain = options.chain;
    this.#deps = deps;
    this.#bell = deps.scope.bell();
  }

  add(submission: SubmissionRecord): void {
    if (this.#waiting.has(submission.hash) || this.#inFlight.has(submission.hash)) return;
    const labels = { chain: this.#chain, kind: 'submission' };
    if (this.#waiting.size >= submissionsWaitingMax) return this.#deps.metrics.forgotten.add(1, labels);
    this.#waiting.set(submission.hash, submission);
    this.#bell.ring();
  }

  start(): void {
    this.#deps.scope.run('sending transactions', async () => {
      while (!this.#deps.scope.stopped) {
        this.#startSome();
        this.#deps.metrics.waiting.set(this.#waiting.size, { chain: this.#chain, kind: 'submission' });
        await this.#bell.wait(null);
      }
    });
  }

  #startSome(): void {
    for (const [hash, submission] of this.#waiting) {
      if (this.#inFlight.size >= submissionsInFlightMax) return;
      this.#waiting.delete(hash);
      this.#inFlight.add(hash);
      this.#deps.scope.run(`sending ${hash}`, () =>
        this.#process(submission).finally(() => {
          this.#inFlight.delete(hash);
          this.#bell.ring();
        }),
      );
    }
  }

  async #process({ hash, raw }: SubmissionRecord): Promise<void> {
    const members = this.#deps.pool.askable();
    const attempt = await this.#sendTo(members, raw);
    const fact = await this.#judge(hash, attempt);
    if (this.#deps.scope.stopped) return;
    this.#deps.metrics.submissions.add(1, { chain: this.#chain, outcome: fact.outcome });
    this.#deps.logger.debug('a transaction was sent', { hash, outcome: fact.outcome, failureClass: fact.failureClass });
    await this.#deps.output.facts([fact]);
  }

  async #sendTo(members: readonly WatchedProvider[], raw: string): Promise<Attempt> {
    const rejections: Rejection[] = [];
    const faults: { provider: string; reason: string }[] = [];
    for (const member of members) {
      if (this.#deps.scope.stopped) break;
      try {
        const answer = await member.ask((provider) => provider.send(raw));
        if (answer.outcome !== 'rejected') return { takenBy: member.name, rejections, faults };
        rejections.push({ ...answer, provider: member.name });
        if (answer.final) break;
      } catch (error) {
        if (!(error instanceof TxTrailError)) throw error;
        faults.push({ provider: member.name, reason: error.message });
      }
    }
    return { takenBy: null, rejections, faults };
  }

  async #judge(hash: Hash, attempt: Attempt): Promise<BroadcastFact> {
    const { takenBy, rejections, faults } = attempt;
    const fact = { kind: 'broadcast', chain: this.#chain, hash } as const;
    if (takenBy !== null) {
      return { ...fact, outcome: 'accepted', failureClass: null, message: `${takenBy} took it`, providers: [takenBy] };
    }
    const telling = mostTelling(rejections);
    const doubtful = faults.length > 0 || telling?.failureClass === 'nonce_used';
    const look = await this.#lookFor(hash, doubtful ? doubtLookupDelaysMs : [0]);
    if (look.shownBy !== null) {
      const message = `${look.shownBy} shows it`;
      return { ...fact, outcome: 'accepted', failureClass: null, message, providers: [look.shownBy] };
    }
    const judged = telling !== null && look.answered && (telling.final || faults.length === 0);
    if (judged && !rejections.some((each) => passingClasses.has(each.failureClass))) {
      const { failureClass, message } = telling;
      return {
        ...fact,
        outcome: 'rejected',
        failureClass,
        message,
        providers: rejections.map((each) => each.provider),
      };
    }
    const message = faults[0]?.reason ?? rejections[0]?.message ?? 'no provider can be asked';
    const providers = [...rejections, ...faults].map((each) => each.provider);
    return { ...fact, outcome: 'unclear', failureClass: null, message, providers };
  }

  /** Asks everybody for the hash. `answered`: somebody said that he does not have it. */
  async #lookFor(
    hash: Hash,
    delaysMs: readonly number[],
  ): Promise<{ readonly shownBy: string | null; readonly answered: boolean }> {
    let answered = false;
    for (const delayMs of delaysMs) {
      await this.#deps.scope.sleep(delayMs);
      if (this.#deps.scope.stopped) break;
      const members = this.#deps.pool.members.filter((member) => member.servesChain);
      const answers = await Promise.allSettled(
        members.map((member) => member.ask((provider) => provider.lookup([hash]))),
      );
      const found = answers.findIndex((each) => each.status === 'fulfilled' && isShown(each.value[0]));
      if (found >= 0) return { shownBy: members[found]?.name ?? null, answered: true };
      answered ||= answers.some((each) => each.status === 'fulfilled' && each.value[0] === null);
    }
    return { shownBy: null, answered };
  }
}

function isShown(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null;
}

function mostTelling(rejections: readonly Rejection[]): Rejection | null {
  const weight = (rejection: Rejection): number => {
    const place = classesByWeight.indexOf(rejection.failureClass);
    return place < 0 ? classesByWeight.length : place;
  };
  return rejections.toSorted((left, right) => weight(left) - weight(right))[0] ?? null;
}
