import type { ServerFrame } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { undescribed } from './described-frames.ts';

test('a frame with a member too many, too few or of another kind is found out', () => {
  const frame: ServerFrame = { type: 'reset', id: 's1', reason: 'cursor_too_old', oldestCursor: 'AQ' };
  expect(undescribed([frame])).toEqual([]);
  for (const wrong of [
    { ...frame, colour: 'red' },
    { ...frame, oldestCursor: undefined },
    { ...frame, id: 7 },
    { ...frame, type: 'farewell' },
  ]) {
    expect(undescribed([JSON.parse(JSON.stringify(wrong)) as ServerFrame])).toHaveLength(1);
  }
});
