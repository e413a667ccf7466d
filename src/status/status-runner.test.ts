import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../test/harness/chain-script.ts';
import {
  chainInput,
  factInput,
  keyOfTracked,
  receiptInputs,
  registrationInput,
  StagesRig,
  trackInput,
} from '../../test/harness/stages-rig.ts';
import { StatusDesk } from './status-desk.ts';

const pay = { name: 'pay', from: 'alice', nonce: 1 };

async function followed(): Promise<{ rig: StagesRig; desk: StatusDesk; script: ChainScript }> {
  const rig = await StagesRig.overMemory();
  const script = new ChainScript();
  await rig.write(chainInput(script.anchor()));
  return { rig, desk: new StatusDesk(rig.stages.status), script };
}

/** What a promise has come to by now. */
async function now<Value>(promise: Promise<Value>): Promise<Value | 'waiting'> {
  return Promise.race([promise, Promise.resolve('waiting' as const)]);
}

describe('those who wait', () => {
  test('for the outcome of their request, by its id', async () => {
    const { rig, desk } = await followed();
    const request = (requestId: string) => registrationInput({ kind: 'untrack', ...keyOfTracked('pay'), requestId });
    const [ours, other] = [desk.outcomeOf('r-1'), desk.outcomeOf('r-2')];
    await rig.write(request('r-1'));
    expect(await now(ours.outcome)).toMatchObject({ kind: 'not_tracked' });
    expect(await now(other.outcome)).toBe('waiting');
    other.cancel();
    expect(rig.stages.status.outcomes.count).toBe(0);
  });

  test('for the next word on a transaction: an event, or a verdict on its broadcast that says nothing', async () => {
    const { rig, desk, script } = await followed();
    const { id } = keyOfTracked('pay');
    await rig.write(trackInput(pay, { known: true, raw: '0x02' }));
    const verdict = { kind: 'broadcast', chain: 'eip155:1', hash: hashOf('pay'), message: '', providers: [] } as const;
    const unclear = desk.nextWordOn(id);
    await rig.write(factInput({ ...verdict, outcome: 'unclear', failureClass: null }));
    expect(await now(unclear.word)).toBeUndefined();
    const mined = desk.nextWordOn(id);
    const block = script.block([pay]);
    await rig.write(chainInput(block));
    expect(await now(mined.word)).toBe('waiting');
    await rig.write(...receiptInputs(block));
    expect(await now(mined.word)).toBeUndefined();
    expect(rig.stages.status.words.count).toBe(0);
  });
});

describe('what it holds', () => {
  test('reorgs of a chain, newest first and bounded, also after a restart', async () => {
    const { rig, desk, script } = await followed();
    for (let n = 0; n < 60; n += 1) {
      await rig.write(chainInput(script.block([], `b${n}`)), chainInput(script.revert(1)));
    }
    const { recentReorgs } = desk.chain('eip155:1');
    expect(recentReorgs).toHaveLength(50);
    expect(recentReorgs[0]).toMatchObject({ depth: 1, ancestor: { number: 100 }, beyondFinality: false });
    const again = await StagesRig.start(rig.log, rig.clock);
    expect(new StatusDesk(again.stages.status).chain('eip155:1')).toEqual(desk.chain('eip155:1'));
  });

  test('the blocks that a reorg took, highest first, also from the log and from a snapshot', async () => {
    const { rig, desk, script } = await followed();
    await rig.write(chainInput(script.block([pay], 'left')), chainInput(script.block([], 'left too')));
    const leaving = desk.chain('eip155:1').recentBlocks.slice(0, 2);
    await rig.write(chainInput(script.revert(2)));
    const [note] = desk.chain('eip155:1').recentReorgs;
    expect(note?.orphaned).toEqual(leaving);
    expect(note?.orphaned.map(({ number, transactions }) => [number, transactions])).toEqual([
      [102, 0],
      [101, 1],
    ]);
    const captured = rig.stages.dispatcher.capture();
    await rig.write(chainInput(script.block([], 'after')));
    const replayed = await StagesRig.start(rig.log, rig.clock);
    const restored = await StagesRig.start(rig.log, rig.clock, await captured);
    for (const again of [replayed, restored]) {
      expect(new StatusDesk(again.stages.status).chain('eip155:1').recentReorgs).toEqual([note]);
    }
  });

  test('of a reorg deeper than any, its depth and the highest of the blocks that left', async () => {
    const { rig, desk, script } = await followed();
    for (let n = 0; n < 300; n += 1) await rig.write(chainInput(script.block([], `b${n}`)));
    await rig.write(chainInput(script.revert(300)));
    const [note] = desk.chain('eip155:1').recentReorgs;
    expect(note?.depth).toBe(300);
    expect(note?.orphaned).toHaveLength(256);
    expect(note?.orphaned[0]?.number).toBe(400);
  });

  test('a reorg of a snapshot that did not name its blocks yet', async () => {
    const { rig, desk } = await followed();
    const note = { timeMs: 1, depth: 1, ancestor: { number: 1, hash: '0x1' }, beyondFinality: false };
    rig.stages.status.restore({ name: 'reorgs', text: JSON.stringify([['eip155:1', [note]]]) });
    expect(desk.chain('eip155:1').recentReorgs).toEqual([{ ...note, orphaned: [] }]);
  });

  test('the newest blocks of a chain, with how many transactions each holds', async () => {
    const { rig, desk, script } = await followed();
    await rig.write(chainInput(script.block([pay])));
    for (let n = 0; n < 70; n += 1) await rig.write(chainInput(script.block()));
    const { recentBlocks, head } = desk.chain('eip155:1');
    expect(recentBlocks).toHaveLength(64);
    expect(recentBlocks[0]).toMatchObject({ number: head?.number, transactions: 0 });
  });
});

test('the list keeps the order of registration through a snapshot, whatever partitions they lie in', async () => {
  const { rig, desk } = await followed();
  const names = Array.from({ length: 12 }, (_, n) => `pay ${n}`);
  for (const name of names) await rig.write(trackInput({ name }));
  const captured = rig.stages.dispatcher.capture();
  await rig.write(trackInput({ name: 'last' }));
  const again = await StagesRig.start(rig.log, rig.clock, await captured);
  const query = { chain: null, hash: null, subscriber: null, status: null, after: 0, limit: 100 };
  const { facts } = new StatusDesk(again.stages.status).list('default', query);
  expect(facts.map(({ hash }) => hash)).toEqual([...names, 'last'].map(hashOf));
  expect(desk.list('default', query).facts).toEqual(facts);
});

test('S01: what another tenant tracks is neither found nor listed, also not by its hash', async () => {
  const { rig, desk } = await followed();
  await rig.write(trackInput(pay, { tenant: 'acme' }));
  const { id, hash } = keyOfTracked('pay', { tenant: 'acme' });
  const query = { chain: null, subscriber: null, status: null, after: 0, limit: 10 };
  expect(desk.find('acme', id)?.id).toBe(id);
  expect(desk.find('other', id)).toBeNull();
  for (const of of [hash, null]) {
    expect(desk.list('acme', { ...query, hash: of }).facts).toHaveLength(1);
    expect(desk.list('other', { ...query, hash: of })).toEqual({ facts: [], next: null });
  }
});
