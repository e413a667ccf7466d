import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Bell } from '../../lib/bell.ts';
import { Latch } from '../../lib/latch.ts';
import type { Random, Scheduler, Timer } from '../../ports/clock.ts';
import type { EventFilter, EventReader, EventScope, Place } from '../../ports/event-reader.ts';
import type { ScopedCursors } from '../cursor.ts';
import type { StreamLimits } from '../gateway-limits.ts';
import { SlowWatch } from '../slow-watch.ts';
import { eventMessage, heartbeatBlock, positionBlock, resetMessage } from './stream-message.ts';

export interface EventStreamOptions {
  readonly limits: StreamLimits;
  readonly scope: EventScope;
  readonly filter: EventFilter;
  readonly start: Place;
  /** What was asked for is no longer kept: that is said first, and `start` is the oldest there is. */
  readonly isReset: boolean;
  /** The client comes back after this, with its place. Milliseconds. */
  readonly lifetimeMs: number;
}

export interface EventStreamDeps {
  /** Its head has been written. */
  readonly response: ServerResponse;
  /** The TCP socket below it. */
  readonly socket: Socket;
  readonly events: EventReader;
  /** Of the scope. */
  readonly cursors: ScopedCursors;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly drainBell: Bell;
  readonly isDraining: () => boolean;
  readonly onEventsSent: (count: number) => void;
}

/**
 * One client of `GET /v1/events/stream`. It holds no events: what is there is read from the log at
 * the client's pace and written at once, and nothing is read while the socket is full; so it costs
 * at most `bufferedBytes` and one read, whatever the client does (I17). What a filter leaves out
 * moves the client's place all the same, told with the sign of life.
 */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #deps: EventStreamDeps;
  readonly #slowWatch: SlowWatch;
  readonly #latch = new Latch();
  #through: Place;
  /** The place that the client was told last. */
  #told: Place | null = null;
  #heartbeat: Timer | null = null;
  #isOver = false;

  constructor(options: EventStreamOptions, deps: EventStreamDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#through = options.start;
    this.#slowWatch = new SlowWatch(options, { ...deps, stream: deps.socket, onSlow: () => deps.response.destroy() });
  }

  /**
   * Resolves when the client is gone or the stream was ended.
   *
   * @throws what the reader throws; the stream is cut then, so that the client comes back.
   */
  async run(): Promise<void> {
    const { response, socket, events, scheduler, drainBell, isDraining } = this.#deps;
    const { scope, lifetimeMs } = this.#options;
    const gone = (): void => this.#stop();
    const drained = (): void => {
      this.#slowWatch.stop();
      this.#latch.set();
    };
    response.once('close', gone);
    socket.on('drain', drained);
    const stops = [events.watch(scope, () => this.#latch.set()), drainBell.listen(() => this.#endAtDrain())];
    const lifetime = scheduler.after(lifetimeMs, () => this.#end(''));
    this.#open();
    this.#beat();
    if (isDraining()) this.#endAtDrain();
    try {
      await this.#pump();
    } catch (error) {
      response.destroy();
      throw error;
    } finally {
      for (const stop of stops) stop();
      lifetime.cancel();
      this.#heartbeat?.cancel();
      socket.off('drain', drained);
    }
  }

  async #pump(): Promise<void> {
    while (!this.#isOver) {
      this.#latch.reset();
      const hasMore = !this.#slowWatch.isFull && (await this.#readOnce());
      if (!hasMore && !this.#isOver) await this.#latch.wait();
    }
  }

  /** @returns whether there is more to read right now. */
  async #readOnce(): Promise<boolean> {
    const { events, cursors, onEventsSent } = this.#deps;
    const { scope, filter, limits } = this.#options;
    const page = await events.read(scope, this.#through, limits.eventsPerRead, filter);
    if (this.#isOver) return false;
    if (page.kind === 'too_old') {
      this.#reset(page.oldest);
      return true;
    }
    this.#through = page.through;
    const last = page.events.at(-1);
    if (last === undefined) return page.hasMore;
    const told = page.events.map(({ place, type, json }) => eventMessage(cursors.encode(place), type, json));
    this.#write(told.join(''));
    this.#told = last.place;
    onEventsSent(page.events.length);
    return page.hasMore;
  }

  /** Who comes back before the first event comes back to here, and not to where it first asked for. */
  #open(): void {
    const { isReset, start, limits } = this.#options;
    this.#write(positionBlock(this.#deps.cursors.encode(start), limits.retryMs));
    this.#told = start;
    if (isReset) this.#reset(start);
  }

  #reset(oldest: Place): void {
    this.#through = oldest;
    this.#told = oldest;
    this.#write(resetMessage(this.#deps.cursors.encode(oldest)));
  }

  #beat(): void {
    this.#heartbeat = this.#deps.scheduler.after(this.#options.limits.heartbeatMs, () => {
      if (!this.#slowWatch.isFull) this.#write(heartbeatBlock(this.#untold()));
      this.#beat();
    });
  }

  /** How far it has read, where the client does not know it yet; it does from here on. */
  #untold(): string | null {
    if (this.#told === this.#through) return null;
    this.#told = this.#through;
    return this.#deps.cursors.encode(this.#through);
  }

  #write(text: string): void {
    this.#deps.response.write(text);
    this.#slowWatch.written();
  }

  /** Everybody comes back at once after a restart: so each is told a time of its own. */
  #endAtDrain(): void {
    const { retryMs, reconnectSpreadMs } = this.#options.limits;
    this.#end(`retry: ${retryMs + Math.round(this.#deps.random.fraction() * reconnectSpreadMs)}\n`);
  }

  #end(retryLine: string): void {
    if (this.#isOver) return;
    const { response, socket, scheduler } = this.#deps;
    this.#stop();
    // A client that does not read would hold its connection, and a drain, for ever.
    const cut = scheduler.after(this.#options.limits.closeTimeoutMs, () => response.destroy());
    response.once('close', () => cut.cancel());
    response.end(retryLine + heartbeatBlock(this.#untold()), () => socket.end());
  }

  #stop(): void {
    this.#isOver = true;
    this.#heartbeat?.cancel();
    this.#slowWatch.stop();
    this.#latch.set();
  }
}
