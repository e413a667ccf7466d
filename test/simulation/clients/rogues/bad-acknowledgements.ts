import type { ErrorCode, ServerFrame } from '@txtrail/protocol';
import { apiKey } from '../../seed-plan.ts';
import { problemOf } from '../answer-check.ts';
import { Followed } from '../followed.ts';
import type { HttpAnswer } from '../http-line.ts';
import { ProbeSocket } from './probe-socket.ts';
import type { Misdeed, RogueDeps } from './rogue.ts';

const window = 5;

/** Reads and never acknowledges: it gets its window full, and not one more (F46). */
export const neverAcknowledges: Misdeed = async (deps) => {
  const { context } = deps;
  const probe = await ProbeSocket.open(deps, apiKey);
  if (probe === null) return;
  probe.send({ type: 'subscribe', id: 'n', consumer: 'never', from: 'ack', window });
  await context.time.sleep(20_000);
  const events = probe.waiting.filter(({ type }) => type === 'event').length;
  if (events > window) context.report(`I17 ${events} events came into a window of ${window}`);
  if (events === window) context.reach('window full of what is never acknowledged');
  probe.line.close();
};

/** Acknowledges twice, backwards, nonsense, and what is another's: nothing of it changes anything (F46). */
export const acknowledgesNonsense: Misdeed = async (deps) => {
  const { context, chance, notes } = deps;
  const subscriber = chance.pick(context.plan.subscribers);
  const consumer = `nonsense ${chance.whole(1, 1_000_000)}`;
  const page = await firstEvents(deps, { subscriber, consumer, from: 'earliest', limit: '3' });
  const [first, second] = page?.cursors ?? [];
  if (first === undefined || second === undefined) return;
  for (const cursor of [second, second, first]) await acknowledge(deps, { subscriber, consumer, cursor }, null);
  const foreign = notes.cursorsOf(null)?.newest;
  const bad = [
    'nonsense',
    `${second.slice(0, -1)}${second.endsWith('A') ? 'B' : 'A'}`,
    `${second}=`,
    foreign ?? 'none',
  ];
  for (const cursor of bad) await acknowledge(deps, { subscriber, consumer, cursor }, 'invalid_cursor');
  await acknowledgeOnSocket(deps, { subscriber, consumer, bad, good: first });
  const after = await firstEvents(deps, { subscriber, consumer, from: 'ack', limit: '1' });
  const expected = page?.events[2];
  if (after !== null && expected !== undefined && after.events[0]?.id !== expected.id) {
    context.report(
      `F46 after nonsense ${consumer} of ${subscriber} stands before ${after.events[0]?.id}, not ${expected.id}`,
    );
  }
  await acknowledgeBeyond(deps);
};

interface Page {
  readonly events: readonly { readonly id: string }[];
  readonly cursors: readonly string[];
  readonly nextCursor: string;
}

async function firstEvents({ api }: RogueDeps, query: Readonly<Record<string, string>>): Promise<Page | null> {
  const path = `/v1/events?${new URLSearchParams(query).toString()}`;
  const answer = await api.askUntilAnswered({ method: 'GET', path });
  return answer.status === 200 ? (JSON.parse(answer.text) as Page) : null;
}

/** @param code how it must be refused; null: it must not be */
async function acknowledge(
  { api, context }: RogueDeps,
  body: Readonly<Record<string, string>>,
  code: ErrorCode | null,
): Promise<void> {
  const text = JSON.stringify(body);
  const answer = await api.askUntilAnswered({ method: 'POST', path: '/v1/events/ack', body: text });
  if ((problemOf(answer)?.code ?? null) !== code)
    context.report(`F46 the acknowledgement ${text} gave ${told(answer)}`);
}

async function acknowledgeOnSocket(
  deps: RogueDeps,
  about: {
    readonly subscriber: string;
    readonly consumer: string;
    readonly bad: readonly string[];
    readonly good: string;
  },
): Promise<void> {
  const { subscriber, consumer, bad, good } = about;
  const probe = await ProbeSocket.open(deps, apiKey);
  if (probe === null) return;
  probe.send({ type: 'subscribe', id: 'b', subscriber, consumer, from: 'latest' });
  await probe.next();
  probe.send({ type: 'ack', id: 'b', cursor: good });
  for (const cursor of bad) {
    probe.send({ type: 'ack', id: 'b', cursor });
    expectError(await nextAnswer(probe), 'invalid_cursor', `the acknowledgement of ${cursor}`, deps);
  }
  probe.send({ type: 'ack', id: 'nobody', cursor: good });
  expectError(await nextAnswer(probe), 'not_found', 'an acknowledgement for no subscription', deps);
  probe.line.close();
}

/** The next frame that is no event. */
async function nextAnswer(probe: ProbeSocket): Promise<ServerFrame | null> {
  for (;;) {
    const frame = await probe.next();
    if (frame?.type !== 'event') return frame;
  }
}

function expectError(frame: ServerFrame | null, code: ErrorCode, what: string, { context }: RogueDeps): void {
  // No frame: the line was lost.
  if (frame === null || frame.type === 'reconnect' || (frame.type === 'error' && frame.code === code)) return;
  context.report(`${what} gave ${JSON.stringify(frame)} on a socket`);
}

/** Of a subscriber whom nobody reads: the place of its newest event was sent to nobody. */
async function acknowledgeBeyond(deps: RogueDeps): Promise<void> {
  const { context, notes, lives, api } = deps;
  const sent = notes.lastSent;
  if (sent === null) return;
  const life = lives();
  const subscriber = `unread ${Math.round(context.time.nowMs)}`;
  const request = { ...sent, subscriber };
  const followed = new Followed({ request, hash: sent.hash }, deps);
  followed.asking();
  const answer = await api.askUntilAnswered({
    method: 'POST',
    path: '/v1/transactions',
    body: JSON.stringify(request),
  });
  if (answer.status !== 201 && answer.status !== 200) return context.report(`${sent.hash} gave ${told(answer)}`);
  followed.registered(JSON.parse(answer.text));
  await context.time.sleep(20_000);
  const events = await firstEvents(deps, { subscriber, from: 'ack', consumer: 'looks only', limit: '1' });
  const latest = await firstEvents(deps, { subscriber, from: 'latest' });
  if (latest === null || events === null || events.events.length === 0 || events.cursors[0] === latest.nextCursor)
    return;
  // A process takes what was numbered before it began for sent.
  const body = JSON.stringify({ subscriber, cursor: latest.nextCursor });
  const beyond = await api.askUntilAnswered({ method: 'POST', path: '/v1/events/ack', body });
  if (lives() !== life) return;
  if (problemOf(beyond)?.code !== 'ack_beyond_sent')
    return context.report(`F46 ${body} was sent to nobody: ${told(beyond)}`);
  context.reach('acknowledgement refused as beyond what was sent');
  const after = await firstEvents(deps, { subscriber, from: 'ack', limit: '1' });
  if (after?.events[0]?.id === events.events[0]?.id) return;
  context.report(`F46 a refused acknowledgement moved ${subscriber} to ${after?.events[0]?.id}`);
}

function told({ status, text }: HttpAnswer): string {
  return `${status} ${text}`;
}
