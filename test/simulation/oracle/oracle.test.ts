import { describe, expect, test } from 'vitest';
import { cancel, HandWrittenRun, hashOf, otherCall, pay, speedUp, stranger } from './hand-written-run.ts';
import { confirmed, expired, forked, mined, outbid, refused, settled } from './hand-written-scenes.ts';

type Arrange = (run: HandWrittenRun) => void;
type Row = readonly [name: string, arrange: Arrange, problem: RegExp];

const fine: readonly (readonly [name: string, arrange: Arrange])[] = [
  [
    'the whole ladder',
    (run) => {
      settled(run);
      run.settle();
    },
  ],
  [
    'confirmed and not yet final',
    (run) => {
      confirmed(run);
      run.settle();
    },
  ],
  [
    'a reorg, and never back',
    (run) => {
      forked(run);
      run.settle();
    },
  ],
  [
    'a reorg into another block',
    (run) => {
      forked(run);
      run.mine('z', [pay]);
      run.included(pay, 'z');
      run.settle();
    },
  ],
  [
    'back to the first branch (A-B-A)',
    (run) => {
      forked(run);
      run.build('b', 'a');
      run.build('c', 'b');
      run.head('c');
      run.included(pay, 'a');
      run.confirmation(pay, 2);
      run.confirmation(pay, 3);
      run.settle();
    },
  ],
  [
    'finality before the count: thresholds beyond it are not said',
    (run) => {
      mined(run);
      run.mine('b');
      run.confirmation(pay, 2);
      run.finalized('a');
      run.confirmed(pay);
      run.finalizedEvent(pay, 2);
      run.settle();
    },
  ],
  [
    'the outcome after included',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { execution: null } });
      run.say(pay, 'executed', { execution: 'success' });
      run.settle();
    },
  ],
  [
    'a replacement',
    (run) => {
      outbid(run);
      run.settle();
    },
  ],
  [
    'a replacement for good',
    (run) => {
      outbid(run, cancel, 'cancelled');
      run.mine('b');
      run.finalized('a');
      run.replaced(pay, cancel, 'a', { reason: 'cancelled', final: true });
      run.settle();
    },
  ],
  [
    'a replacement whose winner is reorged out',
    (run) => {
      outbid(run, otherCall, 'replaced');
      run.build('x', 'root', [pay]);
      run.head('x');
      run.say(pay, 'pending', { status: 'pending', replacedBy: null, reason: null });
      run.included(pay, 'x');
      run.settle();
    },
  ],
  [
    'a finality violation',
    (run) => {
      settled(run);
      run.build('x', 'root');
      run.head('x');
      run.reorged(pay, 'a', 5, { transaction: { isTerminal: false }, data: { reorg: { beyondFinality: true } } });
      run.settle();
    },
  ],
  [
    'registered late, all at once',
    (run) => {
      run.mine('a', [pay]);
      run.mine('b c d e');
      run.finalized('b');
      run.track(pay);
      run.included(pay, 'a', { data: { late: true } });
      run.confirmation(pay, 2, { data: { late: true } });
      run.confirmation(pay, 3, { data: { late: true } });
      run.confirmed(pay, 4, { data: { late: true } });
      run.finalizedEvent(pay, 5, { data: { late: true } });
      run.settle();
    },
  ],
  [
    'untracked, and tracked again',
    (run) => {
      mined(run);
      run.untrack('tx_pay_default');
      run.track(pay);
      run.included(pay, 'a', { data: { late: true } });
      run.settle();
    },
  ],
  [
    'untracked, and told of again before the answer',
    (run) => {
      mined(run);
      run.untrack('tx_pay_default');
      run.wait(60_000);
      run.mine('b', [otherCall]);
      run.oracle.asked({ request: { chain: 'ethereum', hash: hashOf('pay') }, hash: hashOf('pay'), atMs: run.atMs });
      run.included(pay, 'a', { data: { late: true, previousStatus: 'unknown' } });
      run.confirmation(pay, 2, { data: { late: true } });
      run.track(pay);
    },
  ],
  [
    'what was numbered before it was untracked comes after',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.untrack('tx_pay_default');
      run.included(pay, 'a');
      run.settle({}, ['first'], ['tx_pay_default']);
    },
  ],
  [
    'failed',
    (run) => {
      refused(run);
      run.settle();
    },
  ],
  [
    'expired',
    (run) => {
      expired(run);
      run.settle();
    },
  ],
  [
    'expired, asked for other events, and tracked again (simulated seed 8389)',
    (run) => {
      expired(run);
      run.oracle.changing({ id: 'tx_pay_default', change: { types: ['transaction.included'] } });
      run.untrack('tx_pay_default');
      run.track(pay, { types: ['transaction.included'] });
      run.mine('a', [pay]);
      run.included(pay, 'a');
      run.settle();
    },
  ],
  [
    'an event before the answer to the registration',
    (run) => {
      run.oracle.asked({ request: { chain: 'ethereum', hash: hashOf('pay') }, hash: hashOf('pay'), atMs: run.atMs });
      run.mine('a', [pay]);
      run.included(pay, 'a');
    },
  ],
  [
    'two readers, one of them back after a cut',
    (run) => {
      settled(run);
      for (const event of run.sent.slice(0, 3)) run.deliver('second', event);
      run.oracle.resumed({ reader: 'second', subscriber: 'default', afterSeq: 2 });
      for (const event of run.sent.slice(2)) run.deliver('second', event);
      run.settle({}, ['first', 'second']);
    },
  ],
  [
    'back by cursor and by acknowledgement that may be lost',
    (run) => {
      settled(run);
      run.oracle.resumed({ reader: 'first', subscriber: 'default', afterCursor: 'cursor default 4' });
      for (const event of run.sent.slice(4)) run.deliver('first', event);
      run.oracle.acknowledged({ subscriber: 'default', consumer: 'one', seq: 2 });
      run.oracle.acknowledged({ subscriber: 'default', consumer: 'one', seq: 5, durable: false });
      run.oracle.resumed({ reader: 'third', subscriber: 'default', acknowledgedBy: 'one' });
      for (const event of run.sent.slice(3)) run.deliver('third', event);
      run.settle({}, ['first', 'third']);
    },
  ],
  [
    'an acknowledgement that overtakes the question what is acknowledged (seed 3262)',
    (run) => {
      settled(run);
      const one = { subscriber: 'default', consumer: 'one' };
      run.oracle.acknowledged({ ...one, seq: 2 });
      for (const reader of ['overtaken', 'first to ask', 'between']) {
        run.oracle.resumed({ reader, subscriber: 'default', acknowledgedBy: 'one' });
      }
      run.oracle.acknowledged({ ...one, seq: 3, durable: false });
      run.oracle.acknowledged({ ...one, seq: 4 });
      for (const event of run.sent.slice(4)) run.deliver('overtaken', event);
      for (const event of run.sent.slice(2)) run.deliver('first to ask', event);
      for (const event of run.sent.slice(3)) run.deliver('between', event);
      run.settle({}, ['first', 'overtaken', 'first to ask', 'between']);
    },
  ],
  [
    'a reader with a filter',
    (run) => {
      settled(run);
      run.oracle.resumed({
        reader: 'some',
        subscriber: 'default',
        fromStart: true,
        filter: { types: ['transaction.confirmed'] },
      });
      run.deliver('some', run.sent.find(({ type }) => type === 'transaction.confirmed') as never);
      run.settle({}, ['some']);
    },
  ],
  [
    'a reader of the whole tenant',
    (run) => {
      run.track(pay);
      run.track(pay, { subscriber: 'bob' });
      run.mine('a', [pay]);
      run.included(pay, 'a');
      const [first] = run.sent as [never];
      run.oracle.resumed({ reader: 'tenant', subscriber: null, fromStart: true });
      run.deliver('tenant', first);
      run.say(pay, 'included', shownIn(run), { subscriber: 'bob' } as never);
      run.settle({}, []);
    },
  ],
];

function shownIn(run: HandWrittenRun): object {
  const { status, blockHash, blockNumber, transactionIndex, blockTimestamp, execution, from, to, nonce } = (
    run.sent[0] as never as { data: { transaction: Record<string, unknown> } }
  ).data.transaction;
  return {
    status,
    blockHash,
    blockNumber,
    transactionIndex,
    blockTimestamp,
    execution,
    from,
    to,
    nonce,
    confirmations: 1,
  };
}

const caught: readonly Row[] = [
  // Deliveries.
  [
    'a gap in seq',
    (run) => {
      confirmed(run);
      run.deliver('late', run.sent[1] as never);
    },
    /I05 late: default seq 2 .* follows 0/,
  ],
  [
    'other bytes for another reader',
    (run) => {
      mined(run);
      run.deliver('other', run.sent[0] as never, '{}');
    },
    /I04 evt_tx_pay_default_1 came to other as default seq 1 with other bytes/,
  ],
  [
    'another event under a number, after a crash',
    (run) => {
      mined(run);
      run.oracle.crashed(run.atMs);
      run.deliver('other', { ...(run.sent[0] as (typeof run.sent)[0]), id: 'evt_other' });
    },
    /I04 evt_other .* came to other as default seq 1, which was evt_tx_pay/,
  ],
  [
    'an event under another number',
    (run) => {
      mined(run);
      run.deliver('first', { ...(run.sent[1] as (typeof run.sent)[0]), seq: 3 });
    },
    /I04 evt_tx_pay_default_2 came to first as default seq 3, and before as seq 2/,
  ],
  [
    'something again to one that said where it stands',
    (run) => {
      confirmed(run);
      run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 3 });
      run.deliver('first', run.sent[2] as never);
    },
    /I24 first: default seq 3 .* follows 3/,
  ],
  [
    'something left out after a return',
    (run) => {
      confirmed(run);
      run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 2 });
      run.deliver('first', run.sent[3] as never);
    },
    /I24 first: default seq 4 .* follows 2/,
  ],
  [
    'less than what was acknowledged for sure',
    (run) => {
      confirmed(run);
      run.oracle.acknowledged({ subscriber: 'default', consumer: 'one', seq: 3 });
      run.oracle.resumed({ reader: 'first', subscriber: 'default', acknowledgedBy: 'one' });
      run.deliver('first', run.sent[1] as never);
    },
    /I24 first: default seq 2 .* follows 3/,
  ],
  [
    'more than was acknowledged when the first event came',
    (run) => {
      settled(run);
      const one = { subscriber: 'default', consumer: 'one' };
      run.oracle.acknowledged({ ...one, seq: 1 });
      run.oracle.resumed({ reader: 'first', subscriber: 'default', acknowledgedBy: 'one' });
      run.oracle.acknowledged({ ...one, seq: 2 });
      run.deliver('first', run.sent[3] as never);
    },
    /I24 first: default seq 4 .* follows 2/,
  ],
  [
    'something left out, and acknowledged after the reader had begun',
    (run) => {
      settled(run);
      const one = { subscriber: 'default', consumer: 'one' };
      run.oracle.acknowledged({ ...one, seq: 1 });
      run.oracle.resumed({ reader: 'first', subscriber: 'default', acknowledgedBy: 'one' });
      run.deliver('first', run.sent[1] as never);
      run.oracle.acknowledged({ ...one, seq: 3 });
      run.deliver('first', run.sent[3] as never);
    },
    /I24 first: default seq 4 .* follows 2/,
  ],
  [
    'a reset though nothing was lost',
    (run) => {
      confirmed(run);
      run.oracle.resumed({ reader: 'first', subscriber: 'default', afterSeq: 2 });
      run.problems.push(...run.oracle.reset({ reader: 'first', oldestSeq: 2 }));
    },
    /I24 first was reset to 2/,
  ],
  [
    'what a filter lets through left out',
    (run) => {
      settled(run);
      const filter = { types: ['transaction.confirmation'] };
      run.oracle.resumed({ reader: 'some', subscriber: 'default', fromStart: true, filter });
      run.deliver('some', run.sent[3] as never);
    },
    /some: default seq 4 .* follows 0/,
  ],
  [
    'a reader that never got the end',
    (run) => {
      confirmed(run);
      run.deliver('slow', run.sent[0] as never);
      run.settle({}, ['slow']);
    },
    /I03 slow has default up to seq 1, and 2 is owed/,
  ],
  [
    "another subscriber's event",
    (run) => {
      mined(run);
      run.oracle.resumed({ reader: 'bob', subscriber: 'bob', fromStart: true });
      run.deliver('bob', run.sent[0] as never);
    },
    /I11 bob reads bob and got an event of default/,
  ],
  [
    "another tenant's event",
    (run) => {
      run.track(pay);
      run.pool(pay);
      run.pending(pay, { event: { tenant: 'acme' } });
    },
    /I11 .* tenant acme/,
  ],
  // Registrations.
  ['another count than was asked for', (run) => run.track(pay, {}, { requiredConfirmations: 5 }), /§3 requires 5/],
  ['other thresholds', (run) => run.track(pay, {}, { thresholds: [2] }), /§3 has the thresholds 2/],
  ['other metadata', (run) => run.track(pay, { metadata: { a: 1 } }, { metadata: { a: 2 } }), /§3 has the metadata/],
  [
    'another id for the same',
    (run) => {
      run.track(pay);
      run.track(pay, {}, { id: 'tx_other' });
    },
    /§3 has the id tx_other/,
  ],
  [
    'another subscriber',
    (run) => run.track(pay, { subscriber: 'bob' }, { subscriber: 'default' }),
    /§3 asked for .* bob and got/,
  ],
  [
    'metadata lost on the way',
    (run) => {
      run.track(pay, { metadata: 1 });
      run.pool(pay);
      run.pending(pay, { transaction: { metadata: null } });
    },
    /§3 has the metadata null/,
  ],
  [
    'an event that nobody asked for',
    (run) => {
      run.pool(pay);
      run.pending(pay);
    },
    /§1 .* nobody asked for/,
  ],
  [
    'a registration that is gone',
    (run) => {
      run.track(pay);
      run.settle({}, [], ['tx_pay_default']);
    },
    /I01 tx_pay_default .* is not listed/,
  ],
  [
    'one that came back after it was untracked',
    (run) => {
      run.track(pay);
      run.untrack('tx_pay_default');
      run.settle({}, []);
    },
    /I12 tx_pay_default is listed, and was untracked/,
  ],
  [
    'an event of what came after it was untracked',
    (run) => {
      run.track(pay);
      run.untrack('tx_pay_default');
      run.mine('a', [pay]);
      run.included(pay, 'a');
    },
    /§3 came true \d+ ms after it was untracked/,
  ],
  // The story.
  [
    'a second included',
    (run) => {
      mined(run);
      run.included(pay, 'a');
    },
    /I08 a second included/,
  ],
  [
    'a revision left out',
    (run) => {
      run.track(pay);
      run.pool(pay);
      run.pending(pay, { event: { revision: 2 } });
    },
    /I06 follows revision 0/,
  ],
  [
    'another status before',
    (run) => {
      mined(run);
      run.mine('b');
      run.confirmation(pay, 2, { data: { previousStatus: 'pending' } });
    },
    /I06 says that it was pending/,
  ],
  // Blocks.
  [
    'included in a block that nobody built',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { blockHash: hashOf('b') } });
    },
    /H39 is shown in .* nobody built/,
  ],
  [
    'included in a block that does not hold it',
    (run) => {
      run.track(pay);
      run.mine('a', [stranger]);
      run.included(pay, 'a');
    },
    /I02 is shown in .* does not hold it/,
  ],
  [
    'at another number',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { blockNumber: 7 } });
    },
    /I02 shows blockNumber 7/,
  ],
  [
    'at another index',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { transactionIndex: 1 } });
    },
    /I02 shows transactionIndex 1/,
  ],
  [
    'with another outcome',
    (run) => {
      run.track(pay);
      run.mine('a', [{ ...pay, execution: 'reverted' }]);
      run.included(pay, 'a', { transaction: { execution: 'success' } });
    },
    /I02 shows execution success/,
  ],
  [
    'at another time',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { blockTimestamp: '2026-01-01T00:00:00.000Z' } });
    },
    /I02 shows blockTimestamp/,
  ],
  [
    'of another sender',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { nonce: 2 } });
    },
    /H54 shows/,
  ],
  [
    'a threshold before its depth',
    (run) => {
      mined(run);
      run.confirmation(pay, 2);
    },
    /I07 counts 2/,
  ],
  [
    'a count off by one',
    (run) => {
      mined(run);
      run.mine('b c');
      run.confirmation(pay, 2);
      run.confirmation(pay, 3);
      run.confirmed(pay);
    },
    /H39 confirmed by 4/,
  ],
  [
    'a threshold left out',
    (run) => {
      mined(run);
      run.mine('b c');
      run.confirmation(pay, 3);
    },
    /I03 the threshold 2 was left out/,
  ],
  [
    'counted on another branch',
    (run) => {
      mined(run);
      run.build('x', 'root');
      run.build('y', 'x');
      run.confirmation(pay, 2);
    },
    /I07 counts 2/,
  ],
  [
    'final before the chain says so',
    (run) => {
      confirmed(run);
      run.finalizedEvent(pay, 4);
    },
    /1g transaction.finalized, and the chain never called/,
  ],
  [
    'final by depth while the chain has a tag',
    (run) => {
      settled(run);
      run.track(otherCall);
      run.mine('f', [{ ...otherCall, nonce: 2 }]);
      run.mine('g h i');
      run.included({ ...otherCall, nonce: 2 }, 'f');
      run.confirmation(otherCall, 2);
      run.confirmation(otherCall, 3);
      run.confirmed(otherCall);
      run.finalizedEvent(otherCall, 4);
    },
    /1g transaction.finalized/,
  ],
  [
    'shown as safe when it is not',
    (run) => {
      mined(run);
      run.mine('b');
      run.confirmation(pay, 2, { transaction: { finality: 'safe' } });
    },
    /1g shows safe/,
  ],
  [
    'a count that no branch has, beside finalized',
    (run) => {
      confirmed(run);
      run.finalized('a');
      run.finalizedEvent(pay, 9);
    },
    /I07 counts 9/,
  ],
  [
    'an outcome that no event said',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { transaction: { execution: null } });
      run.mine('b');
      run.confirmation(pay, 2, { transaction: { execution: 'success' } });
    },
    /I03 shows an outcome that no executed said/,
  ],
  // Reorgs.
  [
    'reorged without another branch',
    (run) => {
      mined(run);
      run.mine('b');
      run.reorged(pay, 'a', 1);
    },
    /1g reorged, and no branch leaves/,
  ],
  [
    'reorged so deep that nothing explains it',
    (run) => {
      mined(run);
      run.build('x', 'root');
      run.head('x');
      run.reorged(pay, 'a', 3);
    },
    /reorged by 3 blocks/,
  ],
  [
    'reorged beyond finality that was never broken',
    (run) => {
      mined(run);
      run.build('x', 'root');
      run.head('x');
      run.reorged(pay, 'a', 1, { data: { reorg: { beyondFinality: true } } });
    },
    /I06 reorged beyond finality/,
  ],
  [
    'an event after the end',
    (run) => {
      settled(run);
      run.build('x', 'root');
      run.head('x');
      run.reorged(pay, 'a', 5);
    },
    /I06 leaves finalized without a finality violation/,
  ],
  // Pools.
  [
    'pending that nobody showed',
    (run) => {
      run.track(pay);
      run.pending(pay);
    },
    /H50 pending, and it was in no pool/,
  ],
  [
    'pending though the winner stays',
    (run) => {
      outbid(run);
      run.mine('b');
      run.say(pay, 'pending', { status: 'pending', replacedBy: null, reason: null });
    },
    /H58 pending, and no branch leaves/,
  ],
  // Replacements.
  [
    'a winner that is in no block',
    (run) => {
      outbid(run, otherCall, 'replaced');
      run.replaced(pay, speedUp, 'a', { reason: 'repriced', final: true });
    },
    /1g replaced by .* which is not in/,
  ],
  [
    'a winner of another sender',
    (run) => {
      run.pool(pay);
      run.track(pay);
      run.pending(pay);
      run.mine('a', [stranger]);
      run.replaced(pay, stranger, 'a', { reason: 'replaced' });
    },
    /1g replaced by .* of another sender or nonce/,
  ],
  ['another reason', (run) => outbid(run, speedUp, 'replaced'), /H53 replaced as replaced, and it is repriced/],
  [
    'a cancellation called a replacement',
    (run) => outbid(run, cancel, 'replaced'),
    /H53 replaced as replaced, and it is cancelled/,
  ],
  [
    'for good before its block is final',
    (run) => {
      outbid(run);
      run.replaced(pay, speedUp, 'a', { reason: 'repriced', final: true });
    },
    /1g replaced for good/,
  ],
  [
    'replaced by itself',
    (run) => {
      run.pool(pay);
      run.track(pay);
      run.pending(pay);
      run.mine('a', [pay]);
      run.replaced(pay, pay, 'a', { reason: 'repriced' });
    },
    /I09 replaced by itself/,
  ],
  // Ends.
  [
    'failed, and nobody gave it to us',
    (run) => {
      run.track(pay);
      run.say(
        pay,
        'failed',
        { status: 'failed', isTerminal: true },
        { data: { failure: { class: 'x', message: '', providers: ['one'] } } },
      );
    },
    /H80 failed/,
  ],
  [
    'failed, and a pool holds it',
    (run) => {
      run.pool(pay);
      refused(run);
    },
    /H84 failed, and a pool holds it/,
  ],
  [
    'failed, and a block holds it',
    (run) => {
      run.mine('a', [pay]);
      run.wait(6_000);
      refused(run);
    },
    /H82 failed, and a canonical block holds it/,
  ],
  ['expired before its term', (run) => expired(run, 10_000), /I21 expired/],
  [
    'expired, and then included all the same',
    (run) => {
      expired(run);
      run.oracle.changing({ id: 'tx_pay_default', change: { types: ['transaction.included'] } });
      run.mine('a', [pay]);
      run.included(pay, 'a');
      run.settle();
    },
    /I01 shows status included, and expired is what is true/,
  ],
  [
    'expired without a term',
    (run) => {
      run.track(pay);
      run.say(pay, 'expired', { status: 'expired', isTerminal: true });
    },
    /1g expired, and nobody gave it a term/,
  ],
  [
    'dropped on one word',
    (run) => {
      run.pool(pay);
      run.track(pay);
      run.pending(pay);
      run.say(pay, 'dropped', { status: 'dropped' }, { data: { evidence: { providers: ['one'], blocks: 20 } } });
    },
    /I10 dropped on the word of one provider[\s\S]*I10 dropped, and a pool holds it/,
  ],
  [
    'an event type without a rule',
    (run) => {
      run.track(pay);
      run.say(pay, 'stuck', {});
    },
    /transaction.stuck has no ground/,
  ],
  [
    'late for what came after the registration',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.included(pay, 'a', { data: { late: true } });
    },
    /§1 says late, and came true/,
  ],
  [
    'late after news',
    (run) => {
      run.mine('a', [pay]);
      run.mine('b');
      run.track(pay);
      run.included(pay, 'a');
      run.confirmation(pay, 2, { data: { late: true } });
    },
    /§1 says late, and what came before it was news/,
  ],
  // The end.
  [
    'included never said',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.settle();
    },
    /I02 shows status unknown, and included is what is true[\s\S]*I03 included was never said/,
  ],
  [
    'one threshold never said',
    (run) => {
      mined(run);
      run.mine('b c');
      run.confirmation(pay, 2);
      run.settle();
    },
    /I03 the threshold 3 was never said/,
  ],
  [
    'confirmed never said',
    (run) => {
      mined(run);
      run.mine('b c d');
      run.confirmation(pay, 2);
      run.confirmation(pay, 3);
      run.settle();
    },
    /I03 confirmed was never said/,
  ],
  [
    'finalized never said',
    (run) => {
      confirmed(run);
      run.finalized('a');
      run.settle();
    },
    /I02 shows status confirmed, and finalized[\s\S]*I03 finalized was never said/,
  ],
  [
    'said up to confirmed, shown as final',
    (run) => {
      confirmed(run);
      run.finalized('a');
      run.settle({ status: 'finalized', finality: 'finalized', isTerminal: true });
    },
    /I02 shows status finalized, and confirmed is what is told/,
  ],
  [
    'a reorg that was never told',
    (run) => {
      mined(run);
      run.build('x', 'root');
      run.build('y', 'x');
      run.head('y');
      run.settle();
    },
    /I02 shows status included, and unknown or pending or dropped is what is true/,
  ],
  [
    'a replacement that was never told',
    (run) => {
      run.pool(pay);
      run.track(pay);
      run.pending(pay, { transaction: { from: `0x${'a1'.repeat(20)}`, nonce: 1, to: `0x${'b0'.repeat(20)}` } });
      run.mine('a', [speedUp]);
      run.settle();
    },
    /I09 shows status pending, and replaced is what is true/,
  ],
  [
    'a replacement for good that was never told',
    (run) => {
      outbid(run);
      run.finalized('a');
      run.settle();
    },
    /I03 replaced for good was never said/,
  ],
  [
    'a count that is not that of the head',
    (run) => {
      confirmed(run);
      run.settle({ confirmations: 3 });
    },
    /I07 shows confirmations 3, and 4/,
  ],
  [
    'included, with a count that is reached',
    (run) => {
      run.track(pay);
      run.mine('a', [pay]);
      run.track(pay, {}, { status: 'included', execution: 'success', confirmations: 4 });
    },
    /I07 shows included, with 4 confirmations of 4/,
  ],
  [
    'a term that passed without a word',
    (run) => {
      run.track(pay, { expiresAt: new Date(run.atMs + 60_000).toISOString() });
      run.wait(600_000);
      run.settle();
    },
    /I19 its term ended/,
  ],
  [
    'a transaction listed twice',
    (run) => {
      run.track(pay);
      run.track(speedUp, {}, {});
      run.settle({ id: 'tx_pay_default' });
    },
    /I12 tx_pay_default is listed twice/,
  ],
];

describe('the oracle', () => {
  test.each(fine)('finds nothing in %s', (_, arrange) => {
    const run = new HandWrittenRun();
    arrange(run);
    expect(run.problems).toEqual([]);
    expect(run.sent.length).toBeGreaterThan(0);
  });

  test.each(caught)('catches %s', (_, arrange, problem) => {
    const run = new HandWrittenRun();
    arrange(run);
    expect(run.problems.join('\n')).toMatch(problem);
  });
});
