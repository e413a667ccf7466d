import { expect, test } from 'vitest';
import { caseRigs } from '../harness/case-rigs.ts';

/** What may never be said, whatever the providers do. The event checker holds more of it in every case test. */

const start = caseRigs();

test('1g: nothing is called dropped: not for nulls of every provider, not on a chain that stands still, not when it is private', async () => {
  const rig = await start({
    providers: ['main', 'spare'],
    speed: 20,
    config: { dropAfter: { blocks: 2, seconds: 1 } },
  });
  await rig.mine(1);
  const payment = await rig.pending();
  const hidden = rig.chain.prepare(rig.spec());
  await rig.track({ hash: hidden.hash, private: true });
  rig.chain.evict(payment.hash);
  await rig.mine(30);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending']);
  expect(rig.saidOf(hidden)).toEqual([]);
  rig.chain.submit(payment);
  await rig.mine(1);
  await rig.saw('included', 1, payment.hash);
});

test('1g: replaced only by a canonical block: not by a rival in the pool, and final only with its block', async () => {
  const rig = await start();
  await rig.mine(1);
  const payment = await rig.pending();
  const rival = rig.chain.submit({ from: payment.from, nonce: payment.nonce, value: 99n });
  await rig.mine(2, { transactions: [] });
  rig.finalize();
  expect(rig.saidOf(payment)).toEqual(['pending']);
  await rig.mine(1, { transactions: [rival] });
  const { data } = await rig.saw('replaced', 1, payment.hash);
  expect(data.replacement?.final).toBe(false);
  rig.finalize();
  await rig.saw('replaced', 2, payment.hash);
});

test('1g: finalized is never counted by depth while the chain has a tag', async () => {
  const rig = await start();
  rig.finalize(rig.chain.genesis.hash);
  await rig.mine(1);
  const payment = await rig.pending();
  rig.chain.mine({ count: 100 });
  await rig.followed();
  await rig.saw('confirmed');
  await rig.asked('eth_getBlockByNumber', 6);
  await rig.marker();
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed']);
});

test('1g: expired is only what the caller gave a term, and only outside of a block', async () => {
  const rig = await start({ speed: 20 });
  await rig.mine(1);
  const endless = await rig.pending();
  const mined = await rig.pending();
  const hidden = rig.chain.prepare(rig.spec());
  await rig.mine(1, { transactions: [mined] });
  await rig.saw('included', 1, mined.hash);
  const expiresAt = new Date(Date.now() + 40_000).toISOString();
  const { id } = await rig.of(mined.hash);
  await rig.http.request('PATCH', `/v1/transactions/${id}`, { expiresAt });
  await rig.track({ hash: hidden.hash, expiresAt });
  const { data } = await rig.saw('expired', 1, hidden.hash);
  expect(data.expiry).toEqual({ reason: 'expires_at' });
  expect(rig.saidOf(mined)).toEqual(['pending', 'included']);
  expect(rig.saidOf(endless)).toEqual(['pending']);
});

test('1g: pending is not said again after included without reorged between, though a pool still shows it', async () => {
  const rig = await start({ providers: ['main', 'spare'] });
  await rig.mine(8);
  rig.provider('spare').view.lag = 4;
  rig.server.announce('spare');
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  await rig.http.tracked({ chain: 'eip155:31337', hash: payment.hash, subscriber: 'second' });
  await rig.mine(4);
  await rig.marker();
  const said = rig.saidOf(payment);
  expect(said.slice(0, 2)).toEqual(['pending', 'included']);
  expect(said.filter((each) => each === 'pending')).toHaveLength(1);
  expect(said.filter((each) => each === 'included')).toHaveLength(2);
});
