import type { Refresh, TrackRequest } from '@txtrail/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../test/harness/chain-script.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { chainInput, factInput, receiptInputs, rigChain, StagesRig } from '../../test/harness/stages-rig.ts';
import { EvmRawDecoder } from '../adapters/evm/evm-raw-decoder.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import type { TrackOutcome } from '../ports/tracker-service.ts';
import { StatusDesk } from '../status/status-desk.ts';
import { Registrar } from './registrar.ts';

const account = privateKeyToAccount('0x3333333333333333333333333333333333333333333333333333333333333333');
const hash = hashOf('pay');

const found: Refresh = { asked: ['one'], answered: [], outcome: 'unknown', reasons: [] };

async function started(log?: MemoryLog, refreshed: (asked: readonly string[]) => Refresh | null = () => found) {
  const clock = manualClock();
  const memory = log ?? new MemoryLog({}, { clock });
  const rig = await StagesRig.start(memory, clock);
  const scheduler = new ManualScheduler();
  const registrar = new Registrar(
    { chains: [rigChain], partitions: 64, instance: 'here' },
    {
      writer: rig.stages.dispatcher,
      status: new StatusDesk(rig.stages.status),
      decoder: new EvmRawDecoder(),
      scheduler,
      watchReport: () => ({ lag: 2, providers: [] }),
      refresher: { refresh: async (...asked) => refreshed(asked) },
    },
  );
  const { outcomes, words } = rig.stages.status;
  return { rig, log: memory, scheduler, registrar, waiting: () => [outcomes.count, words.count] };
}

function request(change: Partial<TrackRequest> = {}): TrackRequest {
  return { chain: 'ethereum', hash, ...change };
}

async function rawRequest(): Promise<{ request: TrackRequest; hash: string }> {
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: 1,
    nonce: 0,
    to: '0x00000000000000000000000000000000000000aa',
    gas: 21_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
  });
  const decoded = new EvmRawDecoder().decode('eip155:1', raw);
  if (!decoded.ok) throw new Error(decoded.reason);
  return { request: { chain: 'ethereum', raw }, hash: decoded.hash };
}

function codeOf(outcome: TrackOutcome): string {
  return outcome.outcome === 'refused' ? outcome.code : outcome.outcome;
}

describe('a registration', () => {
  test('is durable and decided when it is answered, and found at once', async () => {
    const { rig, registrar, waiting } = await started();
    const outcome = await registrar.track('acme', request({ subscriber: 'alice', metadata: { order: 7 } }));
    expect(outcome).toMatchObject({
      outcome: 'created',
      transaction: { chain: 'eip155:1', chainId: 1, hash, subscriber: 'alice', status: 'unknown', thresholds: [1, 3] },
    });
    expect(rig.log.end).toBeGreaterThan(0);
    if (outcome.outcome === 'refused') throw new Error(outcome.detail);
    expect(await registrar.transaction('acme', outcome.transaction.id)).toEqual(outcome.transaction);
    expect(rig.probes).toEqual([{ kind: 'lookup', chain: 'eip155:1', hash }]);
    expect(waiting()).toEqual([0, 0]);
  });

  test('I16: two that are the same race: one is created, the other exists, with one id', async () => {
    const { registrar } = await started();
    const upper = request({ hash: `0x${hash.slice(2).toUpperCase()}`, chain: 'eip155:1' });
    const outcomes = await Promise.all([registrar.track('acme', request()), registrar.track('acme', upper)]);
    expect(outcomes.map(codeOf)).toEqual(['created', 'existing']);
    const ids = outcomes.map((one) => (one.outcome === 'refused' ? null : one.transaction.id));
    expect(ids[0]).toBe(ids[1]);
  });

  test('with other options it conflicts, by effective value, naming what differs; what is left out never does', async () => {
    const { registrar } = await started();
    await registrar.track('acme', request({ confirmations: 5, metadata: { a: 1, b: [2, { c: 3 }] }, nonce: 4 }));
    const again = async (change: Partial<TrackRequest>): Promise<string> => {
      const outcome = await registrar.track('acme', request(change));
      return outcome.outcome === 'refused' ? `${outcome.code}: ${outcome.detail}` : outcome.outcome;
    };
    expect(await again({})).toBe('existing');
    expect(await again({ confirmations: 5, thresholds: [3, 1] })).toBe('existing');
    expect(await again({ metadata: { b: [2, { c: 3 }], a: 1 } })).toBe('existing');
    expect(await again({ confirmations: 6 })).toMatch(/^transaction_conflict: tx_\w+ .* another confirmations;/);
    expect(await again({ private: true, expiresAt: '2030-01-01T00:00:00Z', metadata: { a: 2 } })).toMatch(
      /another private, expiresAt, metadata;/,
    );
    expect(await again({ nonce: 5 })).toMatch(/another nonce/);
    expect(await again({ nonce: 4 })).toBe('existing');
  });

  test('S01: the same hash of another tenant is another transaction that nobody else sees', async () => {
    const { registrar } = await started();
    const ours = await registrar.track('acme', request({ confirmations: 9 }));
    const theirs = await registrar.track('other', request());
    expect([codeOf(ours), codeOf(theirs)]).toEqual(['created', 'created']);
    if (ours.outcome === 'refused') throw new Error(ours.detail);
    const { id } = ours.transaction;
    expect(await registrar.transaction('other', id)).toBeNull();
    expect(await registrar.untrack('other', id)).toBe(false);
    expect(await registrar.change('other', id, { confirmations: 2 })).toMatchObject({ code: 'not_found' });
    expect((await registrar.transactions('other', { hash, after: 0, limit: 10 })).transactions).toHaveLength(1);
    expect((await registrar.transaction('acme', id))?.requiredConfirmations).toBe(9);
  });
});

describe('a batch', () => {
  test('answers in order; bad entries spoil only themselves, and one entry twice is created once', async () => {
    const { registrar, log } = await started();
    const { end } = log;
    const outcomes = await registrar.trackBatch('acme', [
      request(),
      request({ chain: 'nowhere' }),
      request(),
      request({ confirmations: 7 }),
      request({ hash: undefined, raw: '0x00' }),
      request({ subscriber: 'bob', thresholds: [99] }),
      request({ hash: hashOf('another') }),
    ]);
    expect(outcomes.map(codeOf)).toEqual([
      'created',
      'unknown_chain',
      'existing',
      'transaction_conflict',
      'invalid_raw_transaction',
      'invalid_request',
      'created',
    ]);
    expect(log.end - end).toBeGreaterThanOrEqual(4);
    expect(await registrar.trackBatch('acme', [])).toEqual([]);
    expect((await registrar.trackBatch('acme', [request({ chain: 'nowhere' })])).map(codeOf)).toEqual([
      'unknown_chain',
    ]);
  });
});

describe('a log that refuses', () => {
  test('I17: overloaded is told to the caller, and nobody waits for ever', async () => {
    const clock = manualClock();
    const { registrar, log, waiting } = await started(new MemoryLog({ waitingBytesLimit: 1_000 }, { clock }));
    const release = log.hold();
    const first = registrar.track('acme', request());
    const { request: raw } = await rawRequest();
    const refused = [
      registrar.track('acme', request({ subscriber: 'b', metadata: 'x'.repeat(1_000) })),
      registrar.track('acme', raw),
      registrar.trackBatch('acme', [request({ subscriber: 'c' }), request({ subscriber: 'd' })]),
    ];
    for (const one of refused) await expect(one).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    release();
    expect(codeOf(await first)).toBe('created');
    expect(waiting()).toEqual([0, 0]);
  });

  test('a log that fails for good, also with requests on their way', async () => {
    const { registrar, log, waiting } = await started();
    log.hold();
    const first = registrar.track('acme', request());
    log.fail(new Error('the disk is gone'));
    await expect(first).rejects.toMatchObject({ code: 'log_failed' });
    await expect(registrar.track('acme', request())).rejects.toMatchObject({ code: 'log_failed' });
    expect(waiting()).toEqual([0, 0]);
  });
});

describe('a raw transaction', () => {
  async function answered(tracking: Promise<TrackOutcome>): Promise<TrackOutcome | 'still waiting'> {
    await new Promise((resolve) => setImmediate(resolve));
    return Promise.race([tracking, Promise.resolve('still waiting' as const)]);
  }

  test('is sent and answered with the first outcome', async () => {
    const { rig, registrar, scheduler, waiting } = await started();
    const raw = await rawRequest();
    const tracking = registrar.track('acme', raw.request);
    expect(await answered(tracking)).toBe('still waiting');
    expect(rig.submissions).toEqual([{ chain: 'eip155:1', hash: raw.hash, raw: raw.request.raw }]);
    await rig.write(
      factInput({
        kind: 'broadcast',
        chain: 'eip155:1',
        hash: raw.hash,
        outcome: 'accepted',
        failureClass: null,
        message: '',
        providers: ['one'],
      }),
    );
    expect(await answered(tracking)).toMatchObject({ outcome: 'created', transaction: { status: 'pending' } });
    expect(scheduler.nextDelayMs).toBeNull();
    expect(waiting()).toEqual([0, 0]);
  });

  test('or after two seconds, as it stands then', async () => {
    const { registrar, scheduler, waiting } = await started();
    const { request: raw } = await rawRequest();
    const tracking = registrar.track('acme', raw);
    await answered(tracking);
    await scheduler.pass(1_999);
    expect(await answered(tracking)).toBe('still waiting');
    await scheduler.pass(1);
    expect(await answered(tracking)).toMatchObject({ outcome: 'created', transaction: { status: 'unknown' } });
    expect(waiting()).toEqual([0, 0]);
  });

  test('given for one that is tracked by hash already, it is sent and its outcome waited for; a second time it is not', async () => {
    const { rig, registrar, scheduler } = await started();
    const raw = await rawRequest();
    await registrar.track('acme', request({ hash: raw.hash }));
    const tracking = registrar.track('acme', raw.request);
    expect(await answered(tracking)).toBe('still waiting');
    expect(rig.submissions).toHaveLength(1);
    await rig.write(
      factInput({
        kind: 'broadcast',
        chain: 'eip155:1',
        hash: raw.hash,
        outcome: 'rejected',
        failureClass: 'funds',
        message: 'too poor',
        providers: ['one'],
      }),
    );
    expect(await answered(tracking)).toMatchObject({ outcome: 'existing', transaction: { status: 'failed' } });
    expect(await answered(registrar.track('acme', raw.request))).toMatchObject({ outcome: 'existing' });
    expect([rig.submissions.length, scheduler.nextDelayMs]).toEqual([1, null]);
  });

  test('that is in a block already is not sent, and its story is the first outcome', async () => {
    const { rig, registrar } = await started();
    const raw = await rawRequest();
    const script = new ChainScript();
    await rig.write(chainInput(script.anchor()));
    const block = script.block([{ name: 'stands for it' }]);
    const renamed = JSON.parse(JSON.stringify(block).replaceAll(hashOf('stands for it'), raw.hash)) as typeof block;
    await rig.write(chainInput(renamed));
    const tracking = registrar.track('acme', raw.request);
    expect(await answered(tracking)).toBe('still waiting');
    await rig.write(...receiptInputs(renamed));
    expect(await answered(tracking)).toMatchObject({ outcome: 'created', transaction: { status: 'included' } });
    expect(rig.submissions).toEqual([]);
  });
});

describe('changes and lists', () => {
  test('a change is checked, applied and shown; one of what is not tracked is not found', async () => {
    const { registrar } = await started();
    const outcome = await registrar.track('acme', request());
    if (outcome.outcome === 'refused') throw new Error(outcome.detail);
    const { id } = outcome.transaction;
    expect(await registrar.change('acme', id, { confirmations: 2, metadata: 'new' })).toMatchObject({
      outcome: 'changed',
      transaction: { requiredConfirmations: 2, thresholds: [1], metadata: 'new' },
    });
    expect(await registrar.change('acme', id, { thresholds: [2] })).toMatchObject({ code: 'invalid_request' });
    expect(await registrar.change('acme', 'tx_unknown', {})).toMatchObject({ code: 'not_found' });
  });

  test('untracked once; registered again it keeps its id', async () => {
    const { registrar } = await started();
    const first = await registrar.track('acme', request());
    if (first.outcome === 'refused') throw new Error(first.detail);
    const { id } = first.transaction;
    expect(await Promise.all([registrar.untrack('acme', id), registrar.untrack('acme', id)])).toEqual([true, false]);
    expect(await registrar.untrack('acme', id)).toBe(false);
    expect(await registrar.track('acme', request())).toMatchObject({ outcome: 'created', transaction: { id } });
  });

  test('the list goes by registration, in pages that join, narrowed by chain, hash, subscriber and status', async () => {
    const { registrar } = await started();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await registrar.track('acme', request({ hash: hashOf(name), subscriber: `of ${name}` }));
    await registrar.track('acme', request({ hash: hashOf('b'), subscriber: 'second' }));
    const first = await registrar.transactions('acme', { after: 0, limit: 4 });
    const rest = await registrar.transactions('acme', { after: first.next ?? 0, limit: 4 });
    const hashes = [...first.transactions, ...rest.transactions].map((one) => one.hash);
    expect(hashes).toEqual([...names, 'b'].map(hashOf));
    expect(rest.next).toBeNull();
    const found = async (query: object): Promise<number> =>
      (await registrar.transactions('acme', { after: 0, limit: 10, ...query })).transactions.length;
    expect(await found({ hash: hashOf('b').toUpperCase().replace('0X', '0x') })).toBe(2);
    expect(await found({ hash: hashOf('b'), subscriber: 'second', chain: 'ethereum' })).toBe(1);
    expect(await found({ chain: 'eip155:1', status: 'unknown' })).toBe(6);
    expect(await found({ status: 'pending' })).toBe(0);
    expect(await found({ chain: 'eip155:5' })).toBe(0);
    const page = await registrar.transactions('acme', { hash: hashOf('b'), after: 0, limit: 1 });
    expect(await registrar.transactions('acme', { hash: hashOf('b'), after: page.next ?? 0, limit: 1 })).toMatchObject({
      transactions: [{ subscriber: 'second' }],
      next: null,
    });
  });

  test('a refresh asks about the hash on its chain, and answers with the transaction as it stands then', async () => {
    const asked: (readonly string[])[] = [];
    const { registrar } = await started(undefined, (question) => {
      asked.push(question);
      return asked.length === 1 ? found : null;
    });
    const { transaction } = (await registrar.track('acme', request())) as { transaction: { id: string } };
    expect(await registrar.refresh('acme', transaction.id)).toEqual({
      outcome: 'refreshed',
      transaction: await registrar.transaction('acme', transaction.id),
      refresh: found,
    });
    expect(asked).toEqual([['eip155:1', hash]]);
    expect(await registrar.refresh('other', transaction.id)).toMatchObject({ code: 'not_found' });
    expect(asked).toHaveLength(1);
    expect(await registrar.refresh('acme', transaction.id)).toMatchObject({ code: 'too_many_requests' });
  });

  test('every configured chain is shown, with what the watcher reports', async () => {
    const { rig, registrar } = await started();
    expect(registrar.chains()).toMatchObject([{ chain: 'eip155:1', head: null, lag: 2, recentBlocks: [] }]);
    const script = new ChainScript();
    for (const record of [script.anchor(), script.block(), script.block(), script.settle(101)]) {
      await rig.write(chainInput(record));
    }
    await rig.write(chainInput(script.revert(1)));
    expect(registrar.chains()).toMatchObject([
      {
        head: { number: 101 },
        finalized: { number: 101 },
        recentBlocks: [{ number: 101 }, { number: 100 }],
        recentReorgs: [{ depth: 1, ancestor: { number: 101 }, beyondFinality: false }],
      },
    ]);
  });
});
