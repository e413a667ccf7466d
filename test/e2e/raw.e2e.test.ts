import { parseTransaction, serializeTransaction, type Hex, type TransactionSerializable } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { Scenario } from '../harness/scenario.ts';
import { TransactionSender } from '../harness/transactions.ts';
import { waitUntil } from '../harness/wait-until.ts';

/** Beyond those that a test chain funds. */
const pennilessAccount = 1_000;

describe('broadcasting a raw transaction', () => {
  let node: AnvilNode;
  let scenario: Scenario;

  beforeAll(async () => {
    node = await startAnvil({ slotsInAnEpoch: 3 });
    await node.mine(2);
    scenario = await Scenario.start(node);
  });
  afterAll(async () => {
    await scenario?.stop();
    await node?.stop();
  });

  const senderAt = (accountIndex: number): TransactionSender =>
    new TransactionSender({ accountIndex, chainId: node.chainId });

  it('answers 201 with pending, the node has it, and it goes the whole ladder', async () => {
    const { raw, hash, from, nonce } = await senderAt(0).eip1559();
    const answer = await scenario.http.track({ chain: node.chain, raw });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ hash, status: 'pending', from: from.toLowerCase(), nonce });
    expect(await node.rpc.call('eth_getTransactionByHash', [hash])).not.toBeNull();
    await node.mine(12);
    await scenario.until(answer.body.id, 'transaction.finalized');
    expect(scenario.story(answer.body.id)[0]).toBe('pending');
    expect(await scenario.problems([answer.body.id])).toEqual([]);
  });

  it('takes a blob transaction with its sidecar, whose hash is that of its body', async () => {
    const { raw, hash } = await senderAt(1).blob();
    const answer = await scenario.http.track({ chain: node.chain, raw });
    expect([answer.status, answer.body.hash]).toEqual([201, hash]);
    // The node may take longer over its first blob than the two seconds after which the call answers.
    const inPool = (): Promise<unknown> => node.rpc.call('eth_getTransactionByHash', [hash]);
    await waitUntil(inPool, { what: 'the node to have it' });
    await node.mine(12);
    await scenario.until(answer.body.id, 'transaction.finalized');
    expect(await scenario.problems([answer.body.id])).toEqual([]);
  });

  it('is the same registration as the one by hash', async () => {
    const { raw, hash } = await senderAt(2).legacy();
    const byRaw = await scenario.http.track({ chain: node.chain, raw });
    const byHash = await scenario.http.track({ chain: node.chain, hash });
    expect([byRaw.status, byHash.status, byHash.body.id]).toEqual([201, 200, byRaw.body.id]);
  });

  it('refuses one that was signed for another chain, before any node hears of it (H85)', async () => {
    const { raw, hash } = await senderAt(3).eip1559({ chainId: 1 });
    const answer = await scenario.http.track({ chain: node.chain, raw });
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_raw_transaction']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(
      (await scenario.http.request<{ data: unknown[] }>('GET', `/v1/transactions?hash=${hash}`)).body.data,
    ).toEqual([]);
  });

  it('refuses a signature that no key can have made, and bytes that are no transaction', async () => {
    const { raw } = await senderAt(4).eip1559();
    const unsigned = bare(raw);
    const impossible = { r: `0x${'ff'.repeat(32)}`, s: `0x${'11'.repeat(32)}`, yParity: 0 } as const;
    for (const bad of [
      serializeTransaction(unsigned, impossible),
      serializeTransaction(unsigned),
      raw.slice(0, -8),
      '0x',
      '0x02c0',
    ]) {
      const answer = await scenario.http.track({ chain: node.chain, raw: bad });
      expect([bad.slice(0, 20), answer.status]).toEqual([bad.slice(0, 20), 422]);
    }
  });

  it('finds one that is mined already instead of calling it failed, though the node says "nonce too low" (H82)', async () => {
    const { raw, hash } = await senderAt(5).eip1559();
    await node.send(raw);
    await node.mine(14);
    const answer = await scenario.http.track({ chain: node.chain, raw });
    expect(answer.status).toBe(201);
    await scenario.until(answer.body.id, 'transaction.finalized');
    expect(scenario.story(answer.body.id)).not.toContain('failed');
    expect((await scenario.http.transaction(answer.body.id)).hash).toBe(hash);
    expect(await scenario.problems([answer.body.id])).toEqual([]);
  });

  it('ends failed, with the class of the refusal, when its sender cannot pay', async () => {
    const { raw } = await senderAt(pennilessAccount).eip1559();
    const answer = await scenario.http.track({ chain: node.chain, raw });
    expect(answer.status).toBe(201);
    const failed = await scenario.until(answer.body.id, 'transaction.failed');
    expect(failed.data.failure?.class).toBe('funds');
    expect(failed.data.failure?.message).toMatch(/funds/i);
    expect(failed.data.failure?.providers).toEqual(['main']);
    expect(failed.data.transaction).toMatchObject({ status: 'failed', reason: 'funds', isTerminal: true });
    expect(await scenario.problems([answer.body.id])).toEqual([]);
  });
});

/** The transaction without its signature. */
function bare(raw: Hex): TransactionSerializable {
  const {
    r: _r,
    s: _s,
    v: _v,
    yParity: _yParity,
    ...rest
  } = parseTransaction(raw) as TransactionSerializable & {
    readonly r?: Hex;
    readonly s?: Hex;
    readonly v?: bigint;
    readonly yParity?: number;
  };
  return rest as TransactionSerializable;
}
