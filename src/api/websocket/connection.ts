import type { Socket } from 'node:net';
import { closeCodes } from '@txtrail/protocol';
import type { ClientFrame, ErrorCode, SubscribeFrame, TrackRequest } from '@txtrail/protocol';
import type { RawData, WebSocket } from 'ws';
import type { Clock, Scheduler, Timer } from '../../ports/clock.ts';
import type { EventReader } from '../../ports/event-reader.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TrackerService } from '../../ports/tracker-service.ts';
import type { Acknowledgements } from '../acknowledgements.ts';
import { faultLevel, faultProblem } from '../answer.ts';
import type { Authenticator } from '../authentication.ts';
import { eventScopeOf, otherSubscriber, subscriberOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { canonicalChain } from '../chain-name.ts';
import type { CursorCodec } from '../cursor.ts';
import type { WebsocketLimits } from '../gateway-limits.ts';
import { startPlace } from '../start-place.ts';
import type { SchemaCheck } from '../validation.ts';
import { Acknowledger } from './acknowledger.ts';
import { describeMistakes } from './frame-reader.ts';
import type { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { Heartbeat } from './heartbeat.ts';
import { resetFrame, Subscription } from './subscription.ts';

export interface ConnectionOptions {
  readonly limits: WebsocketLimits;
  /** null: the first frame must be `auth`. */
  readonly caller: Caller | null;
}

export interface ConnectionDeps {
  readonly websocket: WebSocket;
  readonly stream: Socket;
  readonly authenticator: Authenticator;
  readonly tracker: TrackerService;
  readonly events: EventReader;
  readonly acknowledgements: Acknowledgements;
  readonly cursors: CursorCodec;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly readFrame: FrameReader;
  readonly checkTrack: SchemaCheck<TrackRequest>;
  readonly onEventsSent: (count: number) => void;
}

interface Reader {
  readonly subscription: Subscription;
  readonly acknowledger: Acknowledger;
}

/**
 * One socket of a client. Frames are taken in order; subscriptions that have something to read
 * stand in a ready set and are served in turn, one read at a time, and only while the socket takes
 * what is sent. So a socket costs at most `bufferedBytes` and one read beside its windows, whatever
 * the client does, and slows nobody but itself (F45, F46).
 */
export class Connection {
  readonly #limits: WebsocketLimits;
  readonly #deps: ConnectionDeps;
  readonly #writer: FrameWriter;
  readonly #heartbeat: Heartbeat;
  readonly #readers = new Map<string, Reader>();
  readonly #ready = new Set<Subscription>();
  #caller: Caller | null;
  #timer: Timer | null = null;
  #expiry: Timer | null = null;
  #requestsInFlight = 0;
  /** What came while a subscription looked for its place: served after it, in its order. */
  #held: (() => void)[] = [];
  #isPlacing = false;
  #isPumping = false;
  #isClosing = false;

  constructor(options: ConnectionOptions, deps: ConnectionDeps) {
    this.#limits = options.limits;
    this.#deps = deps;
    this.#caller = options.caller;
    const { websocket, stream, scheduler } = deps;
    this.#writer = new FrameWriter(options, {
      websocket,
      stream,
      scheduler,
      onDrain: () => this.#goOn(),
      onSlow: () => this.close(closeCodes.tooSlow, 'too slow'),
    });
    this.#heartbeat = new Heartbeat(options, {
      scheduler,
      ping: () => websocket.ping(),
      isDeaf: () => websocket.isPaused,
      onDead: () => websocket.terminate(),
    });
  }

  start(): void {
    const { websocket, stream, logger } = this.#deps;
    websocket.on('message', (data, isBinary) => this.#take(data, isBinary));
    websocket.on('pong', () => this.#heartbeat.pong());
    websocket.on('error', (error) => logger.debug('socket failed', { error }));
    websocket.on('close', () => this.#stopReading());
    const drained = (): void => this.#writer.drained();
    stream.on('drain', drained);
    websocket.once('close', () => stream.off('drain', drained));
    this.#heartbeat.start();
    if (this.#caller !== null) return this.#become(this.#caller);
    this.#timer = this.#deps.scheduler.after(this.#limits.authTimeoutMs, () =>
      this.close(closeCodes.badToken, 'no key or token came in time'),
    );
  }

  /** Tells the client to come back, then closes. */
  drain(afterMs: number): void {
    this.#send({ type: 'reconnect', afterMs });
    this.close(closeCodes.shutdown, 'shutting down');
  }

  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    const { websocket, scheduler } = this.#deps;
    this.#stopReading();
    // A socket that we had stopped reading could not show us the client's side of the handshake.
    websocket.resume();
    websocket.close(code, reason);
    this.#timer = scheduler.after(this.#limits.closeTimeoutMs, () => websocket.terminate());
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    if (isBinary) return this.close(closeCodes.badFrame, 'frames must be text');
    const read = this.#deps.readFrame(String(data));
    if (read.kind === 'broken') return this.close(closeCodes.badFrame, read.reason);
    if (this.#caller === null) {
      const token = read.kind === 'frame' && read.frame.type === 'auth' ? read.frame.token : null;
      return this.#authenticate(token);
    }
    const caller = this.#caller;
    this.#inOrder(() => {
      if (read.kind === 'mistaken') this.#fail(read.id, read.code, read.message);
      else this.#serve(caller, read.frame);
    });
    this.#updateReading();
  }

  /**
   * The first time it says whose socket this is. Said again, a newer token of the same subscriber
   * lets the socket live on; anybody else's would change whose it is.
   */
  #authenticate(token: string | null): void {
    const found = token === null ? null : this.#deps.authenticator.authenticate(token);
    if (found?.kind === 'expired') return this.close(closeCodes.badToken, 'the token has expired');
    if (found?.kind !== 'caller') return this.close(closeCodes.badToken, 'a valid key or token must come first');
    const { tenant, subscriber } = this.#caller ?? found.caller;
    if (found.caller.tenant !== tenant || found.caller.subscriber !== subscriber) {
      return this.close(closeCodes.badToken, 'not a key or token of this socket');
    }
    this.#become(found.caller);
  }

  /** A socket lives as long as its token: the client comes back with a new one, where it left off. */
  #become(caller: Caller): void {
    this.#caller = caller;
    this.#timer?.cancel();
    this.#timer = null;
    this.#expiry?.cancel();
    this.#expiry = null;
    if (caller.expiresAtMs === null) return;
    this.#expiry = this.#deps.scheduler.after(Math.max(0, caller.expiresAtMs - this.#deps.clock.now()), () =>
      this.close(closeCodes.tokenExpired, 'the token has expired'),
    );
  }

  #inOrder(task: () => void): void {
    if (this.#isPlacing) this.#held.push(task);
    else task();
  }

  /** What a frame needs to know before the next one can be served. */
  #place(id: string, task: () => Promise<void>): void {
    this.#isPlacing = true;
    this.#work(id, task, () => {
      this.#isPlacing = false;
      while (!this.#isPlacing && !this.#isClosing && this.#held.length > 0) this.#held.shift()?.();
    });
  }

  #serve(caller: Caller, frame: ClientFrame): void {
    switch (frame.type) {
      case 'ping':
        return this.#send({ type: 'pong' });
      case 'auth':
        return this.#authenticate(frame.token);
      case 'subscribe':
        return this.#subscribe(caller, frame);
      case 'unsubscribe':
        return this.#unsubscribe(frame.id);
      case 'ack':
        return this.#acknowledge(frame.id, frame.cursor);
      case 'track':
        return this.#track(caller, frame.id, frame.transaction);
    }
  }

  #subscribe(caller: Caller, frame: SubscribeFrame): void {
    const { id } = frame;
    if (this.#readers.has(id)) return this.#fail(id, 'invalid_request', '/id is in use by another subscription');
    if (this.#readers.size >= this.#limits.subscriptionsPerSocket) {
      return this.#fail(
        id,
        'too_many_requests',
        `A socket takes ${this.#limits.subscriptionsPerSocket} subscriptions.`,
      );
    }
    const chain = frame.chain === undefined ? undefined : canonicalChain(this.#deps.tracker, frame.chain);
    if (chain === null) return this.#fail(id, 'unknown_chain', 'The chain is not configured here.');
    const scope = eventScopeOf(caller, frame.subscriber);
    if (scope === null) return this.#forbid(id);
    const consumer = frame.consumer ?? 'default';
    const from = frame.from ?? 'ack';
    const isCursor = from !== 'ack' && from !== 'latest' && from !== 'earliest';
    const filter = { types: frame.types, transaction: frame.transaction, chain };
    const { eventsPerRead } = this.#limits;
    this.#place(id, async () => {
      const start = await startPlace({ scope, consumer, from, isCursor }, this.#deps);
      if (this.#isClosing) return;
      if (start.kind === 'invalid') this.#fail(id, 'invalid_cursor', 'The cursor was not given for what is read.');
      else if (start.kind === 'too_old') this.#writer.send(resetFrame(id, start.oldestCursor));
      else this.#read({ id, scope, consumer, filter, start: start.place, window: frame.window, eventsPerRead });
    });
  }

  #read(options: ConstructorParameters<typeof Subscription>[0]): void {
    const { events, acknowledgements, cursors } = this.#deps;
    const subscription = new Subscription(options, {
      events,
      acknowledgements,
      cursors,
      send: (frame) => this.#writer.send(frame),
      onReady: (ready) => {
        this.#ready.add(ready);
        void this.#pump();
      },
    });
    const acknowledger = new Acknowledger({ subscription }, { acknowledgements });
    this.#readers.set(options.id, { subscription, acknowledger });
    subscription.start();
  }

  #unsubscribe(id: string): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return this.#fail(id, 'not_found', 'There is no subscription by this id.');
    this.#forget(reader.subscription);
    this.#send({ type: 'unsubscribed', id });
  }

  #acknowledge(id: string, cursor: string): void {
    const reader = this.#readers.get(id);
    if (reader === undefined) return this.#fail(id, 'not_found', 'There is no subscription by this id.');
    const place = reader.subscription.cursors.decode(cursor);
    if (place === null) return this.#fail(id, 'invalid_cursor', 'The cursor was not given for what is read.');
    this.#work(id, async () => {
      const outcome = await reader.acknowledger.acknowledge(place);
      if (outcome === 'beyond_sent') this.#fail(id, 'ack_beyond_sent', 'Only what was sent can be acknowledged.');
    });
  }

  #track(caller: Caller, id: string, transaction: TrackRequest): void {
    const { checkTrack, tracker } = this.#deps;
    if (!checkTrack(transaction)) {
      return this.#fail(id, 'invalid_request', describeMistakes(checkTrack, '/transaction'));
    }
    const whose = subscriberOf(caller, transaction.subscriber);
    if (whose.kind === 'forbidden') return this.#forbid(id);
    this.#work(id, async () => {
      const outcome = await tracker.track(caller.tenant, { ...transaction, subscriber: whose.subscriber });
      if (outcome.outcome === 'refused') this.#fail(id, outcome.code, outcome.detail);
      else this.#send({ type: 'tracked', id, transaction: outcome.transaction });
    });
  }

  /**
   * Work that waits for the disk: so much of it at a time, then the socket is not read until some is
   * done. `done` comes after its answer, of whatever kind.
   */
  #work(id: string, task: () => Promise<void>, done: () => void = () => undefined): void {
    this.#requestsInFlight += 1;
    task()
      .catch((error: unknown) => {
        this.#deps.logger.warn('a frame failed', { error });
        const { code, detail } = faultProblem(error);
        this.#fail(id, code, detail);
      })
      .finally(() => {
        this.#requestsInFlight -= 1;
        done();
        this.#updateReading();
      });
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (;;) {
        const [next] = this.#ready;
        if (next === undefined || this.#isClosing || this.#writer.isFull) break;
        this.#ready.delete(next);
        const outcome = await next.pull(this.#deps.onEventsSent);
        if (outcome === 'more') this.#ready.add(next);
        if (outcome === 'ended') this.#forget(next);
      }
    } catch (error) {
      this.#deps.logger[faultLevel(error)]('events cannot be read', { error });
      this.close(1011, 'internal error');
    } finally {
      this.#isPumping = false;
    }
  }

  #forget(subscription: Subscription): void {
    subscription.stop();
    this.#ready.delete(subscription);
    if (this.#readers.get(subscription.id)?.subscription === subscription) this.#readers.delete(subscription.id);
  }

  #goOn(): void {
    this.#updateReading();
    void this.#pump();
  }

  #updateReading(): void {
    const { websocket } = this.#deps;
    if (this.#isClosing) return;
    const waiting = this.#requestsInFlight + this.#held.length;
    if (waiting >= this.#limits.requestsInFlight || this.#writer.isFull) websocket.pause();
    else if (websocket.isPaused) websocket.resume();
  }

  #fail(id: string | null, code: ErrorCode, message: string): void {
    this.#send({ type: 'error', id, code, message });
  }

  #forbid(id: string): void {
    const { code, detail } = otherSubscriber();
    this.#fail(id, code, detail);
  }

  #send(frame: object): void {
    this.#writer.send(JSON.stringify(frame));
  }

  #stopReading(): void {
    this.#isClosing = true;
    this.#timer?.cancel();
    this.#expiry?.cancel();
    this.#heartbeat.stop();
    this.#writer.stop();
    this.#held = [];
    this.#ready.clear();
    for (const { subscription } of this.#readers.values()) subscription.stop();
    this.#readers.clear();
  }
}
