import { emptyQuerySchema, sandboxGasSpikeSchema, sandboxReorgSchema, sandboxStallSchema } from '@txtrail/protocol';
import type {
  SandboxGasSpikeRequest,
  SandboxReorgRequest,
  SandboxSession,
  SandboxStallRequest,
} from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import type { SandboxControl, SandboxOutcome } from '../../ports/sandbox-control.ts';
import { jsonAnswer, problem, problemAnswer } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { reading } from '../route-deps.ts';
import { isOwnPage } from '../own-page.ts';

/** The built-in chain of `txtrail sandbox`: its state and its buttons, and the key for the page that shows them. */
export function registerSandboxRoutes(app: FastifyInstance, sandbox: SandboxControl): void {
  const config = { access: 'tenant' } as const;
  const answerOf = (outcome: SandboxOutcome): Answer =>
    outcome.outcome === 'done' ? jsonAnswer(200, sandbox.state()) : refusal(outcome);
  app.get(
    '/sandbox',
    { config, schema: { querystring: emptyQuerySchema } },
    reading(() => jsonAnswer(200, sandbox.state())),
  );
  app.post(
    '/sandbox/reorg',
    { config, schema: { body: sandboxReorgSchema } },
    reading((request) => answerOf(sandbox.reorg((request.body as SandboxReorgRequest).depth))),
  );
  app.post(
    '/sandbox/stall',
    { config, schema: { body: sandboxStallSchema } },
    reading((request) => {
      const { provider, seconds } = request.body as SandboxStallRequest;
      return answerOf(sandbox.stall(provider, seconds));
    }),
  );
  app.post(
    '/sandbox/gas-spike',
    { config, schema: { body: sandboxGasSpikeSchema } },
    reading((request) => answerOf(sandbox.spikeGas((request.body as SandboxGasSpikeRequest).seconds))),
  );
  registerSession(app, sandbox);
}

/** Whoever reads this answer has the key: no page of another origin may, whatever origins the API is open to. */
function registerSession(app: FastifyInstance, { sessionKey }: SandboxControl): void {
  const session: SandboxSession = { key: sessionKey };
  app.get(
    '/sandbox/session',
    {
      onSend: (_request, reply, _payload, done) => {
        for (const name of Object.keys(reply.getHeaders())) {
          if (name.startsWith('access-control-')) reply.removeHeader(name);
        }
        done();
      },
    },
    reading((request) => {
      if (isOwnPage(request.headers, request.ip)) return jsonAnswer(200, session);
      return problemAnswer(
        problem('other_origin', 'The session is for the page that this process serves on this machine alone.'),
      );
    }),
  );
}

function refusal({ detail, path, message }: Extract<SandboxOutcome, { outcome: 'refused' }>): Answer {
  return problemAnswer(problem('invalid_request', detail, { errors: [{ path, message }] }));
}
