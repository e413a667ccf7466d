import type { TxTrailEvent } from '@txtrail/protocol';
import type { ReadingFilter, ReadingPlace } from '../judge.ts';
import type { ClientDeps } from './client-deps.ts';

export interface ReadingOptions {
  /** Of the run, and as the judge knows it. */
  readonly name: string;
  /** null: the whole tenant. */
  readonly subscriber: string | null;
  readonly consumer: string;
  /** null: everything. */
  readonly filter: ReadingFilter | null;
  /** After a break it asks for what its consumer has not acknowledged, else for what follows its last cursor. */
  readonly resumesByAcknowledgement: boolean;
}

export type Channel = 'socket' | 'poll' | 'stream';

/** Where a reader asks to go on. */
export type Start = { readonly kind: 'earliest' | 'ack' } | { readonly kind: 'cursor'; readonly cursor: string };

/** One event as a reader got it. */
export interface Delivered {
  readonly event: TxTrailEvent;
  readonly cursor: string;
}

/**
 * What one reader has and has acknowledged, whichever way it reads: it tells the judge of both, and
 * knows how to go on after a break.
 */
export class Reading {
  readonly options: ReadingOptions;
  readonly #deps: ClientDeps;
  /** Where the server said that reading goes on. */
  #cursor: string | null = null;
  #last: Delivered | null = null;
  /** The highest acknowledgement, and whether the server said that it is durable. */
  #acknowledged: { readonly cursor: string; readonly isDurable: boolean } | null = null;
  #lifeAtBegin = 0;
  #isBeginning = false;

  constructor(options: ReadingOptions, deps: ClientDeps) {
    this.options = options;
    this.#deps = deps;
  }

  /** The newest that it got. */
  get last(): Delivered | null {
    return this.#last;
  }

  get hasAcknowledged(): boolean {
    return this.#acknowledged !== null;
  }

  /** Something that it got is not acknowledged. */
  get owesAcknowledgement(): boolean {
    return this.#last !== null && this.#acknowledged?.cursor !== this.#last.cursor;
  }

  /** The same as far as it knows: what was on its way may be lost with the connection. */
  get mayOweAcknowledgement(): boolean {
    return this.owesAcknowledgement || this.#acknowledged?.isDurable === false;
  }

  /** It asked to go on behind what it has acknowledged, and has no answer yet: acknowledging now, it would not know where it stands. */
  get isBeginning(): boolean {
    return this.#isBeginning;
  }

  /** The server has taken its place. */
  begun(): void {
    this.#isBeginning = false;
  }

  /** Its consumer has acknowledged that far, by this reader or another one, or is about to. */
  isAcknowledged({ seq }: TxTrailEvent): boolean {
    return seq <= (this.#deps.acknowledgedSeqs.get(this.#consumerName) ?? 0);
  }

  /** Members of every call about it. */
  get scope(): Readonly<Record<string, string>> {
    const { subscriber, consumer } = this.options;
    return { ...(subscriber === null ? {} : { subscriber }), consumer };
  }

  /** It begins or comes back. */
  begin(channel: Channel): Start {
    const { context, lives } = this.#deps;
    const { subscriber, consumer, resumesByAcknowledgement } = this.options;
    if (this.#lifeAtBegin > 0 && lives() !== this.#lifeAtBegin && this.#last !== null) {
      context.reach(`resumed across a crash by ${channel}`);
    }
    this.#lifeAtBegin = lives();
    this.begun();
    if (!resumesByAcknowledgement) {
      this.#resume(placeBehind(this.#last));
      return this.#cursor === null ? { kind: 'earliest' } : { kind: 'cursor', cursor: this.#cursor };
    }
    if (subscriber !== null) {
      this.#resume({ acknowledgedBy: consumer });
      return { kind: 'ack' };
    }
    // Places of a whole tenant have no numbers: it is by the cursor that the judge knows them.
    const acknowledged = this.#acknowledged;
    if (acknowledged?.isDurable === false) return this.#backTo(acknowledged);
    this.#resume(placeBehind(acknowledged));
    this.#isBeginning = true;
    return { kind: 'ack' };
  }

  /** One delivery. @param text the event's bytes as they came */
  take(event: TxTrailEvent, text: string, cursor: string): Delivered {
    const { context, check, notes } = this.#deps;
    const { name, subscriber } = this.options;
    context.trace.add(context.time.nowMs, 'event', name, text);
    for (const problem of check.ofEvent(event)) context.report(`${name}: ${problem}`);
    notes.noteCursor(subscriber, cursor);
    const delivered = { event, cursor };
    this.begun();
    this.#last = delivered;
    this.#cursor = cursor;
    const delivery = { reader: name, subscriber, event, text, cursor, atMs: context.time.nowMs };
    for (const problem of context.judge.received(delivery)) context.report(problem);
    return delivered;
  }

  /** The server said that it goes on here, with or without an event. */
  moveTo(cursor: string): void {
    this.begun();
    this.#cursor = cursor;
  }

  /** An acknowledgement is on its way. */
  acknowledging({ event, cursor }: Delivered): void {
    this.#acknowledged = { cursor, isDurable: false };
    this.#tell(event, false);
  }

  /** The server said that it is durable. */
  acknowledged({ event, cursor }: Delivered): void {
    if (this.#acknowledged?.cursor === cursor) this.#acknowledged = { cursor, isDurable: true };
    this.#tell(event, true);
  }

  #backTo({ cursor }: { readonly cursor: string }): Start {
    this.#resume({ afterCursor: cursor });
    return { kind: 'cursor', cursor };
  }

  get #consumerName(): string {
    return JSON.stringify(this.scope);
  }

  #resume(place: ReadingPlace): void {
    const { name, subscriber, filter } = this.options;
    this.#deps.context.judge.resumed({ reader: name, subscriber, filter: filter ?? undefined, ...place });
  }

  #tell(event: TxTrailEvent, durable: boolean): void {
    const { subscriber, consumer } = this.options;
    if (subscriber === null) return;
    const { acknowledgedSeqs } = this.#deps;
    const name = this.#consumerName;
    acknowledgedSeqs.set(name, Math.max(event.seq, acknowledgedSeqs.get(name) ?? 0));
    this.#deps.context.judge.acknowledged({ subscriber, consumer, seq: event.seq, durable });
  }
}

function placeBehind(place: { readonly cursor: string } | null): ReadingPlace {
  return place === null ? { fromStart: true } : { afterCursor: place.cursor };
}
