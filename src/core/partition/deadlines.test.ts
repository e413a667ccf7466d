import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../../test/harness/chain-script.ts';
import { StatusRig } from '../../../test/harness/status-rig.ts';
import { inclusionAt, trackedAt } from '../../../test/harness/tracked.ts';
import { dueTimeOf } from './deadlines.ts';

const pay = { name: 'pay', from: 'alice', nonce: 1 };

function followed(): { rig: StatusRig; script: ChainScript } {
  const rig = new StatusRig();
  const script = new ChainScript();
  rig.chainRecord(script.anchor());
  return { rig, script };
}

describe('the next moment', () => {
  test('is the earliest of what it waits for; none where time changes nothing', () => {
    expect(dueTimeOf(trackedAt(1))).toBeNull();
    const options = { ...trackedAt(1).options, expiresAtMs: 9_000 };
    expect(dueTimeOf(trackedAt(1, { options }))).toBe(9_000);
    const broadcast = { raw: '0x02', tries: 1, dueMs: 5_000 };
    expect(dueTimeOf(trackedAt(1, { options, broadcast }))).toBe(5_000);
    expect(dueTimeOf(trackedAt(1, { options, broadcast: { ...broadcast, dueMs: null } }))).toBe(9_000);
  });

  test('is the wait for the receipt first, then the next asking, and none with the receipt', () => {
    const options = { ...trackedAt(1).options, expiresAtMs: 1 };
    const inclusion = inclusionAt(101);
    expect(dueTimeOf(trackedAt(1, { options, inclusion }))).toBe(2_000);
    inclusion.said.included = true;
    expect(dueTimeOf(trackedAt(1, { options, inclusion }))).toBe(16_000);
    const receipt = { execution: 'success' as const, gasUsed: '1', effectiveGasPrice: null, provider: 'one' };
    expect(dueTimeOf(trackedAt(1, { options, inclusion: { ...inclusion, receipt } }))).toBeNull();
  });
});

describe('waking', () => {
  test('a missing receipt is asked for again every 15 seconds, as long as it is missing', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]));
    rig.probes.splice(0);
    rig.wait(14_999);
    expect(rig.probes).toEqual([]);
    rig.wait(1);
    rig.wait(15_000);
    expect(rig.probes).toHaveLength(2);
    rig.receipts();
    rig.wait(60_000);
    expect(rig.probes).toEqual([]);
    expect(rig.node.nextDueMs()).toBeNull();
  });

  test('a broadcast without a verdict is sent again after 2, 4, 8 … at most 60 seconds', () => {
    const { rig } = followed();
    rig.track(pay, { known: true, raw: '0x02' });
    const startMs = rig.timeMs;
    const sentAfter: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      rig.submissions.splice(0);
      rig.wait((rig.node.nextDueMs() ?? 0) - rig.timeMs);
      expect(rig.submissions).toHaveLength(1);
      sentAfter.push((rig.timeMs - startMs) / 1_000);
    }
    expect(sentAfter).toEqual([2, 6, 14, 30, 62, 122, 182, 242]);
  });

  test('what a block held is looked up again where that block left before it was said', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([pay]));
    rig.track(pay);
    rig.probes.splice(0);
    rig.chainRecord(script.revert(1));
    expect(rig.probes.splice(0)).toEqual([{ kind: 'lookup', chain: rig.chain, hash: hashOf('pay') }]);
    rig.chainRecord(script.block([], 'b'));
    expect(rig.probes).toHaveLength(1);
    rig.seen(pay);
    expect(rig.said()).toEqual(['pending']);
  });

  test('what is looked up again waits 1, 2, 4 … at most 64 blocks, until a provider shows it', () => {
    const { rig, script } = followed();
    rig.track(pay);
    const asked: number[] = [];
    for (let block = 1; block <= 300; block += 1) {
      rig.probes.splice(0);
      rig.chainRecord(script.block());
      if (rig.probes.length > 0) asked.push(block);
    }
    expect(asked).toEqual([1, 3, 7, 15, 31, 63, 127, 191, 255]);
    rig.seen(pay);
    rig.probes.splice(0);
    for (let block = 0; block < 100; block += 1) rig.chainRecord(script.block());
    expect(rig.probes).toEqual([]);
  });

  test('I21: a clock that stands still or lags wakes nobody early', () => {
    const { rig } = followed();
    rig.track(pay, { options: { expiresAtMs: rig.timeMs + 1_000 } });
    rig.wait(0).wait(999);
    expect(rig.said()).toEqual([]);
    rig.wait(1);
    expect(rig.said()).toEqual(['expired']);
  });

  test('who is untracked is woken no more, nor is one registered again by the old moments', () => {
    const { rig } = followed();
    rig.track(pay, { options: { expiresAtMs: rig.timeMs + 1_000 } });
    rig.untrack('pay');
    rig.track(pay);
    rig.wait(5_000);
    expect(rig.said()).toEqual([]);
    expect(rig.facts('pay').status).toBe('unknown');
  });
});

test('a restart asks at once for everything that is still wanted, and says nothing', () => {
  const { rig, script } = followed();
  rig.track(pay);
  rig.track({ name: 'raw' }, { known: true, raw: '0x02' });
  rig.track({ name: 'mined' });
  rig.track({ name: 'done' });
  rig.chainRecord(script.block([{ name: 'done' }])).receipts();
  rig.chainRecord(script.block([{ name: 'mined' }]));
  rig.restart();
  const wants = rig.node.wants({ position: 1, timeMs: 1 });
  expect(wants.events).toEqual([]);
  expect(wants.probes.map((probe) => [probe.kind, probe.hash]).sort()).toEqual(
    [
      ['lookup', hashOf('pay')],
      ['receipt', hashOf('mined')],
    ].sort(),
  );
  expect(wants.submissions).toMatchObject([{ hash: hashOf('raw') }]);
});
