import type { TxTrailEvent } from '@txtrail/protocol';
import { describe, expect, test } from 'vitest';
import { ChainScript, detailsOf, hashOf } from '../../test/harness/chain-script.ts';
import {
  allRecords,
  chainInput,
  factInput,
  keyOfTracked,
  receiptInputs,
  registrationInput,
  StagesRig,
  tickInput,
  trackInput,
} from '../../test/harness/stages-rig.ts';
import type { EventScope } from '../ports/event-reader.ts';
import { AsksRouter } from './asks-router.ts';
import { LogChainOutput } from './log-chain-output.ts';

const pay = { name: 'pay', from: 'alice', nonce: 1, call: 'alice pays' };
const speedUp = { name: 'speed-up', from: 'alice', nonce: 1, call: 'alice pays' };
const scope: EventScope = { tenant: 'default', subscriber: 'default' };

async function said(rig: StagesRig, of: EventScope = scope): Promise<readonly string[]> {
  return (await rig.events(of)).map(({ place, json }) => {
    const { type, seq, data } = JSON.parse(json) as TxTrailEvent;
    const short = type.replace('transaction.', '');
    if (of.subscriber !== null) expect(seq).toBe(place);
    return short === 'confirmation' ? `${short} ${data.confirmations}` : short;
  });
}

/** Followed from block 100 on. */
async function followed(): Promise<{ rig: StagesRig; script: ChainScript }> {
  const rig = await StagesRig.overMemory();
  const script = new ChainScript();
  await rig.write(chainInput(script.anchor()));
  return { rig, script };
}

describe('from a registration to an acknowledgement', () => {
  test('the whole ladder: tracked, seen, mined, counted, final, read and acknowledged', async () => {
    const { rig, script } = await followed();
    await rig.write(trackInput(pay));
    expect(rig.probes).toEqual([{ kind: 'lookup', chain: 'eip155:1', hash: hashOf('pay') }]);
    const details = detailsOf(pay);
    const sighting = { kind: 'sighting', chain: 'eip155:1', hash: hashOf('pay'), provider: 'one', details } as const;
    await rig.write(factInput({ ...sighting, block: null }));
    const block = script.block([pay]);
    await rig.write(chainInput(block));
    expect(rig.probes.at(-1)).toMatchObject({ kind: 'receipt', hash: hashOf('pay'), index: 0 });
    expect(await said(rig)).toEqual(['pending']);
    await rig.write(...receiptInputs(block));
    for (let n = 0; n < 5; n += 1) await rig.write(chainInput(script.block()));
    await rig.write(chainInput(script.settle(103)));
    expect(await said(rig)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed', 'finalized']);
    expect(await rig.stages.reader.acknowledge(scope, 'app', 5)).toBe('acknowledged');
    expect(await rig.stages.reader.acknowledge(scope, 'app', 6)).toBe('beyond_sent');

    const again = await StagesRig.start(rig.log, rig.clock);
    expect(await said(again)).toEqual(['pending', 'included', 'confirmation 3', 'confirmed', 'finalized']);
    expect(again.stages.reader.acknowledged(scope, 'app')).toBe(5);
    expect([again.probes, again.submissions]).toEqual([[], []]);
  });

  test('a replacement names what it replaces, to each subscriber of it, however late it registered', async () => {
    const { rig, script } = await followed();
    await rig.write(trackInput(pay, { known: true }), trackInput(speedUp, { known: true }));
    await rig.write(trackInput(speedUp, { known: true, subscriber: 'second' }));
    const block = script.block([speedUp]);
    await rig.write(chainInput(block), ...receiptInputs(block));
    for (const subscriber of ['default', 'second']) {
      const events = await rig.events({ tenant: 'default', subscriber });
      const included = events
        .map(({ json }) => JSON.parse(json) as TxTrailEvent)
        .find(({ type }) => type.endsWith('included'));
      expect(included?.data.transaction.replaces).toBe(hashOf('pay'));
    }
    expect(await said(rig)).toContain('replaced');
  });

  test('the wait for a receipt ends by the journal: a replay passes the same moments (I14)', async () => {
    const { rig, script } = await followed();
    await rig.write(trackInput(pay), chainInput(script.block([pay])));
    expect(await said(rig)).toEqual([]);
    rig.clock.nowMs += 1_000;
    await rig.write(tickInput());
    expect(await said(rig)).toEqual(['included']);
    const events = await rig.events(scope);
    rig.clock.nowMs += 3_600_000;
    const again = await StagesRig.start(rig.log, rig.clock);
    expect(await again.events(scope)).toEqual(events);
  });

  test('S01, I11: one hash, two tenants: each its own events and numbers, and nothing of the other', async () => {
    const { rig, script } = await followed();
    await rig.write(trackInput(pay), trackInput(pay, { tenant: 'other', options: { thresholds: [2] } }));
    await rig.write(registrationInput({ kind: 'untrack', ...keyOfTracked('pay', { tenant: 'third' }) }));
    const block = script.block([pay]);
    await rig.write(chainInput(block), ...receiptInputs(block), chainInput(script.block()));
    const other = { tenant: 'other', subscriber: 'default' };
    expect([await said(rig), await said(rig, other)]).toEqual([['included'], ['included', 'confirmation 2']]);
    for (const { json } of await rig.events({ tenant: 'other', subscriber: null })) {
      expect(json).not.toContain('"tenant":"default"');
    }
    expect(await said(rig, { tenant: 'third', subscriber: null })).toEqual([]);
  });

  test('figures: registrations by outcome, events, and the time of each stage', async () => {
    const { rig, script } = await followed();
    await rig.write(trackInput(pay), trackInput(pay));
    const block = script.block([pay]);
    await rig.write(chainInput(block), ...receiptInputs(block));
    const { values } = rig.metrics;
    expect(values.get('txtrail_registrations_total')).toBe(2);
    expect(values.get('txtrail_tracked_transactions')).toBe(1);
    expect(values.get('txtrail_events_numbered_total')).toBe(1);
    expect(values.get('txtrail_stage_seconds')).toBe(2);
  });
});

test('a question for a chain that nobody follows is left, and goes to the right one of several', () => {
  const router = new AsksRouter();
  const asked: string[] = [];
  for (const chain of ['eip155:1', 'eip155:5']) {
    router.attach(chain, {
      probe: ({ hash }) => asked.push(`${chain} ${hash}`),
      submit: ({ raw }) => asked.push(`${chain} ${raw}`),
    });
  }
  router.probe({ kind: 'lookup', chain: 'eip155:5', hash: '0xa' });
  router.submit({ chain: 'eip155:1', hash: '0xb', raw: '0x02' });
  router.probe({ kind: 'lookup', chain: 'eip155:9', hash: '0xc' });
  router.submit({ chain: 'eip155:9', hash: '0xc', raw: '0x03' });
  expect(asked).toEqual(['eip155:5 0xa', 'eip155:1 0x02']);
});

test('what a watcher writes is durable and applied when the call resolves; nulls of providers are not written', async () => {
  const rig = await StagesRig.overMemory();
  const output = new LogChainOutput(rig.stages.dispatcher, rig.stages.shards.partitions);
  const script = new ChainScript();
  await output.chain([script.anchor(), script.block()]);
  expect(rig.stages.status.node.chain('eip155:1').view.head?.number).toBe(101);
  const { end } = rig.log;
  await output.facts([{ kind: 'absent', chain: 'eip155:1', hash: hashOf('pay'), providers: ['one'] }]);
  await output.facts([]);
  expect(rig.log.end).toBe(end);
  const sighting = { kind: 'sighting', chain: 'eip155:1', hash: hashOf('pay'), provider: 'one', block: null } as const;
  await output.facts([{ ...sighting, details: detailsOf(pay) }]);
  const streams = (await allRecords(rig.log)).map(({ stream }) => stream);
  expect(streams.slice(1)).toEqual(['blocks/eip155:1', 'blocks/eip155:1', expect.stringMatching(/^facts\/\d+$/)]);
});
