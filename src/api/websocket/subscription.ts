import { windowLimits } from '@txtrail/protocol';
import type { EventFilter, EventReader, EventScope, Place } from '../../ports/event-reader.ts';
import type { Acknowledgements } from '../acknowledgements.ts';
import { eventCursorScope } from '../cursor.ts';
import type { CursorCodec, ScopedCursors } from '../cursor.ts';

export interface SubscriptionOptions {
  readonly id: string;
  readonly scope: EventScope;
  readonly consumer: string;
  readonly filter: EventFilter;
  readonly start: Place;
  readonly window: number | undefined;
  readonly eventsPerRead: number;
}

export interface SubscriptionDeps {
  readonly events: EventReader;
  readonly acknowledgements: Acknowledgements;
  readonly cursors: CursorCodec;
  readonly send: (frame: string) => void;
  /** There may be something to pull again. */
  readonly onReady: (subscription: Subscription) => void;
}

/**
 * One reader of events on a socket. It holds no events: it reads as many as its window has room
 * for, hands them to the socket, and remembers the places that are not acknowledged yet, at most
 * `window` of them. An acknowledgement by the same consumer from anywhere makes room.
 */
export class Subscription {
  readonly id: string;
  readonly consumer: string;
  readonly scope: EventScope;
  /** Of what it reads. */
  readonly cursors: ScopedCursors;
  readonly #options: SubscriptionOptions;
  readonly #deps: SubscriptionDeps;
  readonly #window: number;
  readonly #idJson: string;
  #through: Place;
  #unacknowledged: Place[] = [];
  #stops: (() => void)[] = [];
  #isStopped = false;

  constructor(options: SubscriptionOptions, deps: SubscriptionDeps) {
    this.id = options.id;
    this.consumer = options.consumer;
    this.scope = options.scope;
    this.cursors = deps.cursors.forScope(eventCursorScope(options.scope));
    this.#options = options;
    this.#deps = deps;
    this.#window = options.window ?? windowLimits.default;
    this.#idJson = JSON.stringify(options.id);
    this.#through = options.start;
  }

  /** How far it has read: a place up to here was sent. */
  get through(): Place {
    return this.#through;
  }

  start(): void {
    const { events, acknowledgements, send, onReady } = this.#deps;
    const ready = (): void => onReady(this);
    this.#stops = [events.watch(this.scope, ready), acknowledgements.listen(this.scope, this.consumer, ready)];
    const cursor = this.cursors.encode(this.#through);
    // It stands exactly where it was asked to: what cannot be resumed is refused with `reset`.
    send(`{"type":"subscribed","id":${this.#idJson},"cursor":"${cursor}","recovered":true}`);
    ready();
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  /** Reads and sends once. `more`: there is more to read and room for it. `ended`: nothing will come any more. */
  async pull(onSent: (count: number) => void): Promise<'more' | 'idle' | 'ended'> {
    const limit = Math.min(await this.#credit(), this.#options.eventsPerRead);
    if (this.#isStopped) return 'ended';
    if (limit === 0) return 'idle';
    const page = await this.#deps.events.read(this.scope, this.#through, limit, this.#options.filter);
    if (this.#isStopped) return 'ended';
    if (page.kind === 'too_old') {
      this.#deps.send(resetFrame(this.id, this.cursors.encode(page.oldest)));
      this.stop();
      return 'ended';
    }
    for (const event of page.events) {
      const cursor = this.cursors.encode(event.place);
      this.#deps.send(`{"type":"event","id":${this.#idJson},"cursor":"${cursor}","event":${event.json}}`);
      if (this.#window > 0) this.#unacknowledged.push(event.place);
    }
    this.#through = page.through;
    onSent(page.events.length);
    return page.hasMore ? 'more' : 'idle';
  }

  /** How many events may be sent now. What was acknowledged is asked for only where the window is what holds them up. */
  async #credit(): Promise<number> {
    if (this.#window === 0) return this.#options.eventsPerRead;
    const room = this.#window - this.#unacknowledged.length;
    if (this.#unacknowledged.length > 0 && room < this.#options.eventsPerRead) await this.#forgetAcknowledged();
    return this.#window - this.#unacknowledged.length;
  }

  async #forgetAcknowledged(): Promise<void> {
    const upTo = await this.#deps.events.acknowledged(this.scope, this.consumer);
    if (upTo === null) return;
    const first = this.#unacknowledged.findIndex((place) => place > upTo);
    if (first === -1) this.#unacknowledged = [];
    else if (first > 0) this.#unacknowledged.splice(0, first);
  }
}

export function resetFrame(id: string, oldestCursor: string): string {
  return JSON.stringify({ type: 'reset', id, reason: 'cursor_too_old', oldestCursor });
}
