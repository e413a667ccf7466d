import type { ChainDetail } from '@txtrail/protocol';
import { counted } from '../model/text-forms.ts';
import { durationText } from '../time/format-time.ts';

export interface ChainHealth {
  readonly text: string;
  readonly icon: string;
  readonly tone: string;
}

/** A head older than so many block times is late; below the least, no chain is. */
const lateBlocks = 6;
const leastLateMs = 15_000;

/** The verdict on a chain in a few words. The worst that is known comes first. */
export function chainHealth(
  chain: Pick<ChainDetail, 'head' | 'lag' | 'providers' | 'recentBlocks'>,
  nowMs: number,
): ChainHealth {
  if (chain.head === null) return { text: 'not seen yet', icon: 'question', tone: 'quiet' };
  const isLed = chain.providers.some(({ state }) => state === 'leading');
  if (!isLed) return { text: 'no provider answers', icon: 'cross', tone: 'bad' };
  const age = nowMs - Date.parse(chain.head.timestamp);
  if (age > lateAfterMs(chain.recentBlocks)) {
    return { text: `no block for ${durationText(age)}`, icon: 'clock', tone: 'waiting' };
  }
  if (chain.lag !== null && chain.lag > 1)
    return { text: `${counted(chain.lag, 'block')} behind`, icon: 'clock', tone: 'waiting' };
  return { text: 'on time', icon: 'check', tone: 'good' };
}

function lateAfterMs(blocks: ChainDetail['recentBlocks']): number {
  const newest = blocks[0];
  const oldest = blocks.at(-1);
  if (newest === undefined || oldest === undefined || newest.number === oldest.number) return leastLateMs * 4;
  const perBlock = (Date.parse(newest.timestamp) - Date.parse(oldest.timestamp)) / (newest.number - oldest.number);
  return Math.max(leastLateMs, perBlock * lateBlocks);
}
