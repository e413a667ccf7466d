import { describe, expect, test } from 'vitest';
import { cancel, HandWrittenRun, pay, speedUp } from './hand-written-run.ts';

const times = { followMs: 3_000, settleMs: 5_000 };
const alice = { from: `0x${'a1'.repeat(20)}`, nonce: 1 };

/** Settles before any tag, so that only what the exact model holds can be found wrong. */
function exactly(arrange: (run: HandWrittenRun) => void): readonly string[] {
  const run = new HandWrittenRun({ rules: { exact: times } });
  arrange(run);
  run.settle({}, []);
  return run.problems.filter((problem) => problem.includes('exact'));
}

function mined(run: HandWrittenRun): void {
  run.track(pay);
  run.mine('a', [pay]);
  run.included(pay, 'a');
}

/** `a` stood for a minute and gives way to `x`, which holds nothing. */
function forked(run: HandWrittenRun): void {
  run.wait(60_000);
  run.build('x', 'root');
  run.head('x');
}

describe('the exact model', () => {
  test.each([
    [
      'the ladder by count',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b c d');
        run.confirmation(pay, 2);
        run.confirmation(pay, 3);
        run.confirmed(pay);
      },
    ],
    [
      'pending first, where a pool was seen',
      (run: HandWrittenRun) => {
        run.pool(pay);
        run.track(pay);
        run.pending(pay);
        run.mine('a', [pay]);
        run.included(pay, 'a');
      },
    ],
    [
      'finality before the count',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.finalized('a');
        run.confirmed(pay);
        run.finalizedEvent(pay, 2);
      },
    ],
    [
      'a threshold reached while the tag may not have been seen yet',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.finalized('a');
        run.mine('c');
        run.confirmation(pay, 3);
        run.confirmed(pay);
        run.finalizedEvent(pay, 3);
      },
    ],
    [
      'a reorg and back (A-B-A)',
      (run: HandWrittenRun) => {
        mined(run);
        forked(run);
        run.reorged(pay, 'a', 1);
        run.wait(60_000);
        run.build('b', 'a');
        run.head('b');
        run.included(pay, 'a');
        run.confirmation(pay, 2);
      },
    ],
    [
      'a block that came and went before anybody could tell',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [pay]);
        run.build('x', 'root');
        run.head('x');
      },
    ],
    [
      'a reorg before the last head was followed: one block less',
      (run: HandWrittenRun) => {
        mined(run);
        run.wait(60_000);
        run.mine('b');
        run.build('x', 'root');
        run.head('x');
        run.reorged(pay, 'a', 1);
      },
    ],
    [
      'a block that left as the registration came',
      (run: HandWrittenRun) => {
        run.mine('a', [pay]);
        run.wait(60_000);
        run.build('x', 'root');
        run.head('x');
        run.track(pay);
        run.included(pay, 'a', { data: { late: true } });
        run.reorged(pay, 'a', 1);
      },
    ],
    [
      'anything, where one reorg follows on the other',
      (run: HandWrittenRun) => {
        mined(run);
        forked(run);
        run.build('b', 'a');
        run.head('b');
        run.wait(60_000);
        run.confirmation(pay, 2);
      },
    ],
    [
      'the outcome after a threshold',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [pay]);
        run.included(pay, 'a', { transaction: { execution: null } });
        run.mine('b');
        run.confirmation(pay, 2);
        run.say(pay, 'executed', { execution: 'success', confirmations: 2 });
      },
    ],
    [
      'a replacement of one whose sender was known',
      (run: HandWrittenRun) => {
        run.track(pay, alice, alice);
        run.mine('a', [cancel]);
        run.replaced(pay, cancel, 'a', { reason: 'cancelled' });
      },
    ],
    [
      'a replacement that could not be seen',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [speedUp]);
        run.wait(60_000);
      },
    ],
    [
      'a head that only went back',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.head('a');
        run.wait(60_000);
        run.build('c', 'b');
        run.head('c');
        run.confirmation(pay, 3);
      },
    ],
    [
      'a count below a head that had gone back before the registration (seed 4689)',
      (run: HandWrittenRun) => {
        run.mine('a', [pay]);
        run.finalized('a');
        run.mine('b c d e');
        run.head('d');
        run.wait(60_000);
        run.track(pay);
        const late = { data: { late: true } };
        run.included(pay, 'a', late);
        run.confirmation(pay, 2, late);
        run.confirmation(pay, 3, late);
        run.confirmed(pay, 4, late);
        run.finalizedEvent(pay, 4, late);
      },
    ],
    [
      'a block that its head took back at once, long before another came in its place (seed 1675)',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [pay]);
        run.head('root');
        run.wait(60_000);
        run.build('x', 'root');
        run.head('x');
      },
    ],
    [
      'the same block where it was followed all the same',
      (run: HandWrittenRun) => {
        mined(run);
        run.head('root');
        run.wait(60_000);
        run.build('x', 'root');
        run.head('x');
        run.reorged(pay, 'a', 1);
      },
    ],
    [
      'a reorg one block less deep, where the head had taken that block back at once',
      (run: HandWrittenRun) => {
        mined(run);
        run.wait(60_000);
        run.mine('b');
        run.head('a');
        run.wait(60_000);
        run.build('x', 'root');
        run.head('x');
        run.reorged(pay, 'a', 1);
      },
    ],
    [
      'a count that a head gave for a moment, on a block that stayed (seed 675)',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.mine('c');
        run.build('y', 'a');
        run.head('y');
        run.wait(60_000);
      },
    ],
    [
      'the same count, said when it came again',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.mine('c');
        run.build('y', 'a');
        run.head('y');
        run.wait(60_000);
        run.mine('z');
        run.confirmation(pay, 3);
        run.wait(60_000);
      },
    ],
  ] satisfies readonly (readonly [string, (run: HandWrittenRun) => void])[])('accepts %s', (_, arrange) => {
    expect(exactly(arrange)).toEqual([]);
  });

  test.each([
    [
      'a reorg that was never told',
      (run: HandWrittenRun) => {
        mined(run);
        forked(run);
        run.wait(60_000);
        run.build('b', 'a');
        run.head('b');
        run.confirmation(pay, 2);
      },
      /event 2 is transaction.confirmation 2 .* and transaction.*reorged/,
    ],
    [
      'nothing at all',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [pay]);
        run.wait(60_000);
      },
      /ends after 0 events, and .*transaction.included 1 .* was due/,
    ],
    [
      'nothing of a block that had stood for a while when its head went back',
      (run: HandWrittenRun) => {
        run.track(pay);
        run.mine('a', [pay]);
        run.wait(60_000);
        run.head('root');
        run.wait(60_000);
        run.build('x', 'root');
        run.head('x');
      },
      /ends after 0 events, and .*transaction.included 1 .* was due/,
    ],
    [
      'a count left out that had stood for a while when a reorg took it back',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.mine('c');
        run.wait(60_000);
        run.build('y', 'a');
        run.head('y');
        run.wait(60_000);
      },
      /ends after 2 events, and .*transaction.confirmation 3 .* was due/,
    ],
    [
      'a count left out that came again for good',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.mine('c');
        run.build('y', 'a');
        run.head('y');
        run.wait(60_000);
        run.mine('z');
        run.wait(60_000);
      },
      /ends after 2 events, and .*transaction.confirmation 3 .* was due/,
    ],
    [
      'a reorg of another depth',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        forked(run);
        run.reorged(pay, 'a', 1);
      },
      /transaction.reorged 0 .* depth 1, and .*depth 2/,
    ],
    [
      'a replacement left out though the sender was known',
      (run: HandWrittenRun) => {
        run.track(pay, alice, alice);
        run.mine('a', [cancel]);
        run.wait(60_000);
      },
      /transaction.replaced 0 .* was due/,
    ],
    [
      'a threshold that finality had made void',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b');
        run.confirmation(pay, 2);
        run.wait(60_000);
        run.finalized('a');
        run.wait(60_000);
        run.mine('c');
        run.confirmation(pay, 3);
        run.confirmed(pay);
        run.finalizedEvent(pay, 3);
      },
      /event 3 is transaction.confirmation 3 .*, and transaction.*confirmed 4/,
    ],
    [
      'a tag seen so late that its count gives it away',
      (run: HandWrittenRun) => {
        mined(run);
        run.mine('b c d');
        run.confirmation(pay, 2);
        run.confirmation(pay, 3);
        run.confirmed(pay);
        run.finalized('a');
        run.wait(60_000);
        run.mine('e');
        run.finalizedEvent(pay, 5);
      },
      /event 5 is transaction.finalized 5 .* was due/,
    ],
    [
      'a term that ended what stood in a block',
      (run: HandWrittenRun) => {
        run.track(pay, { expiresAt: new Date(run.atMs + 60_000).toISOString() });
        run.mine('a', [pay]);
        run.wait(90_000);
        run.say(
          pay,
          'expired',
          { status: 'expired', isTerminal: true },
          { data: { expiry: { reason: 'expires_at' } } },
        );
      },
      /1g exact .* expired while a canonical block held it/,
    ],
  ] satisfies readonly (readonly [string, (run: HandWrittenRun) => void, RegExp])[])(
    'catches %s',
    (_, arrange, problem) => {
      expect(exactly(arrange).join('\n')).toMatch(problem);
    },
  );

  test('leaves alone what its caller changed, and what was asked for while the chain moved', () => {
    const problems = exactly((run) => {
      const id = run.track(pay);
      run.oracle.changing({ id, change: { confirmations: 2 } });
      run.mine('a', [pay]);
      run.wait(60_000);
    });
    expect(problems).toEqual([]);
  });
});
