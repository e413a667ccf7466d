import type { ErrorCode } from '@txtrail/protocol';
import { apiKey } from '../../seed-plan.ts';
import { problemOf } from '../answer-check.ts';
import { HttpLine } from '../http-line.ts';
import { ProbeSocket } from './probe-socket.ts';
import type { Misdeed, RogueDeps } from './rogue.ts';

/** Comes back to places that are long past, another's, or none at all (F47). */
export const resumesNonsense: Misdeed = async (deps) => {
  const { chance, context, notes } = deps;
  const subscriber = chance.pick(context.plan.subscribers);
  const own = notes.cursorsOf(subscriber);
  const foreign = notes.cursorsOf(null);
  if (own === null || foreign === null) return;
  const broken = `${own.newest.slice(0, 8)}${own.newest[8] === 'A' ? 'B' : 'A'}${own.newest.slice(9)}`;
  // The place of a cursor with its highest byte set is beyond all that there will ever be.
  const future = `${own.newest.slice(0, 3)}_${own.newest.slice(4)}`;
  for (const cursor of [foreign.newest, broken, future, 'x', '..%2F'])
    await resume(deps, subscriber, cursor, 'invalid_cursor');
  await resume(deps, subscriber, own.first, null);
};

/** By one of the three ways to read. @param code how it must be refused; null: it must not be */
async function resume(deps: RogueDeps, subscriber: string, cursor: string, code: ErrorCode | null): Promise<void> {
  const { api, chance, context } = deps;
  const way = chance.pick(['socket', 'poll', 'stream'] as const);
  const found = way === 'socket' ? await onSocket(deps, subscriber, cursor) : await onHttp();
  if (found === undefined || found === code) return;
  context.report(`F47 ${subscriber} at ${cursor} by ${way} gave ${found}, not ${code}`);

  async function onHttp(): Promise<ErrorCode | null | undefined> {
    const query = new URLSearchParams({ subscriber, cursor }).toString();
    if (way === 'poll' || code === null) {
      return (
        problemOf(await api.askUntilAnswered({ method: 'GET', path: `/v1/events?${query}&limit=1` }))?.code ?? null
      );
    }
    const end = deps.connect(5);
    if (end === null) return undefined;
    const line = new HttpLine(end);
    const headers = { authorization: `Bearer ${apiKey}`, 'last-event-id': cursor };
    const answer = await line.ask({
      method: 'GET',
      path: `/v1/events/stream?subscriber=${encodeURIComponent(subscriber)}`,
      headers,
    });
    line.cut();
    if (answer === null || answer.status === 503) return undefined;
    return problemOf(answer)?.code ?? null;
  }
}

/** undefined: it could not be asked. */
async function onSocket(deps: RogueDeps, subscriber: string, from: string): Promise<ErrorCode | null | undefined> {
  const probe = await ProbeSocket.open(deps, apiKey);
  if (probe === null) return undefined;
  probe.send({ type: 'subscribe', id: 'w', subscriber, from, window: 1 });
  const frame = await probe.next();
  probe.line.close();
  if (frame === null || frame.type === 'reconnect') return undefined;
  return frame.type === 'error' ? (frame.code as ErrorCode) : null;
}
