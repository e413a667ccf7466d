import type { ServerFrame } from '@txtrail/protocol';
import type { ConnectionLimits } from '../client-options.ts';
import type { Credential } from '../credential.ts';
import { onAbort } from '../deps.ts';
import type { ClientDeps } from '../deps.ts';
import { RefusedError, UnreachableError } from '../errors.ts';
import type { ClientEvent } from '../events.ts';
import type { SharedSocket, SocketEnd } from './shared-socket.ts';
import type { SocketPool } from './socket-pool.ts';
import type { Ending, Feed, Transport } from './transport.ts';

export interface WebsocketTransportDeps extends ClientDeps {
  readonly limits: ConnectionLimits;
  readonly pool: SocketPool;
  readonly credential: Credential;
}

/** Errors of the server that pass by themselves. */
const passingCodes = ['too_many_requests', 'overloaded', 'unavailable', 'shutting_down', 'internal'];

/** Reads by a subscription on the client's socket. */
export class WebsocketTransport implements Transport {
  readonly #deps: WebsocketTransportDeps;

  constructor(deps: WebsocketTransportDeps) {
    this.#deps = deps;
  }

  run(feed: Feed, signal: AbortSignal): Promise<Ending> {
    const { pool, limits } = this.#deps;
    const id = pool.nextId();
    return new Promise((resolve) => {
      const finish = (ending: Ending): void => {
        cancel();
        forget();
        socket.detach(id);
        resolve(ending);
      };
      const leave = (ending: Ending): void => {
        socket.send({ type: 'unsubscribe', id });
        finish(ending);
      };
      const frame = (one: ServerFrame): void => {
        if (one.type === 'subscribed') {
          cancel();
          return this.#begin(socket, id, feed, one.cursor);
        }
        const ending = take(one, feed);
        if (ending !== null) (ending.kind === 'full' ? leave : finish)(ending);
      };
      const socket = pool.attach(id, { frame, ended: (end) => finish(this.#endingOf(socket, end)) });
      const cancel = this.#deps.after(limits.answerTimeoutMs, () => socket.lose('a subscription was not answered'));
      const forget = onAbort(signal, () => leave({ kind: 'aborted' }));
      socket.send({ type: 'subscribe', id, ...feed.request, from: feed.queue.restart() });
    });
  }

  #begin(socket: SharedSocket, id: string, feed: Feed, cursor: string): void {
    this.#deps.credential.accepted();
    feed.queue.advance(cursor);
    feed.acknowledgements.use({
      delayMs: this.#deps.limits.acknowledgeDelayMs,
      send: (acknowledged) => socket.send({ type: 'ack', id, cursor: acknowledged }),
    });
    feed.live('websocket');
  }

  #endingOf(socket: SharedSocket, end: SocketEnd): Ending {
    const { credential, pool } = this.#deps;
    const { error } = end;
    if (end.kind === 'fatal') return { kind: 'refused', error };
    if (end.kind === 'token' && !credential.refused(socket.secret)) {
      return {
        kind: 'refused',
        error: new RefusedError('unauthorized', error.message),
      };
    }
    const blamesTransport = end.kind === 'passing' && !end.wasLive;
    return { kind: 'lost', error, blamesTransport, connection: socket, retryInMs: pool.retry.remainingMs() };
  }
}

function take(frame: ServerFrame, feed: Feed): Ending | null {
  switch (frame.type) {
    case 'event':
      if (feed.queue.isFull) return { kind: 'full' };
      feed.queue.add({ event: frame.event as ClientEvent, cursor: frame.cursor });
      return null;
    case 'reset':
      return { kind: 'reset', reason: frame.reason, oldestCursor: frame.oldestCursor };
    case 'error':
      return failed(frame.code, frame.message);
    default:
      return null;
  }
}

function failed(code: string, message: string): Ending {
  if (!passingCodes.includes(code)) return { kind: 'refused', error: new RefusedError(code, message) };
  const error = new UnreachableError(code, message);
  // The socket lives on; this subscription alone tries again.
  return { kind: 'lost', error, blamesTransport: false, connection: {}, retryInMs: 1000 };
}
