import type { ErrorCode, TrackRequest, Transaction } from '@txtrail/protocol';
import type { Chance } from '../chance.ts';
import { problemOf } from './answer-check.ts';
import type { Answered, ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import { changeOf, otherThan } from './follow-plan.ts';
import type { Followed } from './followed.ts';

export interface RegistrarDeps extends ClientDeps {
  readonly api: ApiClient;
  /** Another connection, for what comes twice at once. */
  readonly otherApi: ApiClient;
  readonly chance: Chance;
}

interface Keyed {
  readonly key: string;
  readonly body: string;
  readonly answer: Answered;
  /** Starts of the process when it was answered. */
  readonly life: number;
}

/** A service that registers transactions by single calls, asks again until it knows, and changes its mind. */
export class Registrar {
  readonly #deps: RegistrarDeps;
  readonly #keyed = new Map<Followed, Keyed>();
  #keys = 0;

  constructor(deps: RegistrarDeps) {
    this.#deps = deps;
  }

  async track(followed: Followed): Promise<void> {
    followed.asking();
    this.#registered(followed, await this.#post(followed.request));
  }

  /** Under an `Idempotency-Key`. */
  async trackKeyed(followed: Followed): Promise<void> {
    this.#keys += 1;
    const key = `key ${this.#keys}`;
    const body = JSON.stringify(followed.request);
    followed.asking();
    const answer = await this.#postBody(body, key);
    this.#registered(followed, answer);
    this.#keyed.set(followed, { key, body, answer, life: this.#deps.lives() });
  }

  /** The same at once over two connections: one is created, the other finds it there. */
  async trackTwiceAtOnce(followed: Followed): Promise<void> {
    followed.asking();
    const answers = await Promise.all([
      this.#post(followed.request),
      this.#deps.otherApi.askUntilAnswered({ ...trackCall, body: JSON.stringify(followed.request) }),
    ]);
    for (const answer of answers) this.#registered(followed, answer);
    if (answers.some(({ unanswered }) => unanswered > 0)) return;
    const statuses = answers.map(({ status }) => status).sort();
    if (statuses.join() !== '200,201') this.#report(`${followed.hash} twice at once was answered ${statuses.join()}`);
    else this.#deps.context.reach('registered twice at once');
  }

  /** Again, with the same options. */
  async repeat(followed: Followed): Promise<void> {
    if (!followed.isTracked) return this.track(followed);
    const { status, text } = await this.#post({
      chain: followed.request.chain,
      hash: followed.hash,
      ...whose(followed),
    });
    if (status !== 200) return this.#report(`${followed.hash} again was answered ${status} ${text}`);
    followed.read(JSON.parse(text) as Transaction);
  }

  /** Again under its key: the same bytes, whatever happened meanwhile; another body is a conflict (I16). */
  async repeatKey(followed: Followed): Promise<void> {
    const keyed = this.#keyed.get(followed);
    if (keyed === undefined) return;
    const again = await this.#postBody(keyed.body, keyed.key);
    if (again.status !== keyed.answer.status || again.text !== keyed.answer.text) {
      this.#report(
        `I16 ${keyed.key} was answered ${keyed.answer.status} ${keyed.answer.text}, then ${again.status} ${again.text}`,
      );
    } else if (keyed.life !== this.#deps.lives()) this.#deps.context.reach('idempotent repeat across a crash');
    const body = JSON.stringify({ ...followed.request, metadata: 'another' });
    this.#expect(await this.#postBody(body, keyed.key), 'idempotency_conflict', `I16 ${keyed.key} with another body`);
  }

  /** Again with another count: 409, and nothing changes. */
  async conflict(followed: Followed): Promise<void> {
    const { shown, isTracked } = followed;
    if (shown === null || !isTracked) return;
    const confirmations = otherThan(shown.requiredConfirmations, this.#deps.chance);
    const answer = await this.#post({ chain: shown.chain, hash: shown.hash, ...whose(followed), confirmations });
    if (this.#expect(answer, 'transaction_conflict', `${shown.id} with ${confirmations} confirmations`)) {
      this.#deps.context.reach('409 for other options');
    }
  }

  async change(followed: Followed): Promise<void> {
    const { shown, isTracked } = followed;
    if (shown === null || !isTracked) return;
    const change = changeOf(this.#deps.chance, shown.requiredConfirmations);
    this.#deps.context.judge.changing({ id: shown.id, change });
    const body = JSON.stringify(change);
    const answer = await this.#deps.api.askUntilAnswered({ method: 'PATCH', path: pathOf(shown), body });
    if (answer.status === 200) followed.changed(JSON.parse(answer.text) as Transaction);
    else this.#report(`the change ${body} of ${shown.id} was refused: ${answer.text}`);
  }

  async read(followed: Followed): Promise<void> {
    const { shown, isTracked } = followed;
    if (shown === null) return;
    const answer = await this.#deps.api.askUntilAnswered({ method: 'GET', path: pathOf(shown) });
    this.#shown(followed, answer, isTracked);
  }

  async refresh(followed: Followed): Promise<void> {
    const { shown, isTracked } = followed;
    if (shown === null || !isTracked) return;
    const answer = await this.#deps.api.askUntilAnswered({ method: 'POST', path: `${pathOf(shown)}/refresh` });
    if (answer.status !== 429) this.#shown(followed, answer, true);
  }

  async untrack(followed: Followed): Promise<void> {
    const { shown, isTracked } = followed;
    if (shown === null || !isTracked) return;
    followed.untracking(shown.id);
    const answer = await this.#deps.api.askUntilAnswered({ method: 'DELETE', path: pathOf(shown) });
    // One that was not answered may have done it already.
    const isDone = answer.status === 204 || (answer.status === 404 && answer.unanswered > 0);
    if (isDone) followed.untracked(shown.id);
    else this.#report(`I01 ${shown.id} cannot be untracked: ${answer.status} ${answer.text}`);
    await this.read(followed);
  }

  #registered(followed: Followed, { status, text, unanswered }: Answered): void {
    if (status !== 201 && status !== 200) {
      return this.#report(`${JSON.stringify(followed.request)} was refused: ${status} ${text}`);
    }
    if (status === 200 && unanswered > 0) this.#deps.context.reach('repeat after a lost answer');
    followed.registered(JSON.parse(text) as Transaction);
  }

  #shown(followed: Followed, { status, text }: Answered, isTracked: boolean): void {
    if (status === 200 && isTracked) followed.read(JSON.parse(text) as Transaction);
    else if (status !== 404 || isTracked) this.#report(`I01 ${followed.hash} is shown as ${status} ${text}`);
  }

  #expect(answer: Answered, code: ErrorCode, what: string): boolean {
    if (problemOf(answer)?.code === code) return true;
    this.#report(`${what} was answered ${answer.status} ${answer.text}`);
    return false;
  }

  #post(request: TrackRequest): Promise<Answered> {
    return this.#postBody(JSON.stringify(request), null);
  }

  #postBody(body: string, key: string | null): Promise<Answered> {
    const headers = key === null ? {} : { 'idempotency-key': key };
    return this.#deps.api.askUntilAnswered({ ...trackCall, headers, body });
  }

  #report(problem: string): void {
    this.#deps.context.report(problem);
  }
}

const trackCall = { method: 'POST', path: '/v1/transactions' } as const;

function whose({ request }: Followed): { readonly subscriber?: string } {
  return request.subscriber === undefined ? {} : { subscriber: request.subscriber };
}

function pathOf({ id }: Transaction): string {
  return `/v1/transactions/${id}`;
}
