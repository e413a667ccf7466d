import { expect, test } from 'vitest';
import { blocksUntilSteady, causesOf, eventsOf, eventsPerTransaction, fullLadder } from './ladder.ts';

test('counts the events of blocks in a row by brute force alike', () => {
  const { threshold, confirmations, finalityDepth } = fullLadder;
  let events = 0;
  for (let block = 1; block <= 40; block += 1) {
    for (const height of [0, threshold - 1, confirmations - 1, finalityDepth]) if (block + height <= 40) events += 3;
  }
  expect(eventsOf(fullLadder, 40, 3)).toBe(events);
});

test('from a certain block on, each brings as many events as the ones after', () => {
  const steady = blocksUntilSteady(fullLadder);
  const brought = (block: number): number => eventsOf(fullLadder, block, 1) - eventsOf(fullLadder, block - 1, 1);
  expect(brought(steady)).toBe(eventsPerTransaction);
  expect(brought(steady - 1)).toBe(eventsPerTransaction - 1);
});

test('an event is due to the block that completed its count', () => {
  const column = (...values: number[]): Uint32Array => Uint32Array.from(values);
  const received = {
    count: 5,
    acknowledgements: 0,
    cpuShare: 0,
    arrivedMs: new Float64Array(5),
    connection: column(0, 0, 0, 0, 0),
    seq: column(1, 2, 3, 4, 5),
    type: column(1, 3, 4, 5, 6),
    block: column(10, 10, 10, 10, 0),
    confirmations: column(1, 3, 12, 21, 0),
    bytes: column(0, 0, 0, 0, 0),
  };
  expect([...causesOf(fullLadder, received)]).toEqual([10, 12, 21, 30, 0]);
});
