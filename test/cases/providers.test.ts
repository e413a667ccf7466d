import { expect, test } from 'vitest';
import type { Fault } from '../../src/scripted-chain/fault.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { caseRigs } from '../harness/case-rigs.ts';

const start = caseRigs();
const two = { providers: ['main', 'spare'] };
const ladder = ['pending', 'included', 'confirmation 3', 'confirmed'];

test('F03: a provider that sits on a minority fork for ever changes nothing, and its sightings there include nothing', async () => {
  const rig = await start(two);
  await rig.mine(3);
  const payment = await rig.pending();
  const fork = rig.chain.fork(2);
  fork.mine({ transactions: [payment] });
  fork.mine();
  rig.provider('spare').view.pin = fork;
  rig.provider('spare').view.ownPathOnly = true;
  rig.server.announce('spare');
  await rig.mine(3, { transactions: [] });
  await rig.marker();
  // The marker's own block took the payment along: the first that the canonical chain has of it.
  const { data } = await rig.saw('included', 1, payment.hash);
  expect(data.transaction.blockHash).toBe(rig.chain.head.hash);
  await rig.mine(4);
  await rig.saw('confirmed', 1, payment.hash);
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F03: the leader itself goes to a minority fork: told as a reorg there and back, and it ends with the chain', async () => {
  const rig = await start(two);
  await rig.mine(3);
  const payment = await rig.pending();
  await rig.mine(2);
  await rig.saw('included');
  const fork = rig.chain.fork(3);
  for (let count = 0; count < 3; count += 1) fork.mine();
  rig.provider('main').view.pin = fork;
  rig.server.announce('main');
  await rig.saw('reorged');
  rig.chain.mine({ count: 8 });
  await rig.followed();
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(['pending', 'included', 'reorged', 'included', 'confirmation 3', 'confirmed']);
});

test('F08: a block is there and its parent is not: no step is made over a gap', async () => {
  const rig = await start();
  await rig.mine(2);
  const payment = await rig.pending();
  await rig.mine(1);
  await rig.saw('included');
  const clear = rig.provider().fault({ fault: { kind: 'null_result' }, methods: ['eth_getBlockByHash'], times: 4 });
  rig.chain.reorg({ depth: 3, length: 4 });
  await rig.followed();
  clear();
  await rig.saw('included', 2);
  await rig.mine(4);
  await rig.saw('confirmed', 1, payment.hash);
});

test('F10: a block with a forged parent is not taken from the one that shows it', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const payment = await rig.pending();
  rig.provider('main').fault({ fault: { kind: 'forged_parent' } });
  rig.chain.mine();
  await rig.saw('included');
  await rig.mine(4);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F10: a receipt of another transaction is no receipt', async () => {
  const rig = await start(two);
  await rig.mine(1);
  const payment = await rig.pending();
  const other = (receipt: unknown): unknown =>
    receipt === null ? null : { ...(receipt as object), transactionHash: `0x${'6'.repeat(64)}`, status: '0x0' };
  rig.provider('main').fault({ methods: ['eth_getTransactionReceipt'], fault: { kind: 'altered', alter: other } });
  await rig.mine(1);
  expect((await rig.outcomeOf(payment.hash)).execution).toBe('success');
});

test('F10: one provider lies about the outcome in a receipt that is well formed: who was believed stands in the evidence', async () => {
  const rig = await start(two);
  await rig.mine(1);
  const payment = await rig.pending();
  const lie = (receipt: unknown): unknown => (receipt === null ? null : { ...(receipt as object), status: '0x0' });
  rig.provider('main').fault({ methods: ['eth_getTransactionReceipt'], fault: { kind: 'altered', alter: lie } });
  await rig.mine(1);
  expect((await rig.outcomeOf(payment.hash)).execution).toBe('reverted');
  const { id } = await rig.of(payment.hash);
  const history = await rig.http.request<{ data: readonly { type: string; evidence: object }[] }>(
    'GET',
    `/v1/transactions/${id}/history`,
  );
  const included = history.body.data.at(-1);
  const { hash, number } = rig.chain.head;
  expect(JSON.stringify(included)).toContain(
    JSON.stringify({ rule: 'R04', providers: ['main'], block: { number, hash } }),
  );
});

test.each([
  ['HTTP 429', { kind: 'http_status', status: 429, retryAfterSeconds: 1 }, /429/],
  ['HTTP 403', { kind: 'http_status', status: 403, body: 'forbidden' }, /403/],
  ['HTTP 402, its quota used up', { kind: 'http_status', status: 402 }, /402/],
  ['HTTP 503', { kind: 'http_status', status: 503 }, /503/],
  ['an error in HTTP 200', { kind: 'error', code: -32_603, message: 'internal error' }, /internal error/],
  ['a monthly limit', { kind: 'error', code: -32_000, message: 'monthly capacity limit exceeded' }, /monthly capacity/],
  ['a number above 2^53', { kind: 'unsafe_number' }, /number/],
  ['no block number', { kind: 'missing_field', field: 'number' }, /number/],
  ['hex of odd length', { kind: 'altered', alter: oddHash }, /hash/],
] as const satisfies readonly (readonly [string, Fault, RegExp])[])(
  'F13: the primary answers with %s: said in GET /v1/chains, the other leads, nothing is lost',
  async (_what, fault, reason) => {
    const rig = await start(two);
    await rig.mine(2);
    const payment = await rig.pending();
    const methods = fault.kind === 'altered' ? ['eth_getBlockByNumber', 'eth_getBlockByHash'] : undefined;
    rig.provider('main').fault({ fault, transport: 'http', ...(methods === undefined ? {} : { methods }) });
    // It answers well again as soon as it is asked for heads alone, so it is looked for from before.
    const said = rig.providerIs('main', 'failing', reason);
    await rig.mine(2);
    await rig.saw('included');
    await said;
    await rig.providerIs('spare', 'leading');
    await rig.mine(3);
    await rig.saw('confirmed');
    expect(rig.saidOf(payment)).toEqual(ladder);
  },
);

function oddHash(block: unknown): unknown {
  return block === null ? null : { ...(block as object), hash: '0xabc' };
}

test('F13: an answer without end is cut, and another provider asked', async () => {
  const rig = await start({ ...two, speed: 5 });
  await rig.mine(2);
  const payment = await rig.pending();
  rig.provider('main').fault({ fault: { kind: 'huge', bytes: 70_000_000 }, transport: 'http', times: 2 });
  rig.chain.mine();
  await rig.saw('included', 1, payment.hash);
  await rig.mine(1);
});

test('F16: the primary answers a byte at a time: it is left for one that answers', async () => {
  const rig = await start({ ...two, speed: 5 });
  await rig.mine(2);
  const payment = await rig.pending();
  rig.provider('main').fault({ fault: { kind: 'drip', byteDelayMs: 50 }, transport: 'http' });
  rig.chain.mine();
  await rig.saw('included');
  await rig.providerIs('main', 'failing', /did not answer/);
  await rig.mine(4);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F17: the primary becomes a hundred times slower: it is left, and the story goes on', async () => {
  const rig = await start({ ...two, speed: 5 });
  await rig.mine(2);
  const payment = await rig.pending();
  rig.provider('main').fault({ fault: { kind: 'delay', delayMs: 1_500 }, transport: 'http' });
  rig.chain.mine();
  await rig.saw('included');
  await rig.mine(4);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F17: the primary fails and recovers every other moment: each fact once all the same', async () => {
  const rig = await start(two);
  await rig.mine(2);
  const payment = await rig.pending();
  const fault: Fault = { kind: 'http_status', status: 500 };
  for (let round = 0; round < 5; round += 1) {
    const clear = rig.provider('main').fault({ fault });
    rig.chain.mine();
    await rig.followed();
    clear();
    await rig.mine(1);
  }
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('F18: all providers are down and come back at once: what happened meanwhile is told, in order', async () => {
  const rig = await start({ ...two, speed: 5 });
  await rig.mine(2);
  const payment = await rig.pending();
  for (const name of two.providers) {
    rig.provider(name).fault({ fault: { kind: 'drop' } });
    rig.server.dropSockets(name);
  }
  for (const name of two.providers) await rig.providerIs(name, 'failing');
  rig.chain.mine({ count: 6 });
  const registered = rig.pay();
  const { id } = await rig.track({ hash: registered.hash });
  expect((await rig.transaction(id)).status).toBe('unknown');
  for (const name of two.providers) rig.provider(name).faults.clear();
  await rig.saw('confirmed', 1, payment.hash);
  await rig.mine(1);
  await rig.saw('included', 1, registered.hash);
  expect(rig.saidOf(payment)).toEqual(ladder);
});

test('H85 F10: a provider of another chain is refused with both ids, its blocks are not taken, and it is taken back once mended', async () => {
  const rig = await start({
    ...two,
    speed: 50,
    before: ({ provider }) => provider('main').fault({ fault: { kind: 'wrong_chain_id', chainId: 1 } }),
  });
  await rig.providerIs('main', 'refused', /eip155:1 .*eip155:31337/);
  const payment = await rig.pending();
  await rig.mine(5);
  await rig.saw('confirmed');
  expect(rig.saidOf(payment)).toEqual(ladder);
  expect(rig.provider('main').count('eth_getBlockByNumber')).toBe(0);
  rig.provider('main').faults.clear();
  await waitUntil(async () => (await rig.chainView()).providers[0]?.state !== 'refused', {
    what: 'main being taken back',
  });
});
