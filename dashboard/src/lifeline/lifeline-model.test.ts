import type { Transaction, TxTrailEvent } from '@txtrail/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confirmationCount } from '../model/confirmation-count.ts';
import { blockHash, placedIn, sampleEvent, sampleTime, sampleTransaction } from '../model/transaction-sample.ts';
import type { HistoryEvent } from './history.ts';
import { placeLifeline } from './lifeline-layout.ts';
import { lifelineOf, type Lifeline } from './lifeline-model.ts';

type Told = readonly [
  type: string,
  seconds: number,
  data?: Partial<TxTrailEvent['data']>,
  facts?: Partial<Transaction>,
];

const registered = sampleTransaction(0);
const reorg = { reorg: { fromBlockNumber: 10, fromBlockHash: blockHash(10), depth: 3, beyondFinality: false } };

function lineOf(told: readonly Told[], now: Partial<Transaction>): Lifeline {
  const history: HistoryEvent[] = told.map(([type, seconds, data = {}, facts = {}], index) =>
    sampleEvent({ ...registered, ...facts, updatedAt: sampleTime(seconds * 1000) }, index + 1, type, data),
  );
  const transaction = { ...registered, ...now };
  return lifelineOf(transaction, history, confirmationCount(transaction, { head: 12, safe: null, finalized: null }));
}

const shape = ({ steps }: Lifeline) => steps.map(({ title, lane }) => `${title}${lane === 1 ? ' ↓' : ''}`);

describe('the line', () => {
  test('of a transaction that was mined and stayed', () => {
    const line = lineOf(
      [
        ['pending', 1],
        ['included', 3, {}, placedIn(10)],
        ['confirmation', 5, { confirmations: 2 }],
        ['confirmed', 7, { confirmations: 3 }],
        ['finalized', 20, {}, placedIn(10)],
      ],
      { ...placedIn(10), status: 'finalized', isTerminal: true },
    );
    expect(shape(line)).toEqual(['Registered', 'Seen', 'Included', '2 confirmations', 'Confirmed', 'Final']);
    expect([line.branches, line.upcoming, line.winner]).toEqual([[], [], null]);
    expect(line.steps.map(({ isMinor }) => isMinor)).toEqual([false, false, false, true, false, false]);
    expect(line.summary).toBe(
      'Now finalized. registered, seen, included, confirmed, final; 20 s from registration to the last event.',
    );
  });

  test('of one that is on its way says what is to come, and not when', () => {
    expect(lineOf([['pending', 1]], {}).upcoming).toEqual([
      { title: 'Included', detail: null, icon: 'block' },
      { title: 'Confirmed', detail: 'at 3', icon: 'check' },
      { title: 'Final', detail: null, icon: 'seal' },
    ]);
    expect(lineOf([['included', 1]], { ...placedIn(11) }).upcoming.map(({ detail }) => detail)).toEqual([
      '2 of 3',
      null,
    ]);
    expect(lineOf([['included', 1]], { ...placedIn(11), requiredConfirmations: 'safe' }).upcoming[0]?.detail).toBe(
      'when safe',
    );
  });

  test('of one that was in a block when it was registered says so', () => {
    const line = lineOf([['included', 0, { late: true }, placedIn(10)]], placedIn(10));
    expect(line.steps[1]?.detail).toBe('already, when registered');
  });
});

describe('branches', () => {
  test('a reorg: what it took hangs below, and the line goes on from before', () => {
    const line = lineOf(
      [
        ['pending', 1],
        ['included', 3, {}, placedIn(10)],
        ['confirmation', 5, { confirmations: 2 }],
        ['reorged', 6, reorg],
        ['included', 8, {}, placedIn(11, 'b')],
      ],
      placedIn(11, 'b'),
    );
    expect(shape(line)).toEqual(['Registered', 'Seen', 'Included ↓', '2 confirmations ↓', 'Reorged out ↓', 'Included']);
    expect(line.branches).toEqual([{ fromStep: 1, firstStep: 2, lastStep: 4, backToStep: 5, caption: 'depth 3' }]);
    expect(line.summary).toContain('1 reorg');
  });

  test('a reorg that nothing followed yet leads back to waiting', () => {
    const line = lineOf(
      [
        ['included', 3, {}, placedIn(10)],
        ['reorged', 6, reorg],
      ],
      {},
    );
    expect(line.branches[0]).toMatchObject({ fromStep: 0, backToStep: null });
  });

  test('two reorgs, one after the other', () => {
    const line = lineOf(
      [
        ['pending', 1],
        ['included', 2, {}, placedIn(10)],
        ['reorged', 3, reorg],
        ['included', 3, {}, placedIn(10, 'b')],
        ['confirmed', 5, { confirmations: 3 }],
        ['reorged', 6, reorg],
        ['included', 7, {}, placedIn(12, 'c')],
      ],
      placedIn(12, 'c'),
    );
    expect(line.branches.map(({ fromStep, firstStep, lastStep }) => [fromStep, firstStep, lastStep])).toEqual([
      [1, 2, 3],
      [1, 4, 6],
    ]);
  });

  test('a reorg whose inclusion was never told stands below alone', () => {
    expect(shape(lineOf([['reorged', 6, reorg]], {}))).toEqual(['Registered', 'Reorged out ↓']);
  });

  const replacement = {
    hash: `0x${'ab'.repeat(32)}`,
    reason: 'repriced',
    blockNumber: 9,
    blockHash: blockHash(9),
  } as const;

  test('a replacement ends the line and names its winner; said again when final, it is the same end', () => {
    const line = lineOf(
      [
        ['pending', 1],
        ['replaced', 2, { replacement: { ...replacement, final: false } }],
        ['replaced', 9, { replacement: { ...replacement, final: true } }],
      ],
      { status: 'replaced', replacedBy: replacement.hash, isTerminal: true },
    );
    expect(shape(line)).toEqual(['Registered', 'Seen', 'Replaced', 'Replaced for good']);
    expect([line.winner, line.branches]).toEqual([replacement.hash, []]);
  });

  test('a replacement whose winner was reorged out is a branch', () => {
    const line = lineOf(
      [
        ['pending', 1],
        ['replaced', 2, { replacement: { ...replacement, final: false } }],
        ['pending', 4, { previousStatus: 'replaced' }],
        ['included', 6, {}, placedIn(11)],
      ],
      placedIn(11),
    );
    expect(shape(line)).toEqual(['Registered', 'Seen', 'Replaced ↓', 'Seen', 'Included']);
    expect(line.branches[0]).toMatchObject({ fromStep: 1, caption: 'withdrawn' });
  });
});

describe('places', () => {
  const line = lineOf(
    [
      ['pending', 0.01],
      ['included', 600, {}, placedIn(10)],
      ['confirmation', 602, { confirmations: 2 }],
      ['confirmed', 604, { confirmations: 3 }],
    ],
    { ...placedIn(10), status: 'confirmed' },
  );

  test('fill the width, longer spans wider', () => {
    const { xs, upcomingXs, widthPx } = placeLifeline(line, 900);
    expect(widthPx).toBe(900);
    expect(upcomingXs.at(-1)).toBeCloseTo(900 - 38, 0);
    const gap = (index: number) => (xs[index + 1] ?? 0) - (xs[index] ?? 0);
    expect(gap(1)).toBeGreaterThan(gap(0));
  });

  test('never come closer than their words need: where there is no room, the line is longer', () => {
    const told = fc.array(fc.tuple(fc.constantFrom('pending', 'included', 'confirmation', 'reorged'), fc.nat(1e6)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(told, fc.integer({ min: 100, max: 2000 }), (events, available) => {
        const times = events.map(([, seconds]) => seconds).sort((one, other) => one - other);
        const drawn = lineOf(
          events.map(([type], index): Told => [type, times[index] ?? 0, type === 'reorged' ? reorg : {}]),
          {},
        );
        const { xs, upcomingXs, widthPx } = placeLifeline(drawn, available);
        const all = [...xs, ...upcomingXs];
        expect(all).toHaveLength(drawn.steps.length + drawn.upcoming.length);
        for (let index = 1; index < all.length; index += 1) {
          expect((all[index] ?? 0) - (all[index - 1] ?? 0)).toBeGreaterThanOrEqual(29.8);
        }
        expect(widthPx).toBeGreaterThanOrEqual((all.at(-1) ?? 0) + 37);
      }),
    );
  });
});
