import { expect, test } from 'vitest';
import { blocksUntilSteady, causesOf, fullLadder, quickLadder } from './ladder.ts';

test('from a certain block on, each brings events of every height', () => {
  expect(blocksUntilSteady(fullLadder)).toBe(21);
  expect(blocksUntilSteady(quickLadder)).toBe(5);
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
