import type { Transaction, TransactionStatus, TxTrailEvent } from '@txtrail/protocol';
import { describe, expect, it } from 'vitest';
import { checkConnections, checkEvents } from './event-checker.ts';

type Step = readonly [type: string, status: TransactionStatus, changes?: Partial<Transaction>, data?: object];

const hash = `0x${'ab'.repeat(32)}`;
const block = { blockHash: `0x${'01'.repeat(32)}`, blockNumber: 7, execution: 'success' as const };
const other = { ...block, blockHash: `0x${'02'.repeat(32)}` };
const winner = `0x${'cd'.repeat(32)}`;
const replaced = (final: boolean): Step => [
  'replaced',
  'replaced',
  { replacedBy: winner, isTerminal: final, confirmations: 0 },
  { replacement: { hash: winner, reason: 'repriced', blockNumber: 8, blockHash: other.blockHash, final } },
];
const reorg = { reorg: { fromBlockNumber: 7, fromBlockHash: block.blockHash, depth: 1, beyondFinality: false } };

const pending: Step = ['pending', 'pending', { confirmations: 0 }];
const included: Step = ['included', 'included', { ...block, confirmations: 1 }];
const threshold: Step = ['confirmation', 'included', { ...block, confirmations: 3 }];
const confirmed: Step = ['confirmed', 'confirmed', { ...block, confirmations: 12 }];
const finalized: Step = [
  'finalized',
  'finalized',
  { ...block, confirmations: 40, finality: 'finalized', isTerminal: true },
];
const reorged: Step = ['reorged', 'pending', { confirmations: 0 }, reorg];
const includedElsewhere: Step = ['included', 'included', { ...other, confirmations: 1 }];

function story(steps: readonly Step[]): TxTrailEvent[] {
  let previousStatus: TransactionStatus | null = null;
  return steps.map(([type, status, changes = {}, data = {}], index) => {
    const shown = {
      id: 'tx_1',
      chain: 'eip155:1',
      hash,
      subscriber: 'default',
      status,
      execution: null,
      finality: 'none',
    };
    const counted = {
      isTerminal: false,
      confirmations: 0,
      requiredConfirmations: 12,
      thresholds: [3],
      blockNumber: null,
    };
    const transaction = {
      ...shown,
      ...counted,
      blockHash: null,
      replacedBy: null,
      ...changes,
    } as unknown as Transaction;
    const event = {
      ...{ specversion: '1.0', id: `evt_${index}`, source: 'txtrail', type: `transaction.${type}` },
      ...{ subject: `eip155:1/${hash}`, time: '2026-01-01T00:00:00.000Z', timestamp: '2026-01-01T00:00:00.000Z' },
      ...{
        datacontenttype: 'application/json',
        tenant: 'default',
        subscriber: 'default',
        seq: index + 1,
        revision: index + 1,
      },
      data: { transaction, previousStatus, confirmations: transaction.confirmations, late: false, ...data },
    } as TxTrailEvent;
    previousStatus = status;
    return event;
  });
}

const judge = (events: readonly TxTrailEvent[]): readonly string[] =>
  checkEvents(events.map((event) => ({ event, text: JSON.stringify(event) })));

describe('the event checker', () => {
  it.each([
    ['the whole ladder', [pending, included, threshold, confirmed, finalized]],
    ['late, without pending', [included, threshold, confirmed, finalized]],
    ['a reorg into another block', [pending, included, reorged, includedElsewhere]],
    ['a reorg back to the same block (A-B-A)', [pending, included, reorged, included, confirmed]],
    ['a replacement that becomes final', [pending, replaced(false), replaced(true)]],
    ['a replacement in the new branch', [pending, included, reorged, replaced(false)]],
    ['a replacement whose winner is reorged out', [pending, replaced(false), pending, included]],
  ] satisfies readonly (readonly [string, readonly Step[]])[])('accepts %s', (_, steps) => {
    expect(judge(story(steps))).toEqual([]);
  });

  it.each([
    ['two included without reorged between', [pending, included, includedElsewhere], 'second included'],
    ['confirmed before included', [pending, confirmed], 'not in the block'],
    ['finalized without confirmed', [included, finalized], 'before confirmed'],
    ['pending after included', [included, pending], 'left its block without reorged'],
    ['an event after the end', [included, confirmed, finalized, reorged], 'leaves finalized'],
    ['a reorg from a block never said', [pending, included, reorged, reorged], 'not from the block'],
    ['a threshold after the count', [included, confirmed, threshold], 'comes after confirmed'],
    ['a threshold twice', [included, threshold, threshold], 'comes after 3'],
    [
      'confirmed in another block',
      [included, [confirmed[0], confirmed[1], { ...other, confirmations: 12 }]],
      'not in the block',
    ],
    ['the wrong count', [included, [confirmed[0], confirmed[1], { ...block, confirmations: 11 }]], 'counts 11'],
    ['a replacement said twice', [replaced(false), replaced(false)], 'repeats'],
    ['an event after a final replacement', [replaced(false), replaced(true), pending], 'replacement was final'],
    ['pending said twice', [pending, pending], 'repeats'],
  ] satisfies readonly (readonly [string, readonly Step[], string])[])('refuses %s', (_, steps, problem) => {
    expect(judge(story(steps)).join('\n')).toContain(problem);
  });

  it('refuses a gap in seq (I05), a gap in revision, and repeats with other bytes (I04)', () => {
    const events = story([pending, included, confirmed]);
    const [first, second, third] = events as [TxTrailEvent, TxTrailEvent, TxTrailEvent];
    expect(judge([first, third]).join('\n')).toMatch(/seq 3 .*follows 1[\s\S]*follows revision 1/);
    expect(judge([first, second, second, third])).toEqual([]);
    expect(judge([first, second, { ...second, tenant: 'another' }]).join('\n')).toContain('other bytes');
    expect(judge([second, first, third]).join('\n')).toContain('seq 1');
  });

  it('refuses repeats that come out of order, or twice, over one connection', () => {
    const events = story([pending, included, confirmed]);
    const over = (connection: number, ...seqs: readonly number[]) =>
      seqs.map((seq) => ({
        event: events[seq - 1] as TxTrailEvent,
        connection,
        text: JSON.stringify(events[seq - 1]),
      }));
    const inOrder = [...over(1, 1, 2), ...over(2, 2, 3), ...over(3, 1, 2, 3)];
    const swapped = [...over(1, 1, 2), ...over(2, 2, 1, 3)];
    const twice = [...over(1, 1, 2, 2, 3)];
    for (const deliveries of [inOrder, swapped, twice]) expect(checkEvents(deliveries)).toEqual([]);
    expect(checkConnections(inOrder)).toEqual([]);
    expect(checkConnections(swapped)).toEqual(['seq 1 comes after 2 over connection 2']);
    expect(checkConnections(twice)).toEqual(['seq 2 comes after 2 over connection 1']);
  });
});
