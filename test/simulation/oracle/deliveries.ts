import type { TxTrailEvent } from '@txtrail/protocol';
import type { SometimesState } from './sometimes.ts';

/** Where a reader that begins, or comes back, says that it stands. */
export type ResumePlace =
  /** The oldest kept. */
  | { readonly fromStart: true }
  /** Behind this number of its subscriber. */
  | { readonly afterSeq: number }
  /** Behind the delivery that came with this cursor, to this reader or another one of the same scope. */
  | { readonly afterCursor: string }
  /** Behind what this consumer acknowledged. */
  | { readonly acknowledgedBy: string }
  /** Only what is new. */
  | { readonly fromLatest: true };

/** Which events a reader asked for; what is left out narrows nothing. */
export interface ReaderFilter {
  readonly types?: readonly string[] | undefined;
  readonly transaction?: string | undefined;
  readonly chain?: string | undefined;
}

export type Resumption = ResumePlace & {
  readonly reader: string;
  /** null: the whole tenant. */
  readonly subscriber: string | null;
  readonly filter?: ReaderFilter | undefined;
};

/** One delivery to one reader: a socket, a poll, an event stream. */
export interface Delivery {
  readonly reader: string;
  /** What a reader that was not introduced by `resumed` reads, from the oldest on; null: the whole tenant. */
  readonly subscriber?: string | null | undefined;
  readonly event: TxTrailEvent;
  /** The bytes as they came. */
  readonly text: string;
  readonly cursor: string;
  /** Simulated milliseconds. */
  readonly atMs: number;
}

interface Numbered {
  readonly event: TxTrailEvent;
  readonly text: string;
  readonly firstAtMs: number;
}

interface Ledger {
  /** By `seq` − 1; holes where nobody was told yet. */
  readonly events: (Numbered | undefined)[];
  /** How many from the first on are known without a hole. */
  complete: number;
}

interface Step {
  readonly subscriber: string;
  readonly seq: number;
  readonly cursor: string;
}

interface Reader {
  subscriber: string | null;
  filter: ReaderFilter | null;
  /** By subscriber, the number behind which it stands. */
  places: Map<string, number>;
  /** Until its first event, the lowest number at which it may begin, where that is below `places`. */
  lowest: number | null;
  /** Until its first event, whose acknowledgement it asked to stand behind: what is sent meanwhile may arrive before it. */
  standsBy: string | null;
  /** It begins wherever the server's newest is. */
  fromLatest: boolean;
  trail: Step[];
  resumed: boolean;
  /** By subscriber, the highest number that it ever had, before it came back too. */
  readonly had: Map<string, number>;
}

interface Acknowledged {
  /** Surely durable. */
  least: number;
  /** Sent, and perhaps lost with its connection. */
  most: number;
}

/**
 * What was delivered to whom. Holds I03 to I05 and I24: the numbers of a subscriber without a gap,
 * one number one event with the same bytes for every reader and for ever, and after a return exactly
 * what is missing.
 */
export class Deliveries {
  readonly #ledgers = new Map<string, Ledger>();
  readonly #seqOf = new Map<string, number>();
  readonly #readers = new Map<string, Reader>();
  readonly #acknowledged = new Map<string, Acknowledged>();
  /** What readers with a filter passed over while nobody knew what it was. */
  readonly #unknown: { reader: string; filter: ReaderFilter; subscriber: string; after: number; seq: number }[] = [];
  readonly #reach: (state: SometimesState) => void;
  /** Gets each event once, in the order of its subscriber's numbers. */
  readonly #onNext: (event: TxTrailEvent, atMs: number) => readonly string[];
  #crashedAtMs: number | null = null;

  constructor(
    reach: (state: SometimesState) => void,
    onNext: (event: TxTrailEvent, atMs: number) => readonly string[],
  ) {
    this.#reach = reach;
    this.#onNext = onNext;
  }

  crashed(atMs: number): void {
    this.#crashedAtMs = atMs;
  }

  resumed(resumption: Resumption): void {
    const { reader: name, subscriber, filter } = resumption;
    const before = this.#readers.get(name);
    const reader: Reader = {
      ...{ subscriber, filter: filter ?? null, places: new Map<string, number>(), lowest: null, standsBy: null },
      ...{ fromLatest: 'fromLatest' in resumption, trail: [], resumed: before !== undefined },
      had: before?.had ?? new Map<string, number>(),
    };
    if ('afterSeq' in resumption && subscriber !== null) reader.places.set(subscriber, resumption.afterSeq);
    if ('afterCursor' in resumption) this.#standBehind(reader, resumption.afterCursor, before);
    if ('acknowledgedBy' in resumption) this.#standByAcknowledgement(reader, resumption.acknowledgedBy);
    if ([...reader.places.values()].some((seq) => seq > 0)) this.#reach('resumed in the middle');
    this.#readers.set(name, reader);
  }

  /** `durable` false: it was sent, and nobody said that it arrived. */
  acknowledged(subscriber: string, consumer: string, seq: number, durable: boolean): void {
    const key = keyOf(subscriber, consumer);
    const before = this.#acknowledged.get(key) ?? { least: 0, most: 0 };
    const least = durable ? Math.max(before.least, seq) : before.least;
    const most = Math.max(before.most, seq);
    this.#acknowledged.set(key, { least, most });
    for (const reader of this.#readers.values()) {
      const place = reader.places.get(subscriber) ?? 0;
      if (reader.standsBy !== key || most <= place) continue;
      reader.lowest ??= place;
      reader.places.set(subscriber, most);
    }
  }

  /** The server said that the place asked for is too old, and where the oldest event is now. */
  reset(reader: string, oldestSeq: number): readonly string[] {
    const standing = this.#readers.get(reader);
    if (standing === undefined || standing.subscriber === null) return [];
    const after = standing.places.get(standing.subscriber) ?? 0;
    standing.places.set(standing.subscriber, oldestSeq - 1);
    standing.lowest = null;
    standing.standsBy = null;
    return oldestSeq > after + 1
      ? []
      : [`I24 ${reader} was reset to ${oldestSeq}, though it asked for what follows ${after}`];
  }

  received(delivery: Delivery): readonly string[] {
    const { event, atMs } = delivery;
    const problems: string[] = [];
    const known = this.#numbered(delivery, problems);
    const isRepeat = this.#follow(delivery, problems);
    if (isRepeat) this.#reach('repeat after a reconnect');
    if (known !== null) {
      const wasBefore = this.#crashedAtMs !== null && known.firstAtMs < this.#crashedAtMs;
      if (isRepeat && wasBefore) this.#reach('repeat after a crash');
      return problems;
    }
    if (this.#crashedAtMs !== null) this.#reach('first told after a crash');
    problems.push(...this.#advance(this.#ledger(event.subscriber), atMs));
    return problems;
  }

  /** At the end: every number was told to somebody, and all that a reader asked for to it. */
  settled(upToDate: readonly string[]): readonly string[] {
    const problems: string[] = [];
    for (const [subscriber, ledger] of this.#ledgers) {
      if (ledger.complete < ledger.events.length) {
        problems.push(
          `I03 ${subscriber}: seq ${ledger.complete + 1} was never delivered, and ${ledger.events.length} was`,
        );
      }
    }
    for (const { reader, filter, subscriber, after, seq } of this.#unknown) {
      const missed = this.#passedOver(filter, subscriber, after, seq);
      if (missed !== null) problems.push(`I03 ${reader} never got ${subscriber} seq ${missed.seq} (${missed.type})`);
    }
    for (const name of upToDate) {
      const reader = this.#readers.get(name);
      problems.push(...(reader === undefined ? [`I03 ${name} never read`] : this.#missing(name, reader)));
    }
    return problems;
  }

  /** Keeps the event under its number; gives what stood there already. */
  #numbered(delivery: Delivery, problems: string[]): Numbered | null {
    const { event, text, atMs } = delivery;
    const seqOfId = this.#seqOf.get(event.id);
    if (seqOfId !== undefined && seqOfId !== event.seq) {
      problems.push(`I04 ${event.id} came to ${placeOf(delivery)}, and before as seq ${seqOfId}`);
    }
    if (!Number.isSafeInteger(event.seq) || event.seq < 1) {
      problems.push(`I05 ${event.id} came to ${placeOf(delivery)}`);
      return { event, text, firstAtMs: atMs };
    }
    const { events } = this.#ledger(event.subscriber);
    const known = events[event.seq - 1];
    if (known === undefined) {
      events[event.seq - 1] = { event, text, firstAtMs: atMs };
      this.#seqOf.set(event.id, event.seq);
      return null;
    }
    const { id, type } = known.event;
    if (id !== event.id) {
      problems.push(`I04 ${event.id} (${event.type}) came to ${placeOf(delivery)}, which was ${id} (${type})`);
    } else if (known.text !== text) {
      problems.push(`I04 ${id} came to ${placeOf(delivery)} with other bytes: ${text} instead of ${known.text}`);
    }
    return known;
  }

  /** Whether it follows in its reader; true where that reader had it before. */
  #follow(delivery: Delivery, problems: string[]): boolean {
    const { reader: name, event, cursor } = delivery;
    const reader = this.#readers.get(name) ?? this.#newcomer(delivery);
    const { subscriber, seq } = event;
    if (reader.subscriber !== null && reader.subscriber !== subscriber) {
      problems.push(`I11 ${name} reads ${reader.subscriber} and got an event of ${subscriber}`);
      return false;
    }
    if (reader.filter !== null && !matches(reader.filter, event))
      problems.push(`${name} got ${event.type} past its filter`);
    const after = reader.places.get(subscriber) ?? 0;
    if (!this.#mayFollow(reader, subscriber, seq, after)) {
      problems.push(
        `${reader.resumed ? 'I24' : 'I05'} ${name}: ${subscriber} seq ${seq} (${event.type}) follows ${after}`,
      );
    }
    if (reader.filter !== null) this.#keepUnknown(name, reader.filter, subscriber, after, seq);
    // A number below what was owed was said above, and what follows is judged from the highest on.
    reader.places.set(subscriber, reader.lowest === null ? Math.max(seq, after) : seq);
    reader.fromLatest = reader.fromLatest && reader.subscriber === null;
    reader.lowest = null;
    reader.standsBy = null;
    reader.trail.push({ subscriber, seq, cursor });
    const had = reader.had.get(subscriber) ?? 0;
    reader.had.set(subscriber, Math.max(had, seq));
    return seq <= had;
  }

  #mayFollow(reader: Reader, subscriber: string, seq: number, after: number): boolean {
    if (reader.fromLatest && !reader.places.has(subscriber)) return seq > this.#ledger(subscriber).complete - 1;
    if (reader.lowest !== null) return seq > reader.lowest && seq <= after + 1;
    if (reader.filter === null) return seq === after + 1;
    return seq > after && this.#passedOver(reader.filter, subscriber, after, seq) === null;
  }

  /** The first event between two numbers that the filter lets through, among those that are known. */
  #passedOver(filter: ReaderFilter, subscriber: string, after: number, seq: number): TxTrailEvent | null {
    const between = this.#ledger(subscriber).events.slice(after, seq - 1);
    return between.find((one) => one !== undefined && matches(filter, one.event))?.event ?? null;
  }

  /** What nobody was told yet is looked at again at the end. */
  #keepUnknown(reader: string, filter: ReaderFilter, subscriber: string, after: number, seq: number): void {
    const { events } = this.#ledger(subscriber);
    for (let number = after + 1; number < seq; number += 1) {
      if (events[number - 1] === undefined) {
        this.#unknown.push({ reader, filter, subscriber, after, seq });
        return;
      }
    }
  }

  #newcomer({ reader, subscriber, event }: Delivery): Reader {
    this.resumed({ reader, subscriber: subscriber === undefined ? event.subscriber : subscriber, fromStart: true });
    return this.#readers.get(reader) as Reader;
  }

  #standBehind(reader: Reader, cursor: string, before: Reader | undefined): void {
    const own = before === undefined ? [] : [before];
    for (const one of [...own, ...this.#readers.values()]) {
      const index =
        one.subscriber === reader.subscriber ? one.trail.findLastIndex((step) => step.cursor === cursor) : -1;
      if (index === -1) continue;
      const places = new Map(one.places);
      for (const step of one.trail.slice(index + 1).reverse()) places.set(step.subscriber, step.seq - 1);
      reader.places = places;
      reader.trail = one.trail.slice(0, index + 1);
      return;
    }
    throw new Error(`no delivery came with the cursor ${cursor}`);
  }

  #standByAcknowledgement(reader: Reader, consumer: string): void {
    const { subscriber } = reader;
    if (subscriber === null) throw new Error('the places of a whole tenant are known by cursor only');
    reader.standsBy = keyOf(subscriber, consumer);
    const { least, most } = this.#acknowledged.get(reader.standsBy) ?? { least: 0, most: 0 };
    reader.places.set(subscriber, most);
    if (least < most) reader.lowest = least;
    if (most > 0) this.#reach('resumed by acknowledgement');
  }

  /** Hands on, in order, what has no hole before it. */
  #advance(ledger: Ledger, atMs: number): readonly string[] {
    const problems: string[] = [];
    for (let next = ledger.events[ledger.complete]; next !== undefined; next = ledger.events[ledger.complete]) {
      ledger.complete += 1;
      problems.push(...this.#onNext(next.event, atMs));
    }
    return problems;
  }

  #missing(name: string, reader: Reader): readonly string[] {
    const subscribers = reader.subscriber === null ? [...this.#ledgers.keys()] : [reader.subscriber];
    return subscribers.flatMap((subscriber) => {
      const place = reader.places.get(subscriber) ?? 0;
      const rest = this.#ledger(subscriber).events.slice(place);
      const owed = rest.find(
        (one) => one !== undefined && (reader.filter === null || matches(reader.filter, one.event)),
      );
      return owed === undefined
        ? []
        : [`I03 ${name} has ${subscriber} up to seq ${place}, and ${owed.event.seq} is owed`];
    });
  }

  #ledger(subscriber: string): Ledger {
    const known = this.#ledgers.get(subscriber);
    if (known !== undefined) return known;
    const made = { events: [], complete: 0 };
    this.#ledgers.set(subscriber, made);
    return made;
  }
}

function keyOf(subscriber: string, consumer: string): string {
  return `${subscriber}\n${consumer}`;
}

function placeOf({ reader, event }: Delivery): string {
  return `${reader} as ${event.subscriber} seq ${event.seq}`;
}

function matches(filter: ReaderFilter, event: TxTrailEvent): boolean {
  const { types, transaction, chain } = filter;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (transaction !== undefined && event.data.transaction?.id !== transaction) return false;
  return chain === undefined || event.data.transaction?.chain === chain;
}
