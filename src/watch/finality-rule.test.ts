import { expect, test } from 'vitest';
import type { BlockHeader } from '../core/chain/block.ts';
import { resumeTracking } from '../core/chain/head-tracker.ts';
import type { Logger } from '../ports/logger.ts';
import { fallbackFinalityDepth, FinalityRule, taglessAnswersMax } from './finality-rule.ts';

const logged: string[] = [];
const note = (message: string): void => {
  logged.push(message);
};
const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };

const blocks = Array.from({ length: 100 }, (_, number): BlockHeader => {
  return { number, hash: `a${number}`, parentHash: `a${number - 1}`, timestampMs: number };
});
const tracked = resumeTracking('eip155:1', blocks, null, null);
const alone = (due: number): number => due;
const noTags = { provider: 'main', safe: null, finalized: null };

test('H19 a chain that never shows a tag is counted by depth, and that is logged', () => {
  const rule = new FinalityRule({ finality: 'tag', tagSeen: false }, { logger });
  expect(rule.byDepth(tracked, 'main', alone).record).toBeNull();
  for (let count = 0; count < taglessAnswersMax; count += 1) rule.byTag(tracked, noTags);
  expect(logged).toContain('the chain has no finality tags: finality is counted by depth');
  expect(rule.byDepth(tracked, 'main', alone).record).toMatchObject({
    finalized: { number: 99 - fallbackFinalityDepth },
    source: 'depth',
  });
  rule.byTag(tracked, { ...noTags, finalized: { number: 10, hash: 'a10' } });
  expect(rule.byDepth(tracked, 'main', alone).record).toBeNull();
});

test('H16 a tag that was ever seen is never given up for a depth (1g)', () => {
  const rule = new FinalityRule({ finality: 'tag', tagSeen: true }, { logger });
  for (let count = 0; count < 10 * taglessAnswersMax; count += 1) rule.byTag(tracked, noTags);
  expect(rule.depth).toBeNull();
});

test('a configured depth is the rule', () => {
  const rule = new FinalityRule({ finality: 12, tagSeen: false }, { logger });
  expect(rule.wantsTags).toBe(false);
  expect(rule.byDepth(tracked, 'main', alone).record).toMatchObject({ finalized: { number: 87 }, source: 'depth' });
});
