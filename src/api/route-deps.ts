import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Bell } from '../lib/bell.ts';
import type { Clock, Random, Scheduler } from '../ports/clock.ts';
import type { EventReader } from '../ports/event-reader.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Gauge } from '../ports/metrics.ts';
import type { TrackerService } from '../ports/tracker-service.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Answer } from './answer.ts';
import type { Authenticator } from './authentication.ts';
import type { CursorCodec } from './cursor.ts';
import type { GatewayLimits } from './gateway-limits.ts';
import { sendAnswer } from './http-server.ts';
import type { Idempotency } from './idempotency.ts';

/** What the routes of the gateway stand on. */
export interface RouteDeps {
  readonly limits: GatewayLimits;
  readonly authenticator: Authenticator;
  readonly tracker: TrackerService;
  readonly events: EventReader;
  readonly acknowledgements: Acknowledgements;
  readonly cursors: CursorCodec;
  readonly idempotency: Idempotency;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  /** Events that left, by channel. */
  readonly eventsSent: Counter;
  /** Event streams that are open. */
  readonly openStreams: Gauge;
  /** Rings once, when the drain begins. */
  readonly drainBell: Bell;
  /** For those who would listen too late: what they waited for before took its time. */
  readonly isDraining: () => boolean;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** A call that changes nothing. */
export function reading(work: (request: FastifyRequest) => Answer | Promise<Answer>): Handler {
  return async (request, reply) => sendAnswer(reply, await work(request));
}

/** A call that writes: takes an `Idempotency-Key`. */
export function writing(idempotency: Idempotency, work: (request: FastifyRequest) => Promise<Answer>): Handler {
  return async (request, reply) => {
    const header = request.headers['idempotency-key'];
    const call = {
      caller: request.caller,
      key: header === undefined ? null : String(header),
      method: request.method,
      path: request.url,
      body: request.rawBody,
    };
    return sendAnswer(reply, await idempotency.run(call, () => work(request)));
  };
}
