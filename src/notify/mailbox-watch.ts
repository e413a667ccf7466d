import { TxTrailError } from '../lib/error.ts';
import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import type { EventScope, Place } from '../ports/event-reader.ts';
import type { Mailbox } from '../ports/mailbox.ts';
import type { WakeUp } from '../ports/wake-up.ts';
import { scopeKey } from './scope-key.ts';

/** A bell is a hint: for each watcher it is looked again this long after its last one, or the look before (P15). */
const lookAgainMs = 1_000;
/** Who was looked for this long ago is taken along with one of its tenant whose turn it is: so all come to be one query. */
const takenAlongMs = 500;
/** How often it is seen whose turn it is: so each is called a second after its own bell, and not all of a node at once. */
const turnMs = 100;
/** One query asks for no more. */
const scopesALook = 1_000;

export interface MailboxWatchDeps {
  readonly mailbox: Pick<Mailbox, 'latest'>;
  readonly wakeUp: WakeUp;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
}

/**
 * Who waits for events of a shared mailbox: woken by bells, and where one was lost by a look. A look
 * is one query for all watchers of a tenant whose turn it is, so those with nothing to read cost next
 * to nothing; one look of a tenant at a time, however long it takes.
 *
 * A watcher reads after it was called, so it has whatever was numbered before its last call. Each
 * look's answer is compared with the one that it was called for last: where they are the same it has
 * that much, else it is called. A bell names no place and a failed look found none: both leave that as it is.
 */
export class MailboxWatch {
  readonly #deps: MailboxWatchDeps;
  /** By scope. */
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** Tenants with a look under way. */
  readonly #looking = new Set<string>();
  #timer: Timer | null = null;

  constructor(deps: MailboxWatchDeps) {
    this.#deps = deps;
  }

  /** As `EventReader.watch`. */
  watch(scope: EventScope, listener: () => void): () => void {
    const { wakeUp, clock } = this.#deps;
    const watcher: Watcher = { scope, listener, rungMs: clock.monotonic(), lookedMs: -Infinity, calledFor: null };
    const stop = wakeUp.watch(scope, () => {
      watcher.rungMs = clock.monotonic();
      listener();
    });
    const key = scopeKey(scope);
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(watcher));
    this.#nextTurn();
    return () => {
      stop();
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key);
    };
  }

  /** Whoever watches the scope is called at the next look, whatever that finds. */
  callAtNextLook(scope: EventScope): void {
    for (const watcher of this.#watchers.get(scopeKey(scope)) ?? []) watcher.calledFor = null;
  }

  #nextTurn(): void {
    this.#timer ??= this.#deps.scheduler.after(turnMs, () => {
      this.#timer = null;
      if (this.#watchers.size === 0) return;
      this.#nextTurn();
      for (const [tenant, due] of this.#due()) void this.#look(tenant, due);
    });
  }

  /** Whose turn it is and who is taken along, by tenant. */
  #due(): ReadonlyMap<string, readonly DueScope[]> {
    const nowMs = this.#deps.clock.monotonic();
    const byTenant = new Map<string, DueScope[]>();
    const tenants = new Set<string>();
    for (const ofScope of this.#watchers.values()) {
      const watchers = [...ofScope].filter(
        ({ rungMs, lookedMs }) => nowMs - rungMs >= lookAgainMs && nowMs - lookedMs >= takenAlongMs,
      );
      const scope = watchers[0]?.scope;
      if (scope === undefined || this.#looking.has(scope.tenant)) continue;
      const due = byTenant.get(scope.tenant) ?? [];
      byTenant.set(scope.tenant, due);
      due.push({ subscriber: scope.subscriber, watchers });
      if (watchers.some(({ lookedMs }) => nowMs - lookedMs >= lookAgainMs)) tenants.add(scope.tenant);
    }
    return new Map([...byTenant].filter(([tenant]) => tenants.has(tenant)));
  }

  async #look(tenant: string, due: readonly DueScope[]): Promise<void> {
    this.#looking.add(tenant);
    try {
      for (let from = 0; from < due.length; from += scopesALook) {
        await this.#lookFor(tenant, due.slice(from, from + scopesALook));
      }
    } finally {
      this.#looking.delete(tenant);
    }
  }

  async #lookFor(tenant: string, due: readonly DueScope[]): Promise<void> {
    const nowMs = this.#deps.clock.monotonic();
    for (const { watchers } of due) for (const watcher of watchers) watcher.lookedMs = nowMs;
    const subscribers = due.map(({ subscriber }) => subscriber);
    const places = await this.#deps.mailbox.latest(tenant, subscribers).catch(whatPasses);
    if (places === 'away') return;
    for (const [index, { watchers }] of due.entries()) {
      for (const watcher of watchers) this.#found(watcher, places?.[index] ?? null);
    }
  }

  /** `latest`: null where nobody can tell. */
  #found(watcher: Watcher, latest: Place | null): void {
    const isWatching = this.#watchers.get(scopeKey(watcher.scope))?.has(watcher) === true;
    if (!isWatching || (latest !== null && latest === watcher.calledFor)) return;
    watcher.calledFor = latest;
    watcher.listener();
  }
}

/** A mailbox that is away is looked at again. For any other failure the watchers are called: their reads tell it. */
function whatPasses(error: unknown): 'away' | null {
  return error instanceof TxTrailError && error.retryable ? 'away' : null;
}

interface Watcher {
  readonly scope: EventScope;
  readonly listener: () => void;
  /** When its last bell rang, or it began. Monotonic milliseconds, as the next. */
  rungMs: number;
  lookedMs: number;
  /** The newest place that a look found, and that it was called after; null: it is called at the next look. */
  calledFor: Place | null;
}

interface DueScope {
  readonly subscriber: string | null;
  readonly watchers: readonly Watcher[];
}
