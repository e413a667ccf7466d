import { describe, expect, test } from 'vitest';
import { encodeRecord, recordBytes } from '../../../src/adapters/segment-log/record-format.ts';
import { newestGroupAt } from './newest-group.ts';

const base = 4_096;
const name = 'log-0000000000004096.seg';

/** A segment of groups, each with so many records. */
function segment(...groups: readonly number[]): { readonly bytes: Buffer; readonly starts: readonly number[] } {
  const record = { stream: 'journal/0', payload: '{"kind":"tick"}' } as const;
  const each = recordBytes(record);
  const bytes = Buffer.alloc(each * groups.reduce((sum, count) => sum + count, 0));
  const starts: number[] = [];
  let offset = 0;
  for (const count of groups) {
    const groupStart = base + offset;
    starts.push(offset);
    for (let index = 0; index < count; index += 1) {
      offset += encodeRecord(bytes, offset, base + offset, record, { epoch: 1, groupStart, timeMs: 1 });
    }
  }
  return { bytes, starts };
}

describe('the newest group of a segment', () => {
  test('begins where the last group write does (simulated seed 7280)', () => {
    const { bytes, starts } = segment(3, 1, 2);
    expect(newestGroupAt(name, bytes)).toBe(starts[2]);
  });

  test('is the one before a write that was cut short', () => {
    const { bytes, starts } = segment(3, 1, 2);
    expect(newestGroupAt(name, bytes.subarray(0, (starts[2] ?? 0) + 20))).toBe(starts[1]);
  });

  test('is nowhere but at the beginning where there is one group, or none', () => {
    expect(newestGroupAt(name, segment(4).bytes)).toBe(0);
    expect(newestGroupAt(name, Buffer.alloc(0))).toBe(0);
  });
});
