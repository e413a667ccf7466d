import { describe, expect, test } from 'vitest';
import { ChainScript, addressOf, detailsOf, hashOf } from '../../../test/harness/chain-script.ts';
import { StatusRig } from '../../../test/harness/status-rig.ts';

const pay = { name: 'pay', from: 'alice', nonce: 7, call: 'pay bob' };
const speedUp = { name: 'speed-up', from: 'alice', nonce: 7, call: 'pay bob' };
const cancel = { name: 'cancel', from: 'alice', nonce: 7, selfCancel: true };
const other = { name: 'other', from: 'alice', nonce: 7 };

function followed(): { rig: StatusRig; script: ChainScript } {
  const rig = new StatusRig();
  const script = new ChainScript();
  rig.chainRecord(script.anchor(100));
  return { rig, script };
}

function mineEmpty(script: ChainScript, count: number): ReturnType<ChainScript['block']>[] {
  return Array.from({ length: count }, () => script.block());
}

describe('the whole ladder', () => {
  test('seen, mined and kept: pending, included, confirmation 3, confirmed, finalized, each once and numbered', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig
      .seen(pay)
      .chainRecord(script.block([pay]))
      .receipts();
    rig.chainRecord(...mineEmpty(script, 6), script.settle(101), script.settle(103));
    const revisions = rig.events.map(({ revision }) => revision);
    expect(rig.said()).toEqual(['pending', 'included', 'confirmation 3', 'confirmed', 'finalized']);
    expect(revisions).toEqual([1, 2, 3, 4, 5]);
    expect(rig.facts('pay')).toMatchObject({ status: 'finalized', isTerminal: true, execution: 'success' });
  });

  test('H95: a reverted execution goes the whole ladder as well', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig
      .chainRecord(script.block([pay]))
      .receipts('reverted')
      .chainRecord(...mineEmpty(script, 4), script.settle(101));
    expect(rig.said()).toEqual([
      'included reverted',
      'confirmation 3 reverted',
      'confirmed reverted',
      'finalized reverted',
    ]);
  });

  test('H40: the inclusion block is the first confirmation; the required count is reached count - 1 blocks later', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 2, thresholds: [] } });
    rig.chainRecord(script.block([pay])).receipts();
    expect(rig.said()).toEqual(['included']);
    rig.chainRecord(script.block());
    expect(rig.said()).toEqual(['confirmed']);
  });

  test('one confirmation: included and confirmed in one step', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 1, thresholds: [] } });
    rig.chainRecord(script.block([pay])).receipts();
    expect(rig.said()).toEqual(['included', 'confirmed']);
  });

  test('finality satisfies any count: confirmed comes before finalized, thresholds not reached are not sent', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 64, thresholds: [3] } });
    rig
      .chainRecord(script.block([pay]))
      .receipts()
      .chainRecord(script.settle(101));
    expect(rig.events.at(-2)).toMatchObject({ type: 'transaction.confirmed', confirmations: 64 });
    expect(rig.said()).toEqual(['included', 'confirmed', 'finalized']);
  });

  test('"safe" and "finalized" as the required count', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 'safe', thresholds: [] } });
    rig.track(pay, { subscriber: 'second', options: { confirmations: 'finalized', thresholds: [2] } });
    rig
      .chainRecord(script.block([pay]))
      .receipts()
      .chainRecord(script.block(), script.settle(null, 101));
    expect(rig.said()).toEqual(['included', 'included', 'confirmation 2', 'confirmed']);
    rig.chainRecord(script.settle(101));
    expect(rig.said()).toEqual(['finalized', 'confirmed', 'finalized']);
  });

  test('events that were not asked for are not said and take no revision; safe only when asked for', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { types: ['transaction.safe', 'transaction.finalized'] } });
    rig
      .chainRecord(script.block([pay]))
      .receipts()
      .chainRecord(...mineEmpty(script, 5), script.settle(101));
    expect(rig.events.map(({ revision }) => revision)).toEqual([1, 2]);
    expect(rig.said()).toEqual(['safe', 'finalized']);
    expect(rig.facts('pay').status).toBe('finalized');
  });

  test('several thresholds that pass in one step each give an event, in order', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 6, thresholds: [2, 3, 4] } });
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 3));
    expect(rig.said()).toEqual([]);
    rig.receipts();
    expect(rig.said()).toEqual(['included', 'confirmation 2', 'confirmation 3', 'confirmation 4']);
  });
});

describe('the receipt', () => {
  test('H30: included waits a second for it, then goes without; the outcome follows as executed', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay])).wait(999);
    expect(rig.said()).toEqual([]);
    rig.wait(1);
    expect(rig.events[0]?.transaction).toMatchObject({ status: 'included', execution: null, confirmations: 1 });
    expect(rig.said()).toEqual(['included']);
    rig.receipts();
    expect(rig.said()).toEqual(['executed']);
  });

  test('confirmed and finalized are never said while the execution is unknown', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig
      .chainRecord(script.block([pay]))
      .wait(1_000)
      .chainRecord(...mineEmpty(script, 9), script.settle(105));
    expect(rig.said()).toEqual(['included', 'confirmation 3']);
    rig.receipts();
    expect(rig.said()).toEqual(['executed', 'confirmed', 'finalized']);
  });

  test('H32: a receipt of another block is not taken', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]));
    const [probe] = rig.probes.splice(1);
    rig.probes.splice(0);
    rig.fact({
      kind: 'receipt',
      chain: rig.chain,
      hash: hashOf('pay'),
      blockHash: hashOf('an orphan'),
      provider: 'two',
      execution: 'success',
      gasUsed: '1',
      effectiveGasPrice: '1',
    });
    expect(probe).toMatchObject({ kind: 'receipt', index: 0 });
    expect(rig.said()).toEqual([]);
  });

  test('a receipt that stays away is asked for again, and after a restart', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]));
    rig.probes.splice(0);
    rig.wait(15_000);
    expect(rig.probes.splice(0)).toHaveLength(1);
    rig.restart();
    expect(rig.node.wants({ position: 0, timeMs: 0 }).probes).toMatchObject([{ kind: 'receipt' }]);
  });
});

describe('reorgs', () => {
  test('H73: its block is replaced by another that holds it too: reorged, then included again', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay])).receipts();
    rig.said();
    rig.chainRecord(script.revert(1), script.block([pay], 'b')).receipts();
    expect(rig.events[0]).toMatchObject({
      previousStatus: 'included',
      transaction: { status: 'pending', blockHash: null, confirmations: 0 },
      reorg: { fromBlockNumber: 101, depth: 1, beyondFinality: false },
    });
    expect(rig.said()).toEqual(['reorged depth=1', 'included']);
  });

  test('H74: reorged out and not back: pending, and included when it comes later', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 2)).receipts();
    expect(rig.said()).toEqual(['included', 'confirmation 3']);
    rig.chainRecord(script.revert(3), script.block([], 'b'), script.block([], 'b'), script.block([], 'b'));
    expect(rig.said()).toEqual(['reorged depth=3']);
    expect(rig.facts('pay').status).toBe('pending');
    rig.chainRecord(script.block([pay], 'b')).receipts();
    expect(rig.said()).toEqual(['included']);
  });

  test('a rival in the new branch: reorged, then replaced', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay])).receipts();
    rig.said();
    rig.chainRecord(script.revert(1), script.block([cancel], 'b'));
    expect(rig.said()).toEqual(['reorged depth=1', 'replaced cancelled open']);
  });

  test('confirmed, then reorged, then confirmed again: the thresholds are said again for the new block', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 4)).receipts();
    rig.said();
    rig.chainRecord(script.revert(5), script.block([pay], 'b')).receipts();
    rig.chainRecord(...mineEmpty(script, 4));
    expect(rig.said()).toEqual(['reorged depth=5', 'included', 'confirmation 3', 'confirmed']);
  });

  test('F04: back to the first branch (A-B-A) tells two reorgs and ends included', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay], 'a')).receipts();
    rig.chainRecord(script.revert(1), script.block([], 'b'), script.revert(1), script.block([pay], 'a')).receipts();
    expect(rig.said()).toEqual(['included', 'reorged depth=1', 'included']);
  });

  test('what was not said needs no taking back', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]), script.revert(1), script.block([], 'b')).wait(5_000);
    expect(rig.said()).toEqual([]);
    expect(rig.facts('pay').status).toBe('unknown');
  });

  test('a reorg above its block changes nothing that was said; no threshold comes twice', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 2)).receipts();
    rig.said();
    rig.chainRecord(script.revert(2), script.block([], 'b'), script.block([], 'b'), script.block([], 'b'));
    expect(rig.said()).toEqual([]);
    rig.chainRecord(script.block([], 'b'));
    expect(rig.said()).toEqual(['confirmed']);
  });

  test('H12, F05: out of finality only with the mark that it went beyond', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 1, thresholds: [] } });
    rig
      .chainRecord(script.block([pay]))
      .receipts()
      .chainRecord(script.settle(101));
    rig.said();
    rig.chainRecord(script.revert(1, true));
    expect(rig.events[0]).toMatchObject({ previousStatus: 'finalized', reorg: { beyondFinality: true } });
    expect(rig.facts('pay')).toMatchObject({ status: 'pending', isTerminal: false, finalizedAtMs: null });
  });
});

describe('replacement', () => {
  test.each([
    [speedUp, 'repriced'],
    [cancel, 'cancelled'],
    [other, 'replaced'],
  ] as const)('H53: a rival with the same sender and nonce: %o is %s, final once its block is', (rival, reason) => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.seen(pay).chainRecord(script.block([rival]));
    expect(rig.facts('pay')).toMatchObject({
      status: 'replaced',
      reason,
      replacedBy: hashOf(rival.name),
      isTerminal: false,
    });
    rig.chainRecord(script.block(), script.settle(101));
    expect(rig.said()).toEqual(['pending', `replaced ${reason} open`, `replaced ${reason} final`]);
    expect(rig.facts('pay').isTerminal).toBe(true);
  });

  test('H54: with sender and nonce from the caller alone a replacement is seen too', () => {
    const { rig, script } = followed();
    rig.track(pay, { claimed: { from: addressOf('alice'), nonce: 7 } });
    rig.chainRecord(script.block([other]));
    expect(rig.said()).toEqual(['replaced replaced open']);
  });

  test('H58: the rival is reorged out: pending again, and included when it is mined after all', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig
      .seen(pay)
      .chainRecord(script.block([speedUp]), script.revert(1), script.block([pay], 'b'))
      .receipts();
    expect(rig.said()).toEqual(['pending', 'replaced repriced open', 'pending', 'included']);
    expect(rig.facts('pay')).toMatchObject({ replacedBy: null, reason: null });
  });

  test('a wrong claim of sender and nonce gives way to the block that holds the transaction', () => {
    const { rig, script } = followed();
    rig.track(pay, { claimed: { from: addressOf('mallory'), nonce: 1 } });
    rig.chainRecord(script.block([{ name: 'unrelated', from: 'mallory', nonce: 1 }]));
    expect(rig.said()).toEqual(['replaced replaced open']);
    rig.chainRecord(script.block([pay])).receipts();
    expect(rig.said()).toEqual(['included']);
    expect(rig.facts('pay')).toMatchObject({ status: 'included', replacedBy: null, from: addressOf('alice') });
  });

  test('a wrong claim, and the block that showed it is gone before it was said: the next one counts', () => {
    const { rig, script } = followed();
    rig.track(pay, { claimed: { from: addressOf('mallory'), nonce: 1 } });
    rig.chainRecord(script.block([{ name: 'unrelated', from: 'mallory', nonce: 1 }]), script.block([pay]));
    rig.chainRecord(script.revert(1), script.block([pay], 'b')).receipts();
    expect(rig.said()).toEqual(['replaced replaced open', 'included']);
  });
});

describe('late registration', () => {
  test('mined before: the same story at once, marked late; what comes later is not', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 3));
    rig.track(pay);
    rig.receipts();
    expect(rig.said()).toEqual(['included late', 'confirmation 3 late']);
    rig.chainRecord(script.block(), script.settle(101));
    expect(rig.said()).toEqual(['confirmed', 'finalized']);
  });

  test('registered after a reorg to a shorter chain: what is mined at the heights that were lost is news', () => {
    const { rig, script } = followed();
    rig.chainRecord(...mineEmpty(script, 4), script.revert(3), script.block([], 'b'));
    rig.track(pay);
    rig.chainRecord(script.block([pay], 'b')).receipts();
    expect(rig.said()).toEqual(['included']);
  });

  test('a block younger than the registration is news, whatever heights were announced before (seed 1)', () => {
    const rig = new StatusRig();
    const script = new ChainScript();
    // Somebody announces heights of a fork of its own.
    rig.chainRecord(script.anchor(100, 110));
    rig.wait(script.head.timestampMs - rig.timeMs).track(pay);
    rig.chainRecord(script.block([pay], 'a', 110)).receipts();
    expect(rig.said()).toEqual(['included']);
  });

  test('a winner that a reorg brought after the registration is news, though its sender was learnt later', () => {
    const { rig, script } = followed();
    rig.chainRecord(...mineEmpty(script, 2));
    rig.track(pay, { known: false });
    rig.chainRecord(script.revert(2), script.block([speedUp], 'b'), script.block([], 'b'));
    rig.seen(pay);
    expect(rig.said()).toEqual(['pending', 'replaced repriced open']);
  });

  test('final before: the whole story is late', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([pay]), ...mineEmpty(script, 8), script.settle(105));
    rig.track(pay);
    rig.receipts();
    expect(rig.said()).toEqual(['included late', 'confirmation 3 late', 'confirmed late', 'finalized late']);
  });

  test('replaced before', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([speedUp]), script.settle(101));
    rig.track(pay, { known: true });
    expect(rig.said()).toEqual(['replaced repriced open late', 'replaced repriced final late']);
  });

  test('found by a lookup in a settled block below the window', () => {
    const { rig } = followed();
    rig.track(pay);
    expect(rig.probes).toEqual([{ kind: 'lookup', chain: rig.chain, hash: hashOf('pay') }]);
    const block = { number: 50, hash: hashOf('old block'), index: 3, timestampMs: 1, settled: true };
    rig.fact({
      kind: 'sighting',
      chain: rig.chain,
      hash: hashOf('pay'),
      provider: 'one',
      details: detailsOf(pay),
      block,
    });
    rig.receipts();
    expect(rig.said()).toEqual(['included late', 'confirmation 3 late', 'confirmed late']);
  });

  test('found by a lookup in the very block that the chain is followed from, whose body was never read', () => {
    const { rig, script } = followed();
    rig.track(pay);
    const block = { number: 100, hash: script.head.hash, index: 0, timestampMs: 1, settled: false };
    const sighting = { kind: 'sighting', chain: rig.chain, hash: hashOf('pay'), provider: 'one' } as const;
    rig.fact({ ...sighting, details: detailsOf(pay), block: { ...block, hash: hashOf('another 100'), settled: true } });
    rig.fact({ ...sighting, details: detailsOf(pay), block });
    rig.receipts();
    expect(rig.said()).toEqual(['included late']);
    rig.chainRecord(...mineEmpty(script, 4), script.settle(100));
    expect(rig.said()).toEqual(['confirmation 3', 'confirmed', 'finalized']);
  });

  test('a sighting in a block that is not ours is believed only when it is settled', () => {
    const { rig } = followed();
    rig.track(pay);
    const block = { number: 99, hash: hashOf('some block'), index: 0, timestampMs: 1, settled: false };
    rig.fact({
      kind: 'sighting',
      chain: rig.chain,
      hash: hashOf('pay'),
      provider: 'one',
      details: detailsOf(pay),
      block,
    });
    rig.wait(10_000);
    expect(rig.said()).toEqual([]);
  });

  test('looked up before the chain told how far it is final, it is looked up again when it does', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.probes.splice(0);
    const block = { number: 50, hash: hashOf('old block'), index: 0, timestampMs: 1, settled: false };
    const sighting = { kind: 'sighting', chain: rig.chain, hash: hashOf('pay'), provider: 'one' } as const;
    rig.fact({ ...sighting, details: detailsOf(pay), block });
    rig.chainRecord(script.settle(100));
    expect(rig.probes.splice(0)).toMatchObject([{ kind: 'lookup' }]);
    rig.fact({ ...sighting, details: detailsOf(pay), block: { ...block, settled: true } }).receipts();
    expect(rig.said()).toEqual(['included late', 'confirmation 3 late', 'confirmed late', 'finalized late']);
  });

  test('registered while we catch up, or before the chain was seen at all: blocks up to the announced head are late', () => {
    const rig = new StatusRig();
    const script = new ChainScript();
    rig.wait(200 * script.blockTimeMs).track(pay);
    rig.chainRecord(script.anchor(100, 104), script.block([pay], 'a', 104)).receipts();
    expect(rig.said()).toEqual(['included late']);
    rig.track(pay, { subscriber: 'second' });
    rig.receipts().chainRecord(...mineEmpty(script, 3));
    expect(rig.said()).toEqual(['included late', 'confirmation 3 late', 'confirmation 3 late']);
  });
});

describe('broadcast', () => {
  const raw = '0x02';
  const verdict = {
    kind: 'broadcast',
    chain: 'eip155:1',
    hash: hashOf('pay'),
    message: 'm',
    providers: ['one'],
  } as const;

  test('sent at once, pending when a provider took it', () => {
    const { rig } = followed();
    rig.track(pay, { known: true, raw });
    expect(rig.submissions).toEqual([{ chain: rig.chain, hash: hashOf('pay'), raw }]);
    rig.fact({ ...verdict, outcome: 'accepted', failureClass: null });
    expect(rig.said()).toEqual(['pending']);
  });

  test('refused by all and shown by none: failed, and included if it is found after all', () => {
    const { rig, script } = followed();
    rig.track(pay, { known: true, raw });
    rig.fact({ ...verdict, outcome: 'rejected', failureClass: 'funds' });
    expect(rig.facts('pay')).toMatchObject({ status: 'failed', reason: 'funds', isTerminal: true });
    rig.chainRecord(script.block([pay])).receipts();
    expect(rig.said()).toEqual(['failed funds', 'included']);
    expect(rig.facts('pay')).toMatchObject({ reason: null, isTerminal: false });
  });

  test('H82: nonce too low, and a block shows who used the nonce: replaced, not failed', () => {
    const { rig, script } = followed();
    rig.track(pay, { known: true, raw });
    rig.chainRecord(script.block([speedUp]));
    rig.fact({ ...verdict, outcome: 'rejected', failureClass: 'nonce_used' });
    expect(rig.said()).toEqual(['replaced repriced open']);
  });

  test('H81: without a verdict it is sent again, later and later, and never called failed', () => {
    const { rig } = followed();
    rig.track(pay, { known: true, raw });
    rig.fact({ ...verdict, outcome: 'unclear', failureClass: null });
    rig.submissions.splice(0);
    rig.wait(2_000).wait(4_000).wait(8_000);
    expect(rig.submissions).toHaveLength(3);
    expect(rig.said()).toEqual([]);
  });

  test('H72: reorged out, or kept from being sent by a rival that is gone again: it is sent once more', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([speedUp]));
    rig.track(pay, { known: true, raw });
    expect(rig.submissions).toEqual([]);
    rig.chainRecord(script.revert(1), script.block([pay], 'b')).receipts();
    expect(rig.submissions.splice(0)).toHaveLength(1);
    rig.chainRecord(script.revert(1), script.block([], 'c'));
    expect(rig.submissions.splice(0)).toHaveLength(1);
    rig.fact({ ...verdict, outcome: 'accepted', failureClass: null }).wait(600_000);
    expect(rig.submissions).toEqual([]);
    expect(rig.said()).toEqual(['replaced repriced open late', 'pending', 'included', 'reorged depth=1']);
  });

  test('a block that holds it leaves before it was said: what was given to send is sent (simulated seed 2487)', () => {
    const { rig, script } = followed();
    rig.chainRecord(script.block([pay]));
    rig.track(pay, { known: true, raw });
    expect(rig.submissions).toEqual([]);
    rig.chainRecord(script.revert(1));
    expect(rig.submissions.splice(0)).toEqual([{ chain: rig.chain, hash: hashOf('pay'), raw }]);
    rig.wait(2_000);
    expect(rig.submissions).toHaveLength(1);
    rig.fact({ ...verdict, outcome: 'accepted', failureClass: null });
    expect(rig.said()).toEqual(['pending']);
  });

  test('given again as a raw transaction while a block holds it: sent once that block has left', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.chainRecord(script.block([pay]));
    rig.track(pay, { known: true, raw });
    expect(rig.submissions).toEqual([]);
    rig.chainRecord(script.revert(1));
    expect(rig.submissions.splice(0)).toHaveLength(1);
    rig.chainRecord(script.block([pay], 'b')).receipts();
    expect(rig.said()).toEqual(['included']);
  });

  test('a refusal elsewhere after a provider took it changes nothing and ends the sending', () => {
    const { rig } = followed();
    rig.track(pay, { known: true, raw });
    rig.seen(pay).fact({ ...verdict, outcome: 'rejected', failureClass: 'underpriced' });
    rig.submissions.splice(0);
    rig.wait(600_000);
    expect(rig.submissions).toEqual([]);
    expect(rig.said()).toEqual(['pending']);
  });
});

describe('registration', () => {
  test('the same again is existing, other options conflict, what is left out never does', () => {
    const { rig } = followed();
    expect(rig.track(pay, { options: { confirmations: 5 } }).kind).toBe('created');
    expect(rig.track(pay).kind).toBe('existing');
    expect(rig.track(pay, { options: { thresholds: [3] } }).kind).toBe('existing');
    expect(rig.track(pay, { options: { confirmations: 6 } })).toMatchObject({
      kind: 'conflict',
      fields: ['confirmations'],
    });
  });

  test('F49: untracked it says nothing; registered again it keeps id and goes on with its revision', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.seen(pay);
    rig.untrack('pay');
    expect(rig.untrack('pay').kind).toBe('not_tracked');
    rig.chainRecord(script.block([pay])).receipts();
    expect(rig.said()).toEqual(['pending']);
    rig.track(pay);
    rig.receipts();
    expect(rig.events[0]).toMatchObject({ revision: 2, type: 'transaction.included' });
  });

  test('changed to fewer confirmations, it is confirmed at once', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 12 } });
    rig.chainRecord(script.block([pay]), script.block()).receipts();
    rig.said();
    rig.change('pay', { confirmations: 2 });
    expect(rig.said()).toEqual(['confirmed']);
  });

  test('expiresAt ends what is not in a block, and nothing else', () => {
    const { rig, script } = followed();
    const expiresAtMs = rig.timeMs + 60_000;
    rig.track(pay, { options: { expiresAtMs } });
    rig.track({ name: 'mined' }, { options: { expiresAtMs } });
    rig
      .chainRecord(script.block([{ name: 'mined' }]))
      .receipts()
      .wait(60_000);
    expect(rig.said()).toEqual(['included', 'expired']);
    expect(rig.facts('pay')).toMatchObject({ status: 'expired', isTerminal: true });
  });

  test('an unseen transaction is looked up after 1, 2, 4 ... blocks until a provider shows it', () => {
    const { rig, script } = followed();
    rig.track(pay);
    rig.probes.splice(0);
    const asked: number[] = [];
    for (let block = 1; block <= 16; block += 1) {
      rig.chainRecord(script.block());
      if (rig.probes.splice(0).length > 0) asked.push(block);
    }
    expect(asked).toEqual([1, 3, 7, 15]);
    rig.seen(pay).chainRecord(...mineEmpty(script, 80));
    expect(rig.probes).toEqual([]);
  });

  test('two subscribers of one hash have their own thresholds and counts', () => {
    const { rig, script } = followed();
    rig.track(pay, { options: { confirmations: 2, thresholds: [] } });
    rig.track(pay, { subscriber: 'second', options: { confirmations: 3, thresholds: [2] } });
    rig.chainRecord(script.block([pay]), script.block(), script.block()).receipts();
    const bySubscriber = Map.groupBy(rig.events, ({ subscriber }) => subscriber);
    expect(bySubscriber.get('default')?.map(({ type }) => type)).toEqual([
      'transaction.included',
      'transaction.confirmed',
    ]);
    expect(bySubscriber.get('second')?.map(({ type }) => type)).toEqual([
      'transaction.included',
      'transaction.confirmation',
      'transaction.confirmed',
    ]);
  });
});
