import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import type {
  EventBounds,
  EventFilter,
  EventPage,
  EventReader,
  EventScope,
  HistoryPage,
  Place,
} from '../ports/event-reader.ts';
import type { Mailbox } from '../ports/mailbox.ts';
import type { Counter, Histogram, Metrics } from '../ports/metrics.ts';
import type { WakeUp } from '../ports/wake-up.ts';
import { acknowledgedCounter } from './lane-metrics.ts';
import { SentTimes } from './sent-times.ts';

/** A bell is a hint: a reader looks again by itself this often (P15). */
const lookAgainMs = 1_000;
/** How often it is seen whose turn that is: so each looks a second after its own bell, and not all of a node at once. */
const turnMs = 100;

/** Stage 4, DELIVER, the reading half where the mailbox is shared: any node reads for any subscriber. */
export class MailboxReader implements EventReader {
  readonly #mailbox: Mailbox;
  readonly #wakeUp: WakeUp;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #acknowledged: Counter;
  readonly #times: SentTimes;
  readonly #watchers = new Set<Watcher>();
  #timer: Timer | null = null;

  constructor(deps: {
    readonly mailbox: Mailbox;
    readonly wakeUp: WakeUp;
    readonly scheduler: Scheduler;
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly stage: Histogram;
  }) {
    this.#mailbox = deps.mailbox;
    this.#wakeUp = deps.wakeUp;
    this.#scheduler = deps.scheduler;
    this.#clock = deps.clock;
    this.#acknowledged = acknowledgedCounter(deps.metrics);
    this.#times = new SentTimes(deps);
  }

  bounds(scope: EventScope): Promise<EventBounds> {
    return this.#mailbox.bounds(scope);
  }

  async read(scope: EventScope, after: Place, limit: number, filter: EventFilter): Promise<EventPage> {
    const page = await this.#mailbox.read(scope, after, limit, filter);
    if (page.kind === 'page') this.#times.sent(scope, page.events);
    return page;
  }

  acknowledged(scope: EventScope, consumer: string): Promise<Place | null> {
    return this.#mailbox.acknowledged(scope, consumer);
  }

  async acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'> {
    const newly = await this.#mailbox.acknowledge(scope, consumer, upTo);
    if (newly === 'beyond_sent') return newly;
    this.#acknowledged.add(newly);
    if (newly > 0) this.#times.acknowledged(scope, upTo);
    return 'acknowledged';
  }

  history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    return this.#mailbox.history(tenant, transactionId, after, limit);
  }

  watch(scope: EventScope, listener: () => void): () => void {
    const watcher: Watcher = { listener, rungMs: this.#clock.monotonic() };
    const stop = this.#wakeUp.watch(scope, () => {
      watcher.rungMs = this.#clock.monotonic();
      listener();
    });
    this.#watchers.add(watcher);
    this.#timer ??= this.#scheduler.after(turnMs, () => this.#lookAgain());
    return () => {
      stop();
      this.#watchers.delete(watcher);
    };
  }

  #lookAgain(): void {
    this.#timer = null;
    if (this.#watchers.size === 0) return;
    this.#timer = this.#scheduler.after(turnMs, () => this.#lookAgain());
    const nowMs = this.#clock.monotonic();
    for (const watcher of [...this.#watchers]) {
      if (nowMs - watcher.rungMs < lookAgainMs) continue;
      watcher.rungMs = nowMs;
      watcher.listener();
    }
  }
}

interface Watcher {
  readonly listener: () => void;
  rungMs: number;
}
