import type { ErrorCode } from '@txtrail/protocol';
import { apiKey } from '../../seed-plan.ts';
import { Followed } from '../followed.ts';
import { problemOf } from '../answer-check.ts';
import { ProbeSocket } from './probe-socket.ts';
import type { Misdeed } from './rogue.ts';

/** What must be refused on a socket, and how; null: it is answered as if there were something. */
const odd: readonly { readonly frame: object; readonly code: ErrorCode | null }[] = [
  { frame: { type: 'subscribe', id: 'a', subscriber: 'nobody at all', window: 1 }, code: null },
  { frame: { type: 'subscribe', id: 'a', window: 1 }, code: 'invalid_request' },
  { frame: { type: 'subscribe', id: 'b', transaction: 'tx_00000000000000000000000000000000' }, code: null },
  { frame: { type: 'subscribe', id: 'c', chain: 'eip155:999999' }, code: 'unknown_chain' },
  { frame: { type: 'subscribe', id: 'd', window: 5_000 }, code: 'invalid_request' },
  { frame: { type: 'subscribe', id: 'e', types: [] }, code: 'invalid_request' },
  { frame: { type: 'subscribe' }, code: 'invalid_request' },
  { frame: { type: 'unsubscribe', id: 'z' }, code: 'not_found' },
  { frame: { type: 'sing', id: 'z' }, code: 'invalid_request' },
  {
    frame: { type: 'track', id: 't', transaction: { chain: 'nowhere', hash: `0x${'1'.repeat(64)}` } },
    code: 'unknown_chain',
  },
];

/** Subscribes to what does not exist, twice by one name, and asks for what there is not (F48). */
export const subscribesNonsense: Misdeed = async (deps) => {
  const { context } = deps;
  const probe = await ProbeSocket.open(deps, apiKey);
  if (probe === null) return;
  for (const { frame, code } of odd) {
    probe.send(frame);
    const answer = await probe.next();
    if (answer === null || answer.type === 'reconnect') break;
    const found = answer.type === 'error' ? answer.code : null;
    if (found !== code) context.report(`F48 ${JSON.stringify(frame)} gave ${JSON.stringify(answer)}`);
    else if (frame === odd.at(-1)?.frame) context.reach('every odd frame refused');
  }
  probe.line.close();
};

/** So many subscribers want the same transaction. */
const subscribers = 12;

/** One transaction for many subscribers, and many subscriptions to it on one socket (F48). */
export const sameHashOften: Misdeed = async (deps) => {
  const { api, context, notes, chance } = deps;
  const sent = notes.lastSent;
  if (sent === null) return;
  const all = Array.from({ length: subscribers }, (_, index) => {
    const request = { ...sent, subscriber: `fan ${index}` };
    return new Followed({ request, hash: sent.hash }, deps);
  });
  for (const followed of all) followed.asking();
  const body = JSON.stringify({ transactions: all.map(({ request }) => request) });
  const answer = await api.askUntilAnswered({ method: 'POST', path: '/v1/transactions/batch', body });
  const { results } = JSON.parse(answer.text) as { readonly results: readonly { readonly transaction?: never }[] };
  for (const [index, followed] of all.entries()) {
    const transaction = results[index]?.transaction;
    if (transaction !== undefined) followed.registered(transaction);
    else context.report(`F48 ${JSON.stringify(followed.request)} gave ${JSON.stringify(results[index])}`);
  }
  const probe = await ProbeSocket.open(deps, apiKey);
  const transaction = all[0]?.shown?.id;
  for (let index = 0; index < subscribers; index += 1) {
    probe?.send({ type: 'subscribe', id: `f${index}`, transaction, from: 'earliest', window: 2 });
  }
  await context.time.sleep(chance.between(2_000, 15_000));
  probe?.line.cut();
};

/** The same transaction with two minds at once: one is created, the other in conflict (F49). */
export const registersAtOdds: Misdeed = async (deps) => {
  const { api, chance, context, notes, otherApi } = deps;
  const sent = notes.lastSent;
  if (sent === null) return;
  const subscriber = `torn ${chance.whole(1, 1_000_000)}`;
  const minds = [3, 5].map((confirmations) => ({ ...sent, subscriber, confirmations }));
  const followed = minds.map((request) => new Followed({ request, hash: sent.hash }, deps));
  for (const one of followed) one.asking();
  const answers = await Promise.all(
    followed.map(({ request }, index) =>
      (index === 0 ? api : otherApi).askUntilAnswered({
        method: 'POST',
        path: '/v1/transactions',
        body: JSON.stringify(request),
      }),
    ),
  );
  const created = answers.filter(({ status }) => status === 201 || status === 200);
  const conflicts = answers.filter((answer) => problemOf(answer)?.code === 'transaction_conflict');
  answers.forEach(({ status, text }, index) => {
    if (status === 201 || status === 200) followed[index]?.registered(JSON.parse(text));
  });
  if (created.length !== 1 || conflicts.length !== 1) {
    context.report(`F49 two minds at once gave ${answers.map(({ status }) => status).join()}`);
  } else context.reach('two minds at once about one transaction');
};
