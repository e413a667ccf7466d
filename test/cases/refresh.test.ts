import type { Refresh, RefreshedTransaction } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import type { ScriptedTransaction } from '../../src/scripted-chain/scripted-transaction.ts';
import { refreshesInFlightMax } from '../../src/watch/refresh-desk.ts';
import { caseChain } from '../harness/case-rig.ts';
import type { CaseRig } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';
import { waitUntil } from '../harness/wait-until.ts';

const start = caseRigs();
const two = { providers: ['main', 'spare'] };
const lookup = ['eth_getTransactionByHash'];
const denied = 'it does not show it';

async function refresh(rig: CaseRig, id: string): Promise<RefreshedTransaction> {
  const answer = await rig.http.request<RefreshedTransaction>('POST', `/v1/transactions/${id}/refresh`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  expect(answer.text).not.toMatch(/(https?|wss?):|127\.0\.0\.1/);
  return answer.body;
}

const said = ({ reasons }: Refresh): Record<string, string> =>
  Object.fromEntries(reasons.map(({ provider, reason }) => [provider, reason]));

/** The spare is the last that a lookup asks. */
async function lookedUp(rig: CaseRig): Promise<void> {
  await waitUntil(() => rig.provider('spare').count('eth_getTransactionByHash') > 0, { what: 'a lookup', everyMs: 5 });
}

/** Tracked, and shown by nobody: it was looked up once, and the next time is planned by height. */
async function unseen(rig: CaseRig): Promise<{ readonly payment: ScriptedTransaction; readonly id: string }> {
  const payment = rig.pay();
  for (const name of two.providers) rig.provider(name).view.hide(payment.hash);
  const { id } = await rig.track({ hash: payment.hash });
  await lookedUp(rig);
  return { payment, id };
}

test('every provider is asked, and what only the last of them shows is told at once', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const { payment, id } = await unseen(rig);
  rig.provider('spare').view.show(payment.hash);
  const { status, refresh: found } = await refresh(rig, id);
  expect(status).toBe('pending');
  expect(found).toMatchObject({ asked: ['main', 'spare'], answered: ['main', 'spare'], outcome: 'pending' });
  expect(said(found)).toEqual({ main: denied, spare: 'it shows it in its pool' });
  await rig.saw('pending', 1, payment.hash);
});

test('nobody shows it: absent, which changes nothing', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const { id } = await unseen(rig);
  const { status, isTerminal, refresh: found } = await refresh(rig, id);
  expect([status, isTerminal]).toEqual(['unknown', false]);
  expect(found).toMatchObject({ answered: ['main', 'spare'], outcome: 'absent' });
  expect(said(found)).toEqual({ main: denied, spare: denied });
  // Of what was owed before this one something would have been read by now.
  await rig.pending();
  expect(rig.events.filter(({ data }) => data.transaction.id === id)).toEqual([]);
});

test('nobody answers: unknown, each with its reason, and the status stays', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  const { id } = await rig.of(payment.hash);
  rig.provider('main').fault({ fault: { kind: 'drop' }, methods: lookup });
  rig.provider('spare').fault({
    fault: { kind: 'error', code: -32_000, message: 'transaction indexing is in progress' },
    methods: lookup,
  });
  const { status, refresh: found } = await refresh(rig, id);
  expect(status).toBe('included');
  expect(found).toMatchObject({ asked: ['main', 'spare'], answered: [], outcome: 'unknown' });
  expect(said(found)['main']).toMatch(/^main cannot be reached for eth_getTransactionByHash/);
  expect(said(found)['spare']).toMatch(/indexing is in progress|left the question unanswered/);
});

test('a status is never lowered by what providers do not show', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation');
  const { id } = await rig.of(payment.hash);
  for (const name of two.providers) rig.provider(name).fault({ fault: { kind: 'unknown_transaction' } });
  const { status, confirmations, refresh: found } = await refresh(rig, id);
  expect([status, confirmations, found.outcome]).toEqual(['included', 3, 'absent']);
  for (const name of two.providers) rig.provider(name).faults.clear();
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3']);
});

test('one that hangs is not waited for, and its answer is not missed by the other', async () => {
  const rig = await start({ ...two, speed: 3 });
  await rig.mine(2);
  const { payment, id } = await unseen(rig);
  rig.provider('main').fault({ fault: { kind: 'hang' }, methods: lookup });
  rig.provider('spare').view.show(payment.hash);
  const { status, refresh: found } = await refresh(rig, id);
  expect(status).toBe('pending');
  expect(found).toMatchObject({ asked: ['main', 'spare'], answered: ['spare'], outcome: 'pending' });
  expect(said(found)['main']).toBe('it did not answer in 5 s');
});

test('one that lies about the block includes nothing', async () => {
  const rig = await start(two);
  await rig.mine(3);
  const { payment, id } = await unseen(rig);
  rig.provider('main').view.show(payment.hash);
  const lie = (found: unknown): unknown => ({
    ...(found as object),
    blockHash: `0x${'6'.repeat(64)}`,
    blockNumber: '0x2',
    transactionIndex: '0x0',
  });
  rig.provider('main').fault({ fault: { kind: 'altered', alter: lie }, methods: lookup });
  const { status, blockHash, refresh: found } = await refresh(rig, id);
  expect([status, blockHash]).toEqual(['unknown', null]);
  expect(found).toMatchObject({ asked: ['main', 'spare'], answered: ['spare'], outcome: 'absent' });
  expect(said(found)['main']).toBe('it shows it in block 2, and that block otherwise');
});

test('one on another fork is told apart from the chain that is followed', async () => {
  const rig = await start(two);
  await rig.mine(3);
  const { payment, id } = await unseen(rig);
  const fork = rig.chain.fork(2);
  fork.mine({ transactions: [payment] });
  rig.provider('spare').view.pin = fork;
  rig.provider('spare').view.ownPathOnly = true;
  const { status, refresh: found } = await refresh(rig, id);
  expect(status).not.toBe('included');
  expect(found.outcome).toBe('pending');
  expect(said(found)['spare']).toMatch(/^it shows it in block \d, which is not on the chain that is followed$/);
});

test('found in an old block with its receipt: the whole story is told, late, and the answer has the outcome', async () => {
  const old = { from: `0x${'a'.repeat(40)}` };
  const rig = await start({
    ...two,
    before: ({ chain, provider }) => {
      chain.mine({ transactions: [old], count: 20 });
      chain.mine();
      chain.setFinalized(chain.head.hash);
      for (const name of two.providers) provider(name).fault({ fault: { kind: 'unknown_transaction' } });
    },
  });
  await rig.followed();
  const hash = rig.chain.blocks.at(1, rig.chain.head)?.receipts[0]?.transaction.hash ?? '';
  const { id, status: before } = await rig.track({ hash });
  expect(before).toBe('unknown');
  await lookedUp(rig);
  rig.provider('spare').faults.clear();
  const { status, execution, blockNumber, refresh: found } = await refresh(rig, id);
  expect([status, execution, blockNumber]).toEqual(['finalized', 'success', 1]);
  expect(found.outcome).toBe('included');
  expect(said(found)).toEqual({ main: denied, spare: 'it shows it in block 1' });
  const event = await rig.saw('finalized');
  expect(event.data.late).toBe(true);
  const again = await refresh(rig, id);
  expect([again.status, again.refresh.outcome]).toEqual(['finalized', 'included']);
});

test('two who ask at once for one transaction are one question', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const { id } = await unseen(rig);
  for (const name of two.providers)
    rig.provider(name).fault({ fault: { kind: 'delay', delayMs: 300 }, methods: lookup });
  const before = rig.provider('main').count('eth_getTransactionByHash');
  const answers = await Promise.all([refresh(rig, id), refresh(rig, id), refresh(rig, id)]);
  expect(rig.provider('main').count('eth_getTransactionByHash')).toBe(before + 1);
  expect(answers.map((answer) => answer.refresh.outcome)).toEqual(['absent', 'absent', 'absent']);
});

test('a provider of another chain is not asked, and one that limits us is left alone', async () => {
  const rig = await start({
    providers: ['main', 'spare', 'foreign'],
    before: ({ provider }) => void provider('foreign').fault({ fault: { kind: 'wrong_chain_id', chainId: 5 } }),
  });
  await rig.providerIs('foreign', 'refused');
  await rig.mine(2);
  const { id } = await unseen(rig);
  rig.provider('spare').fault({ fault: { kind: 'http_status', status: 429, retryAfterSeconds: 60 }, methods: lookup });
  const first = await refresh(rig, id);
  expect(first.refresh).toMatchObject({ asked: ['main', 'spare'], answered: ['main'], outcome: 'absent' });
  expect(said(first.refresh)['foreign']).toBe('not asked: it serves eip155:5 instead of eip155:31337');
  expect(said(first.refresh)['spare']).toMatch(/HTTP 429/);
  const second = await refresh(rig, id);
  expect(second.refresh).toMatchObject({ asked: ['main'], answered: ['main'] });
  expect(said(second.refresh)['spare']).toMatch(/^not asked: .*HTTP 429/);
});

test('what is not tracked is 404', async () => {
  const rig = await start();
  await expect(refresh(rig, 'tx_nothing')).rejects.toThrow('404');
});

test('more than so many at once are turned away', async () => {
  const rig = await start({ speed: 2 });
  await rig.mine(2);
  const transactions = Array.from({ length: refreshesInFlightMax + 1 }, () => ({
    chain: caseChain,
    hash: rig.pay().hash,
  }));
  const { body } = await rig.http.batch(transactions);
  const ids = body.results.map(({ transaction }) => transaction?.id ?? '');
  rig.provider().fault({ fault: { kind: 'hang' }, methods: lookup });
  const answers = await Promise.all(ids.map((id) => rig.http.request('POST', `/v1/transactions/${id}/refresh`)));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.map(({ status }) => status)).toEqual([429]);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
});
