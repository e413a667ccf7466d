import { listQuerySchema } from '@txtrail/protocol';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '@txtrail/protocol';
import type { AuditPage } from '../../ports/audit-trail.ts';
import type { AdminAccess } from '../admin-server.ts';
import { problem, problemAnswer } from '../answer.ts';
import { bearerSecret } from '../authentication.ts';
import { createCursorCodec, type CursorScope } from '../cursor.ts';
import { sendAnswer } from '../http-server.ts';
import { listAnswer, listPlace } from '../list-page.ts';
import { reading } from '../route-deps.ts';

export interface AuditRouteDeps {
  readonly administration: () => AdminAccess | null;
}

const scope: CursorScope = { kind: 'audit', tenant: '', subject: null };

/** `GET /v1/audit` of the admin port: the whole trail, oldest first, with the hashes that chain it. */
export function registerAuditRoutes(app: FastifyInstance, deps: AuditRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/v1/audit',
    schema: { querystring: listQuerySchema },
    onRequest: (request, reply, done) => {
      const access = adminAccess(request.headers.authorization, deps);
      if ('problem' in access) void sendAnswer(reply, problemAnswer(access.problem));
      else done();
    },
    handler: reading(async (request) => {
      const access = adminAccess(request.headers.authorization, deps);
      if ('problem' in access) return problemAnswer(access.problem);
      const { audit, credentials } = access;
      const cursors = createCursorCodec(credentials.cursorSecret);
      const query = request.query as { readonly limit: number; readonly cursor?: string };
      const after = listPlace(cursors, scope, query.cursor);
      if (after.kind === 'refused') return after.answer;
      const { entries, next } = await audit.page(after.place, query.limit);
      return listAnswer(cursors, scope, entries.map(shown), next);
    }),
  });
}

/** What the admin key opens, or why not. */
export function adminAccess(
  authorization: string | undefined,
  deps: AuditRouteDeps,
): AdminAccess | { readonly problem: Problem } {
  const access = deps.administration();
  if (access === null) return { problem: problem('unavailable', 'The process waits for a service; see /readyz.') };
  const key = bearerSecret(authorization);
  if (key !== null && access.credentials.isAdmin(key)) return access;
  return { problem: problem('unauthorized', 'Send the admin key: Authorization: Bearer KEY.') };
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
