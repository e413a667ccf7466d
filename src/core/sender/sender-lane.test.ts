import { expect, test } from 'vitest';
import type { SenderRecord } from '../records/sender-record.ts';
import { SenderLane } from './sender-lane.ts';

let ordinal = 0;

function record(hash: string, change: Partial<SenderRecord> = {}): SenderRecord {
  ordinal += 1;
  const origin = { source: 'status/1', position: 10, ordinal };
  return { kind: 'tracked', tenant: 'one', chain: 'eip155:1', sender: '0xa', nonce: 1, hash, origin, ...change };
}

function told(lane: SenderLane, given: SenderRecord): readonly (readonly string[])[] {
  return lane.apply(given, 20).map(({ hash, siblings }) => [hash, ...siblings]);
}

test('a family is told of each other when it has two members, in the order of registration', () => {
  const lane = new SenderLane(3);
  expect(told(lane, record('first'))).toEqual([]);
  expect(told(lane, record('second'))).toEqual([
    ['first', 'second'],
    ['second', 'first'],
  ]);
});

test('a member that another subscriber registers too hears of the family once more, and only that one', () => {
  const lane = new SenderLane(3);
  told(lane, record('first'));
  expect(told(lane, record('first'))).toEqual([]);
  told(lane, record('second'));
  expect(told(lane, record('second'))).toEqual([['second', 'first']]);
  expect(told(lane, record('second', { kind: 'untracked' }))).toEqual([]);
});

test('other nonces, senders, chains and tenants are other families (S01)', () => {
  const lane = new SenderLane(3);
  told(lane, record('first'));
  expect(told(lane, record('b', { nonce: 2 }))).toEqual([]);
  expect(told(lane, record('c', { sender: '0xb' }))).toEqual([]);
  expect(told(lane, record('d', { chain: 'eip155:5' }))).toEqual([]);
  expect(told(lane, record('e', { tenant: 'two' }))).toEqual([]);
});

test('one hash tracked twice leaves with the second untracking', () => {
  const lane = new SenderLane(3);
  told(lane, record('first'));
  told(lane, record('first'));
  told(lane, record('second'));
  expect(told(lane, record('first', { kind: 'untracked' }))).toEqual([]);
  expect(told(lane, record('first', { kind: 'untracked' }))).toEqual([['second']]);
});

test('F22: a record that comes again is not applied again, also after a restart', () => {
  const lane = new SenderLane(3);
  const first = record('first');
  const second = record('second');
  told(lane, first);
  told(lane, second);
  const restored = new SenderLane(3);
  restored.restore(lane.state());
  expect(told(restored, first)).toEqual([]);
  expect(told(restored, second)).toEqual([]);
  expect(told(restored, record('third'))).toHaveLength(3);
});
