import type { Clock, Scheduler } from '../ports/clock.ts';
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
import { MailboxWatch } from './mailbox-watch.ts';
import { SentTimes } from './sent-times.ts';

/** Stage 4, DELIVER, the reading half where the mailbox is shared: any node reads for any subscriber. */
export class MailboxReader implements EventReader {
  readonly #mailbox: Mailbox;
  readonly #acknowledged: Counter;
  readonly #times: SentTimes;
  readonly #watch: MailboxWatch;

  constructor(deps: {
    readonly mailbox: Mailbox;
    readonly wakeUp: WakeUp;
    readonly scheduler: Scheduler;
    readonly clock: Clock;
    readonly metrics: Metrics;
    readonly stage: Histogram;
  }) {
    this.#mailbox = deps.mailbox;
    this.#acknowledged = acknowledgedCounter(deps.metrics);
    this.#times = new SentTimes(deps);
    this.#watch = new MailboxWatch(deps);
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
    // Who asks may wait for an acknowledgement, and one that another node takes rings no bell here.
    this.#watch.callAtNextLook(scope);
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
    return this.#watch.watch(scope, listener);
  }
}
