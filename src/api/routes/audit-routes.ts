import { listQuerySchema } from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import type { AuditPage, AuditTrail } from '../../ports/audit-trail.ts';
import type { Credentials } from '../../ports/credentials.ts';
import { problem, problemAnswer } from '../answer.ts';
import { bearerSecret } from '../authentication.ts';
import { createCursorCodec, type CursorScope } from '../cursor.ts';
import { sendAnswer } from '../http-server.ts';
import { listAnswer, listPlace } from '../list-page.ts';
import { reading } from '../route-deps.ts';

export interface AuditRouteDeps {
  readonly audit: AuditTrail;
  readonly credentials: Credentials;
}

const scope: CursorScope = { kind: 'audit', tenant: '', subject: null };

/** `GET /v1/audit` of the admin port: the whole trail, oldest first, with the hashes that chain it. */
export function registerAuditRoutes(app: FastifyInstance, { audit, credentials }: AuditRouteDeps): void {
  const cursors = createCursorCodec(credentials.cursorSecret);
  app.route({
    method: 'GET',
    url: '/v1/audit',
    schema: { querystring: listQuerySchema },
    onRequest: (request, reply, done) => {
      const key = bearerSecret(request.headers.authorization);
      if (key !== null && credentials.isAdmin(key)) done();
      else void sendAnswer(reply, problemAnswer(adminKeyNeeded()));
    },
    handler: reading(async (request) => {
      const query = request.query as { readonly limit: number; readonly cursor?: string };
      const after = listPlace(cursors, scope, query.cursor);
      if (after.kind === 'refused') return after.answer;
      const { entries, next } = await audit.page(after.place, query.limit);
      return listAnswer(cursors, scope, entries.map(shown), next);
    }),
  });
}

export function adminKeyNeeded(): ReturnType<typeof problem> {
  return problem('unauthorized', 'Send the admin key: Authorization: Bearer KEY.');
}

function shown({
  number,
  timeMs,
  actor,
  from,
  action,
  subject,
  tenant,
  facts,
  previous,
  hash,
}: AuditPage['entries'][number]): string {
  const time = new Date(timeMs).toISOString();
  return JSON.stringify({ number, time, actor, from, action, subject, tenant, facts, previous, hash });
}
