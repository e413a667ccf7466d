import { expect, test } from 'vitest';
import { everythingSurvives } from '../../src/adapters/memory/disk-fault.ts';
import { checkEvents } from '../harness/event-checker.ts';
import { caseRigs } from '../harness/case-rigs.ts';
import { SocketClient } from '../harness/socket-client.ts';
import { waitUntil } from '../harness/wait-until.ts';

const start = caseRigs();
const ladder = ['pending', 'included', 'confirmation 3', 'confirmed', 'finalized'];

test('1g I15: registered and killed at once: watched to its end', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = rig.pay();
  await rig.track({ hash: payment.hash });
  await rig.crash();
  await rig.mine(5);
  rig.finalize();
  await rig.saw('finalized');
  expect(rig.saidOf(payment).at(-1)).toBe('finalized');
});

test.each([
  ['nothing that was not synced survives', {}],
  ['every write survives', { survival: everythingSurvives }],
])(
  '1g I03: killed between every two steps of a story (%s): each event arrives, in order, once',
  async (_what, options) => {
    const rig = await start();
    await rig.mine(1);
    const payment = rig.pay();
    await rig.track({ hash: payment.hash });
    for (let step = 0; step < 5; step += 1) {
      rig.chain.mine();
      await rig.crash(options);
      await rig.followed();
    }
    rig.finalize();
    await rig.crash(options);
    await rig.saw('finalized');
    const said = rig.saidOf(payment);
    expect(said.filter((each) => each !== 'pending')).toEqual(ladder.slice(1));
  },
);

test('1g: the head moved and the kill came before anybody was told: told after the restart', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  await rig.socket.close();
  await rig.mine(3);
  await rig.crash();
  await rig.saw('confirmation');
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3']);
});

test('F04 F18: the chain was reorganised while the process was away: taken back and told anew', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation');
  await rig.crash({
    meanwhile: () =>
      void rig.chain.reorg({ depth: 3, length: 5, fates: { [payment.hash]: { kind: 'later', blocks: 2 } } }),
  });
  const { data } = await rig.saw('included', 2);
  expect(data.transaction.blockNumber).toBe(5);
  expect(rig.saidOf(payment).slice(0, 5)).toEqual(['pending', 'included', 'confirmation 3', 'reorged', 'included']);
});

test('I04: what was not acknowledged comes again with the same bytes, what was does not', async () => {
  const rig = await start();
  const forgetful = new SocketClient(
    { url: rig.url, apiKey: rig.apiKey },
    { acknowledge: false, subscribe: { consumer: 'forgetful' } },
  );
  await forgetful.connect();
  await rig.mine(1);
  const { hash } = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation');
  await rig.outcomeOf(hash);
  await waitUntil(() => forgetful.deliveries.length === rig.events.length, { what: 'every event' });
  const owed = forgetful.deliveries.slice(1);
  forgetful.acknowledge(forgetful.deliveries[0]?.cursor ?? '');
  await forgetful.close();
  await rig.crash();
  const again = new SocketClient({ url: rig.url, apiKey: rig.apiKey }, { subscribe: { consumer: 'forgetful' } });
  await again.connect();
  await waitUntil(() => again.deliveries.length >= owed.length, { what: 'what was not acknowledged' });
  expect(again.deliveries.map(({ text }) => text)).toEqual(owed.map(({ text }) => text));
  await again.close();
});

test('1g: two subscribers of one transaction read the same events in the same order', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = rig.pay();
  const clients = ['alice', 'bob'].map(
    (subscriber) => new SocketClient({ url: rig.url, apiKey: rig.apiKey }, { subscribe: { subscriber } }),
  );
  for (const client of clients) await client.connect();
  for (const subscriber of ['alice', 'bob']) await rig.track({ hash: payment.hash, subscriber });
  for (const client of clients) await client.waitForEvent('pending', ({ type }) => type === 'transaction.pending');
  await rig.mine(2);
  rig.chain.reorg({ depth: 2, length: 3 });
  await rig.followed();
  await rig.mine(4);
  rig.finalize();
  for (const client of clients) await client.waitForEvent('finalized', ({ type }) => type === 'transaction.finalized');
  const [alice = [], bob = []] = clients.map((client) =>
    client
      .events()
      .filter(({ type }) => type !== 'transaction.executed')
      .map(({ type, data }) => [type, data.confirmations, data.transaction.blockHash]),
  );
  expect(alice).toEqual(bob);
  for (const client of clients) {
    expect(checkEvents(client.deliveries)).toEqual([]);
    await client.close();
  }
});
