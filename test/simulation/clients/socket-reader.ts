import type { ServerFrame, TxTrailEvent } from '@txtrail/protocol';
import type { Timer } from '../../../src/ports/clock.ts';
import { Chance } from '../chance.ts';
import { strikes } from '../faults.ts';
import { apiKey } from '../seed-plan.ts';
import type { ClientDeps } from './client-deps.ts';
import { mayTellOfDamage } from './damage-told.ts';
import { comeBackMs, type Reader, silenceMs } from './reader.ts';
import type { Delivered, Reading, Start } from './reading.ts';
import { SocketLine } from './socket-line.ts';

export interface SocketReaderOptions {
  readonly name: string;
  /** One way, milliseconds. */
  readonly latencyMs: number;
  readonly readings: readonly Reading[];
  /** The most events of one subscription that may stand unacknowledged; 0: it asks for no window, and acknowledges nothing. */
  readonly window: number;
  /** It acknowledges after so many events, or when nothing comes for a while. */
  readonly acknowledgesEvery: number;
  /** It takes so long over each acknowledgement, milliseconds. */
  readonly hesitatesMs: number;
  /** The key comes in a first frame, not in a header. */
  readonly authenticatesByFrame: boolean;
}

/** Nothing came for so long: it acknowledges what it has, milliseconds. */
const quietMs = 1_500;

interface Subscribed {
  readonly reading: Reading;
  readonly start: Start;
  unacknowledged: number;
  last: Delivered | null;
  /** What came over this socket and stands open in its window. */
  open: readonly TxTrailEvent[];
}

/** Reads over a WebSocket: several subscriptions, each acknowledged for itself. */
export class SocketReader implements Reader {
  readonly readings: readonly Reading[];
  readonly #options: SocketReaderOptions;
  readonly #deps: ClientDeps;
  readonly #chance: Chance;
  #socket: SocketLine | null = null;
  #subscribed = new Map<string, Subscribed>();
  #quiet: Timer | null = null;
  #heardAtMs = 0;
  #connections = 0;
  #isFinishing = false;

  constructor(options: SocketReaderOptions, deps: ClientDeps) {
    this.#options = options;
    this.readings = options.readings;
    this.#deps = deps;
    this.#chance = new Chance(deps.context.seed, `socket/${options.name}`);
  }

  get isOpen(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  start(): void {
    this.#connections += 1;
    const { seed, armed, time } = this.#deps.context;
    const about = `${this.#options.name}/${this.#connections}`;
    const isSlow = strikes(seed, armed.get('slow_line'), about);
    const line = this.#deps.connect(isSlow ? this.#chance.between(300, 1_500) : this.#options.latencyMs);
    if (line === null) return this.#comeBack();
    const { authenticatesByFrame } = this.#options;
    const socket: SocketLine = new SocketLine(
      line,
      { secret: authenticatesByFrame ? null : apiKey },
      {
        onOpen: () => this.#subscribe(socket),
        onText: (text) => this.#take(socket, text),
        onEnd: (code) => this.#ended(socket, code),
      },
    );
    this.#socket = socket;
    this.#heardAtMs = time.nowMs;
    this.#watchSilence(socket);
    const breaksMs = this.#chance.between(500, 60_000);
    if (strikes(seed, armed.get('line_cut'), about, 2)) time.after(breaksMs, () => socket.cut());
    else if (strikes(seed, armed.get('half_open'), about, 2)) time.after(breaksMs, () => socket.fallSilent());
  }

  /** One who must come to an end does not go step by step. */
  get #window(): number {
    const { window } = this.#options;
    return this.#isFinishing && window > 0 ? Math.max(window, 256) : window;
  }

  drop(): void {
    this.#socket?.cut();
  }

  async finish(): Promise<void> {
    const { time } = this.#deps.context;
    const isQuiet = (): boolean => this.isOpen && time.nowMs - this.#heardAtMs >= 2_000;
    const isDone = (): boolean =>
      this.#options.window === 0 || this.readings.every(({ owesAcknowledgement }) => !owesAcknowledgement);
    // The line it has may be dead without a word.
    this.drop();
    this.#isFinishing = true;
    while (!isQuiet() || !isDone()) {
      if (this.isOpen) this.#acknowledgeAll();
      await time.sleep(500);
    }
  }

  #comeBack(): void {
    const { time } = this.#deps.context;
    time.after(this.#chance.between(comeBackMs.least, comeBackMs.most), () => {
      if (this.#socket === null) this.start();
    });
  }

  #ended(socket: SocketLine, code: number | null): void {
    if (this.#socket !== socket) return;
    const { name } = this.#options;
    const { context } = this.#deps;
    // Only what the server cannot read may hinder it.
    const isExpected = code === null || code === 4001 || (code === 1011 && mayTellOfDamage(context));
    if (!isExpected) context.report(`${name} was closed with ${code}`);
    this.#socket = null;
    this.#quiet?.cancel();
    this.#comeBack();
  }

  /** A line that has died without a word. */
  #watchSilence(socket: SocketLine): void {
    const { time } = this.#deps.context;
    time.after(silenceMs / 3, () => {
      if (socket.isOver) return;
      if (time.nowMs - this.#heardAtMs > silenceMs) socket.cut();
      else {
        socket.send({ type: 'ping' });
        this.#watchSilence(socket);
      }
    });
  }

  #subscribe(socket: SocketLine): void {
    const { authenticatesByFrame } = this.#options;
    const window = this.#window;
    if (authenticatesByFrame) socket.send({ type: 'auth', token: apiKey });
    this.#subscribed = new Map();
    this.readings.forEach((reading, index) => {
      const start = reading.begin('socket');
      const id = `s${index}`;
      // What the last connection did not live to acknowledge does not come again where it stands behind it.
      // In the end nothing may be left, so what was on its way is sent again too.
      const owes = this.#isFinishing ? reading.mayOweAcknowledgement : reading.owesAcknowledgement;
      const last = start.kind === 'cursor' && owes ? reading.last : null;
      this.#subscribed.set(id, { reading, start, unacknowledged: last === null ? 0 : 1, last, open: [] });
      const from = start.kind === 'cursor' ? start.cursor : start.kind;
      socket.send({ type: 'subscribe', id, ...reading.scope, ...reading.options.filter, from, window });
    });
  }

  #take(socket: SocketLine, text: string): void {
    const { check, context } = this.#deps;
    this.#heardAtMs = context.time.nowMs;
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.type === 'pong') return;
    if (frame.type === 'event') return this.#receive(socket, frame, text);
    for (const problem of check.ofFrame(frame)) context.report(problem);
    if (frame.type === 'subscribed') return this.#check(frame);
    if (frame.type === 'error' || frame.type === 'reset') context.report(`${this.#options.name} got ${text}`);
  }

  #receive(socket: SocketLine, frame: Extract<ServerFrame, { readonly type: 'event' }>, text: string): void {
    const subscribed = this.#subscribed.get(frame.id);
    if (subscribed === undefined) return this.#deps.context.report(`an event came for nobody: ${text}`);
    const at = text.indexOf('"event":{') + '"event":'.length;
    subscribed.last = subscribed.reading.take(frame.event, text.slice(at, -1), frame.cursor);
    subscribed.unacknowledged += 1;
    this.#checkWindow(subscribed, frame.event);
    const { acknowledgesEvery } = this.#options;
    const hesitatesMs = this.#isFinishing ? 0 : this.#options.hesitatesMs;
    const { time } = this.#deps.context;
    if (subscribed.unacknowledged >= acknowledgesEvery) {
      if (hesitatesMs === 0) this.#acknowledge(socket, frame.id, subscribed);
      else time.after(hesitatesMs, () => this.#acknowledge(socket, frame.id, subscribed));
    }
    this.#quiet?.cancel();
    this.#quiet = time.after(quietMs + hesitatesMs, () => this.#acknowledgeAll());
  }

  /** No more than the window stands open at a time (§4). */
  #checkWindow(subscribed: Subscribed, next: TxTrailEvent): void {
    const window = this.#window;
    if (window === 0) return;
    const { report, reach } = this.#deps.context;
    const { reading, open } = subscribed;
    subscribed.open = [...open, next].filter((event) => !reading.isAcknowledged(event));
    const { length } = subscribed.open;
    if (length === window) reach('a window that is full');
    if (length > window) report(`§4 ${reading.options.name} has ${length} events open in a window of ${window}`);
  }

  #acknowledgeAll(): void {
    const socket = this.#socket;
    if (socket === null) return;
    for (const [id, subscribed] of this.#subscribed) {
      if (subscribed.unacknowledged > 0) this.#acknowledge(socket, id, subscribed);
    }
  }

  #acknowledge(socket: SocketLine, id: string, subscribed: Subscribed): void {
    const { last, reading } = subscribed;
    if (reading.isBeginning) return;
    if (this.#options.window === 0 || last === null || !socket.isOpen || this.#subscribed.get(id) !== subscribed)
      return;
    subscribed.unacknowledged = 0;
    subscribed.open = [];
    reading.acknowledging(last);
    socket.send({ type: 'ack', id, cursor: last.cursor });
  }

  /** It stands exactly where it was asked to. */
  #check({ id, cursor }: Extract<ServerFrame, { readonly type: 'subscribed' }>): void {
    const subscribed = this.#subscribed.get(id);
    subscribed?.reading.begun();
    const start = subscribed?.start;
    if (start?.kind !== 'cursor' || start.cursor === cursor) return;
    this.#deps.context.report(`I24 ${this.#options.name} asked for ${start.cursor} and stands at ${cursor}`);
  }
}
