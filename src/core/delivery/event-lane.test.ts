import { describe, expect, test } from 'vitest';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { EventLane } from './event-lane.ts';

describe('numbering', () => {
  test('1, 2, 3 ... per subscriber, whatever the source', () => {
    const lane = new EventLane();
    expect(lane.number(eventRecord({ source: 'status/1', position: 5 }), 100)).toBe(1);
    expect(lane.number(eventRecord({ source: 'status/2', position: 3 }), 101)).toBe(2);
    expect(lane.number(eventRecord({ source: 'status/1', position: 6, subscriber: 'bob' }), 102)).toBe(1);
  });

  test('I04, F22: an event said again has its number already, also after a restart', () => {
    const lane = new EventLane();
    lane.number(eventRecord({ source: 'status/1', position: 5, ordinal: 0 }), 100);
    lane.number(eventRecord({ source: 'status/1', position: 5, ordinal: 1 }), 101);
    const restored = new EventLane();
    restored.restore(lane.state());
    for (const one of [lane, restored]) {
      expect(one.number(eventRecord({ source: 'status/1', position: 5, ordinal: 0 }), 102)).toBeNull();
      expect(one.number(eventRecord({ source: 'status/1', position: 5, ordinal: 1 }), 103)).toBeNull();
      expect(one.number(eventRecord({ source: 'status/1', position: 5, ordinal: 2 }), 104)).toBe(3);
    }
  });

  test('numbers go on after events were given up', () => {
    const lane = new EventLane();
    for (let n = 1; n <= 4; n += 1) lane.number(eventRecord({ position: n }), n * 10);
    const stream = lane.stream('default', 'default');
    if (stream === null) throw new Error('no stream');
    lane.trim(stream, 3);
    expect([stream.oldestPlace, stream.lastSeq]).toEqual([3, 4]);
    expect(stream.after(3, 10)).toEqual([40]);
    expect(stream.seqAt(40)).toBe(4);
    expect(stream.seqAt(30)).toBeNull();
    const restored = new EventLane();
    restored.restore(lane.state());
    expect(restored.number(eventRecord({ position: 5 }), 50)).toBe(5);
  });
});

describe('acknowledgements', () => {
  const ack = (consumer: string, upTo: number, subscriber: string | null = 'alice') => ({
    tenant: 'default',
    subscriber,
    consumer,
    upTo,
  });

  test('only move forward, and stand apart by consumer, subscriber and tenant', () => {
    const lane = new EventLane();
    lane.acknowledge(ack('a', 5));
    lane.acknowledge(ack('a', 3));
    lane.acknowledge(ack('a', 9, null));
    expect(lane.acknowledged('default', 'alice', 'a')).toBe(5);
    expect(lane.acknowledged('default', 'alice', 'b')).toBeNull();
    expect(lane.acknowledged('default', null, 'a')).toBe(9);
    expect(lane.acknowledged('other', 'alice', 'a')).toBeNull();
  });

  test('the slowest known consumer decides what may go', () => {
    const lane = new EventLane();
    expect(lane.lowestAcknowledged('default', 'alice')).toBeNull();
    lane.acknowledge(ack('a', 5));
    lane.acknowledge(ack('b', 2));
    expect(lane.lowestAcknowledged('default', 'alice')).toBe(2);
  });
});
