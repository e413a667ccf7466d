import { expect, test } from 'vitest';
import type { Fault } from '../../src/scripted-chain/fault.ts';
import { caseChain, caseChainId } from '../harness/case-rig.ts';
import { caseRigs } from '../harness/case-rigs.ts';
import { TransactionSender } from '../harness/transactions.ts';

const start = caseRigs();
const two = { providers: ['main', 'spare'] };
const methods = ['eth_sendRawTransaction'];

function sender(accountIndex = 0): TransactionSender {
  return new TransactionSender({ accountIndex, chainId: caseChainId });
}

function says(message: string, code = -32_000): Fault {
  return { kind: 'error', code, message };
}

test('H80: one provider takes it, the other has it already or finds its nonce used: a success', async () => {
  const rig = await start(two);
  await rig.mine(1);
  rig.provider('main').fault({ fault: says('nonce too low'), methods });
  const { raw, hash } = await sender().eip1559();
  const answer = await rig.track({ raw });
  expect(answer).toMatchObject({ hash, status: 'pending' });
  await rig.mine(1);
  await rig.saw('included');
  expect(rig.said).toEqual(['pending', 'included']);
});

test.each([
  ['the pool of every provider has it', says('already known')],
  ['in the words of another client', says('AlreadyKnown', -32_010)],
  ['as a known transaction', says('known transaction: 0x01')],
] as const)('H80: sent before: %s', async (_how, fault) => {
  const rig = await start();
  await rig.mine(1);
  const { raw, hash } = await sender().eip1559();
  rig.provider().fault({ fault, methods });
  const answer = await rig.track({ raw });
  expect(answer).toMatchObject({ hash, status: 'pending', isTerminal: false });
});

test.each([
  ['answers 502', { kind: 'http_status', status: 502, body: 'bad gateway' }],
  ['cuts the line', { kind: 'drop' }],
  ['answers HTML', { kind: 'html' }],
] as const)('H81 F12: the node took it and then %s: found by its hash, never failed', async (_how, fault) => {
  const rig = await start();
  await rig.mine(1);
  rig.provider().fault({ fault, methods, afterWork: true });
  const { raw } = await sender().eip1559();
  expect(await rig.track({ raw })).toMatchObject({ status: 'pending' });
  await rig.mine(1);
  await rig.saw('included');
  expect(rig.said).toEqual(['pending', 'included']);
});

test('H81: nobody answers a send and nobody has it: neither pending nor failed; sent again until someone does', async () => {
  const rig = await start({ ...two, speed: 10 });
  await rig.mine(1);
  for (const name of two.providers) rig.provider(name).fault({ fault: { kind: 'http_status', status: 503 }, methods });
  const { raw, hash } = await sender().eip1559();
  expect(await rig.track({ raw })).toMatchObject({ status: 'unknown', isTerminal: false });
  await rig.asked('eth_sendRawTransaction', 1);
  expect((await rig.of(hash)).status).toBe('unknown');
  for (const name of two.providers) rig.provider(name).faults.clear();
  await rig.saw('pending');
  await rig.mine(1);
  await rig.saw('included');
});

test('H82: nonce too low about the very transaction that was mined: its story, and no failure', async () => {
  const rig = await start();
  const { raw, hash } = await sender().eip1559();
  await rig.mine(1);
  await rig.track({ raw });
  await rig.mine(1);
  await rig.saw('included');
  const again = await rig.http.tracked({ chain: caseChain, raw, subscriber: 'another' });
  expect(again).toMatchObject({ hash, status: 'included' });
  await rig.mine(4);
  await rig.saw('confirmed', 2);
  expect(rig.said).not.toContain('failed');
});

test('H82: nonce too low, and a block shows who used it: replaced, not failed', async () => {
  const rig = await start();
  await rig.mine(1);
  const signer = sender();
  const mined = await signer.eip1559({ nonce: 0 });
  await rig.track({ raw: mined.raw });
  await rig.mine(1);
  const { raw, hash } = await signer.eip1559({ nonce: 0, value: 77n });
  await rig.track({ raw });
  const { data } = await rig.saw('replaced', 1, hash);
  expect(data.replacement).toMatchObject({ hash: mined.hash, reason: 'replaced' });
});

test('H83: another one with its nonce waits in every pool: failed with that class, after a look by hash', async () => {
  const rig = await start(two);
  await rig.mine(1);
  const signer = sender();
  const first = await signer.eip1559({ nonce: 0 });
  await rig.track({ raw: first.raw });
  const { raw, hash } = await signer.eip1559({ nonce: 0, value: 77n });
  const looked = rig.provider('spare').count('eth_getTransactionByHash');
  await rig.track({ raw });
  const { data } = await rig.saw('failed', 1, hash);
  expect(data.failure).toMatchObject({ class: 'replace_underpriced', providers: ['main', 'spare'] });
  expect(data.failure?.message).toContain('replacement transaction underpriced');
  expect(rig.provider('spare').count('eth_getTransactionByHash')).toBeGreaterThan(looked);
});

test('H84: the node says an error and keeps it: pending', async () => {
  const rig = await start();
  await rig.mine(1);
  rig.provider().fault({ fault: says('FeeTooLow, MaxFeePerGas too low'), methods, afterWork: true });
  const { raw } = await sender().eip1559();
  expect(await rig.track({ raw })).toMatchObject({ status: 'pending' });
  await rig.mine(1);
  await rig.saw('included');
  expect(rig.said).toEqual(['pending', 'included']);
});

test('H85: signed for another chain: refused with both chain ids, and no provider hears of it', async () => {
  const rig = await start();
  await rig.mine(1);
  const { raw } = await new TransactionSender({ accountIndex: 0, chainId: 5 }).eip1559();
  const answer = await rig.http.track({ chain: caseChain, raw });
  expect(answer.status).toBe(422);
  expect(answer.body.code).toBe('invalid_raw_transaction');
  expect(answer.text).toMatch(/\b5\b.*31337|31337.*\b5\b/);
  expect(rig.provider().count('eth_sendRawTransaction')).toBe(0);
});

test('H86: signed for no chain at all (before EIP-155): refused, since it could be replayed anywhere', async () => {
  const rig = await start();
  await rig.mine(1);
  const { account } = sender();
  const raw = await account.signTransaction({
    type: 'legacy',
    to: account.address,
    value: 1n,
    gas: 21_000n,
    gasPrice: 10n ** 10n,
    nonce: 0,
  });
  const answer = await rig.http.track({ chain: caseChain, raw });
  expect(answer.status).toBe(422);
  expect(answer.body.code).toBe('invalid_raw_transaction');
  expect(rig.provider().count('eth_sendRawTransaction')).toBe(0);
});

test('H87: over the fee cap of one node: another takes it', async () => {
  const rig = await start(two);
  await rig.mine(1);
  rig.provider('main').fault({ fault: says('tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'), methods });
  const { raw } = await sender().eip1559();
  expect(await rig.track({ raw })).toMatchObject({ status: 'pending' });
  const { id } = await rig.of((await sender().eip1559()).hash);
  const history = await rig.http.request('GET', `/v1/transactions/${id}/history`);
  expect(history.text).toContain('"providers":["spare"]');
});

test('every provider refuses it for good: failed with the class, and included if it is found after all', async () => {
  const rig = await start(two);
  await rig.mine(1);
  for (const name of two.providers)
    rig.provider(name).fault({ fault: says('insufficient funds for gas * price + value'), methods });
  const { raw, hash } = await sender().eip1559();
  expect(await rig.track({ raw })).toMatchObject({ status: 'failed', reason: 'funds', isTerminal: true });
  for (const name of two.providers) rig.provider(name).faults.clear();
  const { http } = rig.server.url('main');
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [raw] });
  await fetch(http, { method: 'POST', body });
  await rig.mine(1);
  await rig.saw('included', 1, hash);
  expect(rig.said).toEqual(['failed', 'included']);
});
