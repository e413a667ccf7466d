import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { trackRequestSchema, websocketSubprotocol } from '@txtrail/protocol';
import type { TrackRequest } from '@txtrail/protocol';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Clock, Random, Scheduler } from '../../ports/clock.ts';
import type { EventReader } from '../../ports/event-reader.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Metrics } from '../../ports/metrics.ts';
import type { TrackerService } from '../../ports/tracker-service.ts';
import type { Acknowledgements } from '../acknowledgements.ts';
import { notFound, problem, problemAnswer } from '../answer.ts';
import { bearerSecret, notAuthenticated } from '../authentication.ts';
import type { Authentication, Authenticator } from '../authentication.ts';
import type { Caller } from '../caller.ts';
import type { CursorCodec } from '../cursor.ts';
import type { WebsocketLimits } from '../gateway-limits.ts';
import { sendRawAnswer } from '../raw-answer.ts';
import { createValidation } from '../validation.ts';
import { Connection } from './connection.ts';
import { createFrameReader } from './frame-reader.ts';

const websocketPath = '/v1/ws';

export interface WebsocketServerDeps {
  readonly authenticator: Authenticator;
  readonly tracker: TrackerService;
  readonly events: EventReader;
  readonly acknowledgements: Acknowledgements;
  readonly cursors: CursorCodec;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly eventsSent: Counter;
  readonly isDraining: () => boolean;
}

export interface WebsocketServer {
  /** For the HTTP server's `upgrade`. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Tells every client to come back a little later, and closes. */
  drain(): void;
}

/** Takes sockets over from the HTTP server and keeps them until they close. */
export function createWebsocketServer(
  options: { readonly limits: WebsocketLimits },
  deps: WebsocketServerDeps,
): WebsocketServer {
  const { limits } = options;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    handleProtocols: (offered) => (offered.has(websocketSubprotocol) ? websocketSubprotocol : false),
  });
  const readFrame = createFrameReader();
  const checkTrack = createValidation().body<TrackRequest>(trackRequestSchema);
  const open = deps.metrics.gauge({ name: 'txtrail_websocket_connections', help: 'Open WebSocket connections.' });
  const onEventsSent = (count: number): void => deps.eventsSent.add(count, { channel: 'websocket' });

  function accept(websocket: WebSocket, stream: Socket, caller: Caller | null): void {
    const connection = new Connection(
      { limits, caller },
      { ...deps, websocket, stream, readFrame, checkTrack, onEventsSent },
    );
    connections.add(connection);
    open.set(connections.size);
    websocket.once('close', () => {
      connections.delete(connection);
      open.set(connections.size);
    });
    connection.start();
  }

  return {
    upgrade: (request, socket, head) => {
      const admission = admit(request, deps);
      if (admission.kind === 'refused') return sendRawAnswer(socket, problemAnswer(admission.problem));
      server.handleUpgrade(request, socket, head, (websocket) => accept(websocket, socket, admission.caller));
    },
    drain: () => {
      for (const connection of connections) {
        connection.drain(Math.round(deps.random.fraction() * limits.reconnectSpreadMs));
      }
    },
  };
}

type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller | null }
  | { readonly kind: 'refused'; readonly problem: ReturnType<typeof problem> };

/**
 * Decides by what the client shows, never by its `Origin`: a browser sends no cookie of ours with
 * the handshake, so a page of another origin has nothing but the token that it was given.
 */
function admit(request: IncomingMessage, deps: WebsocketServerDeps): Admission {
  if (request.url?.split('?')[0] !== websocketPath) return { kind: 'refused', problem: notFound() };
  if (deps.isDraining()) return refused('shutting_down', 'The server is going down; connect again.');
  const found = authenticate(request, deps.authenticator);
  if (found !== null && found.kind !== 'caller') {
    const detail = 'Send a valid key or token, or no header and then an auth frame.';
    return { kind: 'refused', problem: notAuthenticated(found.kind, detail) };
  }
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  // A client that names no subprotocol takes ours; one that names only others would misread us.
  if (offered !== undefined && !offered.includes(websocketSubprotocol)) {
    return refused('bad_request', `The subprotocol is ${websocketSubprotocol}.`);
  }
  return { kind: 'admitted', caller: found?.caller ?? null };
}

/** null: no header, the first frame must say it. */
function authenticate({ headers }: IncomingMessage, authenticator: Authenticator): Authentication | null {
  if (headers.authorization === undefined) return null;
  const secret = bearerSecret(headers.authorization);
  return secret === null ? { kind: 'unknown' } : authenticator.authenticate(secret);
}

function refused(code: Parameters<typeof problem>[0], detail: string): Admission {
  return { kind: 'refused', problem: problem(code, detail) };
}
