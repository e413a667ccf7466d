import type { ChainDetail } from '@txtrail/protocol';
import { counted, groupDigits } from '../model/text-forms.ts';
import { agoText } from '../time/format-time.ts';
import type { Ribbon, RibbonBlock, Settled } from './ribbon-layout.ts';

const settledWords: Readonly<Record<Settled, string>> = { final: 'final', safe: 'safe', open: 'not settled' };

export function settledWord(place: Pick<RibbonBlock, 'settled' | 'reorg'>): string {
  return place.reorg === null ? settledWords[place.settled] : 'orphaned';
}

/** The whole ribbon in a sentence or two, for those who do not see it. */
export function ribbonSummary(chain: ChainDetail, ribbon: Ribbon, waiting: number): string {
  const head = chain.head;
  if (head === null) return 'The chain has not been seen yet.';
  const shown = ribbon.blocks.filter(({ row }) => row === 0).length;
  const parts = [
    `${counted(shown, 'block')} up to ${groupDigits(head.number)}`,
    chain.finality.finalized === null
      ? 'none final yet'
      : `final up to ${groupDigits(chain.finality.finalized.number)}`,
    ribbon.branches.length === 0
      ? 'no orphaned branch in sight'
      : `${counted(ribbon.branches.length + ribbon.hiddenBranches, 'orphaned branch', 'orphaned branches')}`,
    `${counted(waiting, 'tracked transaction')} waiting`,
  ];
  return `${parts.join(', ')}.`;
}

/** What a block is, in words: its name for screen readers. */
export function blockLabel(place: RibbonBlock, tracked: number, nowMs: number): string {
  const { block, reorg } = place;
  const parts = [
    `Block ${groupDigits(block.number)}`,
    place.isHead ? 'head' : null,
    reorg === null ? settledWord(place) : `orphaned, reorg of depth ${reorg.depth}`,
    counted(block.transactions, 'transaction'),
    tracked === 0 ? null : `${groupDigits(tracked)} tracked`,
    agoText(nowMs - Date.parse(block.timestamp)),
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** The caption of a branch that hangs below. */
export function branchCaption(depth: number, ageMs: number): string {
  return `${depth} orphaned · ${agoText(ageMs)}`;
}
