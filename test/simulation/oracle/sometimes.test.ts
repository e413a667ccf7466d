import { expect, test } from 'vitest';
import { cancel, HandWrittenRun, otherCall, pay, speedUp } from './hand-written-run.ts';
import { confirmed, expired, forked, mined, outbid, refused, settled } from './hand-written-scenes.ts';
import { sometimesStates, type SometimesState } from './sometimes.ts';

type Arrange = (run: HandWrittenRun) => void;

/** A branch of so many blocks on the root takes the place of as many. */
function reorgOf(depth: number, length = depth): Arrange {
  return (run) => {
    const names = (branch: string, count: number) => Array.from({ length: count }, (_, index) => `${branch}${index}`);
    run.mine(names('old', depth).join(' '));
    let parent = 'root';
    for (const name of names('new', length)) {
      run.build(name, parent);
      parent = name;
    }
    run.head(parent);
  };
}

function back(run: HandWrittenRun): void {
  forked(run);
  run.build('b', 'a');
  run.build('c', 'b');
  run.head('c');
  run.included(pay, 'a');
}

function jumped(run: HandWrittenRun): void {
  mined(run);
  run.build('b', 'a');
  run.build('c', 'b');
  run.head('c');
  const time = new Date(run.atMs).toISOString();
  run.confirmation(pay, 2, { event: { time, timestamp: time } });
  run.confirmation(pay, 3, { event: { time, timestamp: time } });
}

function sooner(run: HandWrittenRun): void {
  mined(run);
  run.finalized('a');
  const time = new Date(run.atMs).toISOString();
  run.confirmed(pay, 4, { event: { time, timestamp: time } });
  run.finalizedEvent(pay, 1, { event: { time, timestamp: time } });
}

function unreplaced(run: HandWrittenRun): void {
  outbid(run);
  run.build('x', 'root', [pay]);
  run.head('x');
  run.say(pay, 'pending', { status: 'pending', replacedBy: null, reason: null });
  run.included(pay, 'x');
}

const ways: Readonly<Record<SometimesState, Arrange>> = {
  reorg: forked,
  'reorg of 7 blocks or more': reorgOf(7),
  'reorg of 32 blocks or more': reorgOf(32),
  'reorg at equal height': reorgOf(2),
  'reorg to a shorter chain': reorgOf(3, 1),
  'reorg back to the first branch': back,
  'reorg to a block that was there already': (run) => {
    run.build('x', 'root');
    run.mine('a');
    run.head('x');
  },
  'head went back': (run) => {
    run.mine('a b');
    run.head('a');
  },
  'finality broken': (run) => {
    run.mine('a');
    run.finalized('a');
    run.build('x', 'root');
    run.head('x');
  },
  'registered late': (run) => {
    run.mine('a', [pay]);
    run.track(pay);
  },
  'registered late and final already': (run) => {
    run.mine('a', [pay]);
    run.finalized('a');
    run.track(pay);
  },
  'registered between its block leaving and what came next': (run) => {
    run.mine('a', [pay]);
    run.build('x', 'root');
    run.head('x');
    run.track(pay);
  },
  'registered twice': (run) => {
    run.track(pay);
    run.track(pay);
  },
  'registered again after untracking': (run) => {
    run.untrack(run.track(pay));
    run.track(pay);
  },
  'registered by raw': (run) => {
    run.track(pay, { raw: '0x00' });
  },
  'same hash for two subscribers': (run) => {
    run.track(pay);
    run.track(pay, { subscriber: 'bob' });
  },
  'untracked while in a block': (run) => {
    mined(run);
    run.untrack('tx_pay_default');
  },
  'changed while in a block': (run) => {
    const id = run.track(pay);
    run.mine('a', [pay]);
    run.included(pay, 'a');
    run.oracle.changing({ id, change: { metadata: 1 } });
    run.oracle.changed(id, { ...(run.sent[0] as (typeof run.sent)[0]).data.transaction, metadata: 1 }, run.atMs);
  },
  pending: mined,
  'included and never seen pending': (run) => {
    run.track(pay);
    run.mine('a', [pay]);
    run.included(pay, 'a');
  },
  'outcome after included': (run) => {
    run.track(pay);
    run.mine('a', [pay]);
    run.included(pay, 'a', { transaction: { execution: null } });
    run.say(pay, 'executed', { execution: 'success' });
  },
  reverted: (run) => {
    run.track(pay);
    run.mine('a', [{ ...pay, execution: 'reverted' }]);
    run.included(pay, 'a');
  },
  'two thresholds in one step': jumped,
  'several confirmations at once': jumped,
  'confirmed by finality before its count': sooner,
  reorged: forked,
  'reorged and included in another block': (run) => {
    forked(run);
    run.mine('z', [pay]);
    run.included(pay, 'z');
  },
  'reorged and included in the same block again': back,
  'reorged and included with another outcome': (run) => {
    forked(run);
    run.mine('z', [{ ...pay, execution: 'reverted' }]);
    run.included(pay, 'z');
  },
  'reorged and never back': (run) => {
    forked(run);
    run.settle();
  },
  'reorged beyond finality': (run) => {
    settled(run);
    run.build('x', 'root');
    run.head('x');
    run.reorged(pay, 'a', 5, { transaction: { isTerminal: false }, data: { reorg: { beyondFinality: true } } });
  },
  'replaced: repriced': (run) => outbid(run, speedUp, 'repriced'),
  'replaced: cancelled': (run) => outbid(run, cancel, 'cancelled'),
  'replaced: replaced': (run) => outbid(run, otherCall, 'replaced'),
  'replaced for good': (run) => {
    outbid(run);
    run.finalized('a');
    run.replaced(pay, speedUp, 'a', { reason: 'repriced', final: true });
  },
  'replaced after reorged': (run) => {
    mined(run);
    run.build('x', 'root', [speedUp]);
    run.head('x');
    run.reorged(pay, 'a', 1);
    run.replaced(pay, speedUp, 'x', { reason: 'repriced' });
  },
  'replaced and its winner reorged out': unreplaced,
  'replaced and included after all': unreplaced,
  failed: refused,
  'failed and included after all': (run) => {
    refused(run);
    run.mine('a', [pay]);
    run.included(pay, 'a', { transaction: { isTerminal: false } });
  },
  expired,
  'two of a family tracked': (run) => {
    run.pool(pay);
    run.pool(speedUp);
    run.track(pay);
    run.track(speedUp);
  },
  'repeat after a reconnect': (run) => {
    confirmed(run);
    run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 2 });
    run.deliver('first', run.sent[2] as (typeof run.sent)[0]);
  },
  'repeat after a crash': (run) => {
    confirmed(run);
    run.oracle.crashed(run.atMs + 1);
    run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 2 });
    run.deliver('first', run.sent[2] as (typeof run.sent)[0]);
  },
  'resumed in the middle': (run) => {
    confirmed(run);
    run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 2 });
  },
  'resumed by acknowledgement': (run) => {
    confirmed(run);
    run.oracle.acknowledged({ subscriber: 'default', consumer: 'one', seq: 2 });
    run.oracle.resumed({ reader: 'first', subscriber: 'default', acknowledgedBy: 'one' });
  },
  'first told after a crash': (run) => {
    run.oracle.crashed(run.atMs);
    mined(run);
  },
};

test.each(sometimesStates)('%s is reached, and nothing is wrong with it', (state) => {
  const run = new HandWrittenRun();
  ways[state](run);
  expect(run.oracle.reached).toContain(state);
  expect(run.problems).toEqual([]);
});

test('none of them is reached by itself', () => {
  const run = new HandWrittenRun();
  run.track(pay);
  expect([...run.oracle.reached]).toEqual([]);
});
