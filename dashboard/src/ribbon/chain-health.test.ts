import type { ChainDetail } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { sampleTime } from '../model/transaction-sample.ts';
import { chainHealth } from './chain-health.ts';

const provider = { name: 'main', role: 'primary', state: 'leading', reason: null, head: 2, lag: 0 } as const;
const blocks = [2, 1].map((number) => ({
  number,
  hash: `0x${number}`,
  parentHash: `0x${number - 1}`,
  timestamp: sampleTime(number * 12_000),
  transactions: 0,
}));
const chain: Pick<ChainDetail, 'head' | 'lag' | 'providers' | 'recentBlocks'> = {
  head: { number: 2, hash: '0x2', timestamp: sampleTime(24_000) },
  lag: 0,
  providers: [provider],
  recentBlocks: blocks,
};
const after = (seconds: number) => Date.parse(sampleTime(24_000 + seconds * 1000));

test.each([
  ['on time', chain, 5],
  ['on time', chain, 70],
  ['no block for 1 min 20 s', chain, 80],
  ['3 blocks behind', { ...chain, lag: 3 }, 5],
  ['on time', { ...chain, lag: null }, 5],
  ['no provider answers', { ...chain, providers: [{ ...provider, state: 'failing' }] }, 5],
  ['no provider answers', { ...chain, providers: [] }, 5],
  ['not seen yet', { ...chain, head: null }, 5],
  ['on time', { ...chain, recentBlocks: [] }, 40],
])('says "%s"', (text, facts, seconds) => {
  expect(chainHealth(facts, after(seconds)).text).toBe(text);
});
