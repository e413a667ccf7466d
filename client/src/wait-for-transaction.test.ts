import type { Transaction } from '@txtrail/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { TransactionSpec } from '../../src/scripted-chain/scripted-transaction.ts';
import { CuttingProxy } from '../../test/harness/cutting-proxy.ts';
import { caseChain, caseChainId } from '../../test/harness/case-rig.ts';
import type { CaseRig } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { TransactionSender } from '../../test/harness/transactions.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { createClient } from './client.ts';
import type { ClientTestOptions, TxTrailClient } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import {
  OptionsError,
  RefusedError,
  TransactionFailedError,
  TransactionReplacedError,
  UnreachableError,
  WaitTimeoutError,
} from './errors.ts';
import type { Reorg, Replacement } from './wait-for-transaction.ts';

const start = caseRigs();
const chain = caseChain;
const from = `0x${'c3'.repeat(20)}`;
const original: TransactionSpec = { from, nonce: 0, to: `0x${'d4'.repeat(20)}`, value: 5n };

const clients: TxTrailClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function clientOf(
  rig: { readonly url: string; readonly apiKey: string },
  options: Partial<ClientOptions> = {},
  given: ClientTestOptions = {},
): TxTrailClient {
  const client = createClient({ url: rig.url, key: rig.apiKey, ...options }, { retry: { capMs: 200 }, ...given });
  clients.push(client);
  return client;
}

/** Whether a promise is settled by now, and how. */
function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; outcome: 'open' | 'resolved' | 'rejected' } {
  const seen = { promise, outcome: 'open' as 'open' | 'resolved' | 'rejected' };
  promise.then(
    () => {
      seen.outcome = 'resolved';
    },
    () => {
      seen.outcome = 'rejected';
    },
  );
  return seen;
}

/** A rival of the original takes its place in the pool and is mined. */
async function outbid(rig: CaseRig, rival: Partial<TransactionSpec>) {
  const made = rig.chain.submit({ ...original, maxFeePerGas: 200n * 10n ** 9n, ...rival });
  await rig.mine(1);
  return made;
}

async function isTracked(rig: CaseRig, hash: string): Promise<Transaction> {
  const list = () => rig.http.request<{ data: Transaction[] }>('GET', `/v1/transactions?hash=${hash}`);
  return waitUntil(async () => (await list()).body.data[0], { what: `${hash} being tracked`, everyMs: 5 });
}

describe('what it waits for', () => {
  it('is the count that the transaction requires where nothing is said', async () => {
    const rig = await start();
    const payment = rig.pay();
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash }));
    await isTracked(rig, payment.hash);
    await rig.mine(4);
    await rig.saw('confirmation', 1, payment.hash);
    expect(wait.outcome).toBe('open');
    await rig.mine(1);
    expect(await wait.promise).toMatchObject({ hash: payment.hash, status: 'confirmed', execution: 'success' });
  });

  it.each([1, 2, 3])('is a count of %i that was tracked with it', async (confirmations) => {
    const rig = await start();
    const payment = rig.pay();
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations }));
    const { requiredConfirmations } = await isTracked(rig, payment.hash);
    expect(requiredConfirmations).toBe(confirmations);
    await rig.mine(confirmations);
    const transaction = await wait.promise;
    expect(transaction).toMatchObject({ hash: payment.hash, execution: 'success' });
    expect(transaction.confirmations).toBeGreaterThanOrEqual(confirmations);
  });

  it.each([1, 2, 3, 4, 5, 7])('is a count of %i, though it was tracked with 5 before', async (confirmations) => {
    const rig = await start();
    const payment = await rig.pending();
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations }));
    await rig.mine(confirmations);
    const transaction = await wait.promise;
    expect(transaction.confirmations).toBeGreaterThanOrEqual(confirmations);
    expect(transaction.requiredConfirmations).toBe(5);
  });

  it('is "safe" or "finalized" by the word of the chain', async () => {
    const rig = await start();
    const client = clientOf(rig);
    const payment = await rig.pending();
    const safe = watched(client.waitForTransaction({ chain, hash: payment.hash, confirmations: 'safe' }));
    const final = watched(client.waitForTransaction({ chain, hash: payment.hash, confirmations: 'finalized' }));
    await rig.mine(6);
    await rig.saw('confirmed', 1, payment.hash);
    expect([safe.outcome, final.outcome]).toEqual(['open', 'open']);
    rig.chain.setSafe(rig.chain.head.hash);
    await rig.mine(1);
    expect((await safe.promise).finality).toBe('safe');
    expect(final.outcome).toBe('open');
    rig.finalize();
    await rig.mine(1);
    expect((await final.promise).finality).toBe('finalized');
  });

  it('is satisfied at once by what is final already', async () => {
    const rig = await start();
    const payment = await rig.pending();
    await rig.mine(6);
    rig.finalize();
    await rig.mine(1);
    const { data } = await rig.saw('finalized', 1, payment.hash);
    const client = clientOf(rig);
    expect(await client.waitForTransaction({ id: data.transaction.id })).toMatchObject({ status: 'finalized' });
    // A number above what there can have been: finality satisfies any.
    const wanted = { chain, hash: payment.hash, confirmations: 1000 };
    expect(await client.waitForTransaction(wanted)).toMatchObject({ status: 'finalized' });
  });

  it('is satisfied by one that was mined long before it was tracked', async () => {
    const rig = await start();
    const payment = rig.pay();
    await rig.mine(8);
    expect(await clientOf(rig).waitForTransaction({ chain, hash: payment.hash })).toMatchObject({
      status: 'confirmed',
    });
  });

  it('resolves with what reverted, as it does with what succeeded', async () => {
    const rig = await start();
    const payment = rig.pay({ reverts: true });
    const wait = clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations: 1 });
    await isTracked(rig, payment.hash);
    await rig.mine(1);
    expect(await wait).toMatchObject({ status: 'confirmed', execution: 'reverted' });
  });
});

describe('a reorg', () => {
  it('before the count is reached is told, and the count begins anew', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = rig.pay();
    const reorgs: Reorg[] = [];
    const onReorged = (reorg: Reorg): void => void reorgs.push(reorg);
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations: 4, onReorged }));
    await isTracked(rig, payment.hash);
    await rig.mine(3);
    await rig.saw('included', 1, payment.hash);
    rig.chain.reorg({ depth: 3, length: 4, fates: { [payment.hash]: { kind: 'later', blocks: 3 } } });
    await waitUntil(() => reorgs.length === 1, { what: 'the reorg being told' });
    expect(reorgs[0]).toMatchObject({ depth: 3, beyondFinality: false });
    await rig.saw('included', 2, payment.hash);
    expect(wait.outcome).toBe('open');
    await rig.mine(3);
    expect(await wait.promise).toMatchObject({ blockNumber: 5, status: 'confirmed' });
  });

  it('that leaves it in no block keeps it waiting', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = rig.pay();
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations: 2 }));
    await isTracked(rig, payment.hash);
    await rig.mine(1);
    await rig.saw('included', 1, payment.hash);
    rig.chain.reorg({ depth: 1, length: 5, fates: { [payment.hash]: { kind: 'gone' } } });
    await rig.saw('reorged', 1, payment.hash);
    expect(wait.outcome).toBe('open');
    rig.chain.submit(payment);
    await rig.mine(2);
    expect(await wait.promise).toMatchObject({ status: 'confirmed' });
  });
});

describe('a replacement', () => {
  it.each([
    ['repriced', {}],
    ['cancelled', { to: from, value: 0n }],
    ['replaced', { value: 6n }],
  ] as const)('%s is told, followed, and resolves', async (reason, rival) => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending(original);
    const told: Replacement[] = [];
    const onReplaced = (replacement: Replacement): void => void told.push(replacement);
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, confirmations: 3, onReplaced }));
    const winner = await outbid(rig, rival);
    await waitUntil(() => told.length === 1, { what: 'the replacement being told' });
    expect(told[0]).toMatchObject({
      reason,
      replacedTransaction: { hash: payment.hash, status: 'replaced' },
      transaction: { hash: winner.hash },
    });
    expect(wait.outcome).toBe('open');
    await rig.mine(2);
    expect(await wait.promise).toMatchObject({ hash: winner.hash, replaces: payment.hash, confirmations: 3 });
    expect(told).toHaveLength(1);
  });

  it('that happened before the wait began is told and followed too', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending(original);
    const winner = await outbid(rig, {});
    await rig.saw('replaced');
    const told: Replacement[] = [];
    const wait = clientOf(rig).waitForTransaction({
      chain,
      hash: payment.hash,
      confirmations: 2,
      onReplaced: (replacement) => told.push(replacement),
    });
    await rig.mine(1);
    expect(await wait).toMatchObject({ hash: winner.hash });
    expect(told.map(({ reason }) => reason)).toEqual(['repriced']);
  });

  it('whose winner is reorged out gives the original its place back', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending(original);
    const told: Replacement[] = [];
    const wait = watched(
      clientOf(rig).waitForTransaction({
        chain,
        hash: payment.hash,
        confirmations: 3,
        onReplaced: (replacement) => told.push(replacement),
      }),
    );
    const winner = await outbid(rig, { value: 9n });
    await waitUntil(() => told.length === 1, { what: 'the replacement being told' });
    rig.chain.reorg({ depth: 1, length: 2, fates: { [winner.hash]: { kind: 'gone' } } });
    await rig.saw('pending', 2, payment.hash);
    rig.chain.submit(payment);
    await rig.mine(2);
    expect(wait.outcome).toBe('open');
    await rig.mine(1);
    expect(await wait.promise).toMatchObject({ hash: payment.hash, replacedBy: null });
  });

  it('is an error for who wants none', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending(original);
    const wait = watched(clientOf(rig).waitForTransaction({ chain, hash: payment.hash, followReplacement: false }));
    const winner = await outbid(rig, { to: from, value: 0n });
    const error = await wait.promise.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionReplacedError);
    expect(error).toMatchObject({
      code: 'transaction_replaced',
      transaction: { hash: payment.hash, replacedBy: winner.hash, reason: 'cancelled' },
    });
  });
});

describe('what goes wrong', () => {
  it.each(['websocket', 'sse', 'poll'] as const)(
    'a cut connection and a restart change nothing (%s)',
    async (transport) => {
      const rig = await start();
      await rig.mine(1);
      const proxy = new CuttingProxy(() => rig.url);
      await proxy.start();
      try {
        const payment = rig.pay();
        const client = clientOf({ url: proxy.url, apiKey: rig.apiKey }, { transport });
        const wait = watched(client.waitForTransaction({ chain, hash: payment.hash, confirmations: 4 }));
        await isTracked(rig, payment.hash);
        proxy.cut();
        await rig.mine(2);
        proxy.refuse(true);
        proxy.cut();
        rig.chain.reorg({ depth: 1, length: 1 });
        await rig.followed();
        await rig.crash();
        proxy.refuse(false);
        await rig.mine(1);
        expect(wait.outcome).toBe('open');
        await rig.mine(2);
        expect(await wait.promise).toMatchObject({ hash: payment.hash, status: 'confirmed' });
      } finally {
        await proxy.stop();
      }
    },
  );

  it('a time that is over says where it stood, and leaves it tracked', async () => {
    const rig = await start();
    const payment = await rig.pending();
    const error = await clientOf(rig)
      .waitForTransaction({ chain, hash: payment.hash, timeout: 300 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ code: 'wait_timeout', transaction: { status: 'pending' } });
    expect((error as Error).message).toContain(`${payment.hash} is pending since`);
    expect(await rig.of(payment.hash)).toMatchObject({ status: 'pending' });
  });

  it('a signal ends it with its own reason, before and during', async () => {
    const rig = await start();
    const payment = await rig.pending();
    const client = clientOf(rig);
    const reason = new Error('the user left');
    const early = client.waitForTransaction({ chain, hash: payment.hash, signal: AbortSignal.abort(reason) });
    await expect(early).rejects.toBe(reason);
    const aborter = new AbortController();
    const late = client.waitForTransaction({ chain, hash: payment.hash, signal: aborter.signal });
    aborter.abort(reason);
    await expect(late).rejects.toBe(reason);
  });

  it('one that every provider rejects is an error with the reason', async () => {
    const rig = await start();
    await rig.mine(1);
    const fault = { kind: 'error', code: -32_000, message: 'insufficient funds for gas * price + value' } as const;
    rig.provider().fault({ fault, methods: ['eth_sendRawTransaction'] });
    const { raw, hash } = await new TransactionSender({ accountIndex: 0, chainId: caseChainId }).eip1559();
    const wait = clientOf(rig).waitForTransaction({ chain, raw });
    const error = await wait.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({ code: 'transaction_failed', transaction: { hash, reason: 'funds' } });
  });

  it('one that expires is an error', async () => {
    const rig = await start();
    const expiresAt = new Date(Date.now() + 500).toISOString();
    const unseen = rig.chain.prepare(original);
    const wait = clientOf(rig).waitForTransaction({ chain, hash: unseen.hash, expiresAt });
    const error = await wait.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({ code: 'transaction_expired', transaction: { status: 'expired' } });
  });

  it('refusals and mistakes say what was wrong', async () => {
    const rig = await start();
    const client = clientOf(rig);
    const hash = `0x${'ab'.repeat(32)}`;
    await expect(client.waitForTransaction({ chain: 'nowhere', hash })).rejects.toMatchObject({
      code: 'unknown_chain',
      status: 422,
    });
    await expect(client.waitForTransaction({ id: 'tx_none' })).rejects.toThrow(RefusedError);
    await expect(client.waitForTransaction({ chain, hash, timeout: -1 })).rejects.toThrow(OptionsError);
    await expect(clientOf({ url: rig.url, apiKey: 'wrong' }).waitForTransaction({ chain, hash })).rejects.toMatchObject(
      {
        code: 'unauthorized',
        status: 401,
      },
    );
    const nowhere = createClient({ url: 'http://127.0.0.1:9', key: 'any', retries: 0 });
    await expect(nowhere.waitForTransaction({ chain, hash })).rejects.toThrow(UnreachableError);
  });

  it('what a callback throws ends the wait', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending(original);
    const wait = clientOf(rig).waitForTransaction({
      chain,
      hash: payment.hash,
      onReplaced: () => {
        throw new Error('from the callback');
      },
    });
    const rejected = expect(wait).rejects.toThrow('from the callback');
    await outbid(rig, {});
    await rejected;
  });

  it('closing the client ends its waits', async () => {
    const rig = await start();
    const payment = await rig.pending();
    const client = clientOf(rig);
    const wait = client.waitForTransaction({ chain, hash: payment.hash });
    const rejected = expect(wait).rejects.toMatchObject({ code: 'closed' });
    await isTracked(rig, payment.hash);
    await client.transactions();
    await client.close();
    await rejected;
  });

  it('many waits share one socket and none is forgotten', async () => {
    const rig = await start();
    const client = clientOf(rig, { transport: 'websocket' });
    const payments = Array.from({ length: 20 }, () => rig.pay());
    const waits = payments.map(({ hash }) => client.waitForTransaction({ chain, hash, confirmations: 2 }));
    for (const { hash } of payments) await isTracked(rig, hash);
    await rig.mine(2);
    expect((await Promise.all(waits)).map(({ hash }) => hash)).toEqual(payments.map(({ hash }) => hash));
  });
});
