import { expect, test } from 'vitest';
import { eventRecord } from '../../test/harness/event-record.ts';
import { renderEvent } from '../core/delivery/render-event.ts';
import { EventTail, numberedEvent, readEventOf } from './event-tail.ts';

test('holds the newest events and no more (I17)', () => {
  const tail = new EventTail({ maxEvents: 3 });
  for (let n = 1; n <= 5; n += 1) tail.put(n * 10, eventRecord({ position: n }), n);
  expect([10, 20, 30, 40, 50].map((position) => tail.get(position)?.seq ?? null)).toEqual([null, null, 3, 4, 5]);
});

test('goes on so, however many come', () => {
  const tail = new EventTail({ maxEvents: 4 });
  for (let n = 1; n <= 1_000; n += 1) {
    tail.put(n, eventRecord({ position: n }), n);
    expect(tail.get(n)?.seq).toBe(n);
    if (n > 4) expect([n - 4, n - 3].map((position) => tail.get(position)?.seq ?? null)).toEqual([null, n - 3]);
  }
});

test('an event is rendered once, with its number, and read with its evidence', () => {
  const record = eventRecord({ subscriber: 'alice' });
  const event = numberedEvent(record, 7);
  expect(event.json()).toBe(renderEvent(record, 7));
  expect(readEventOf(event, 70)).toEqual({
    place: 70,
    type: record.type,
    timeMs: record.timeMs,
    json: event.json(),
    evidence: record.evidence,
  });
});
