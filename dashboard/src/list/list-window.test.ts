import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listWindow, scrollToRow } from './list-window.ts';

const shape = { rowPx: 40, viewPx: 400, overscan: 3 };

test('draws what is in sight and a few more', () => {
  expect(listWindow({ ...shape, count: 10_000, scrollPx: 0 })).toEqual({
    first: 0,
    end: 14,
    beforePx: 0,
    afterPx: 9986 * 40,
  });
  expect(listWindow({ ...shape, count: 10_000, scrollPx: 4000 })).toMatchObject({
    first: 97,
    end: 114,
    beforePx: 97 * 40,
  });
  expect(listWindow({ ...shape, count: 0, scrollPx: 0 })).toEqual({ first: 0, end: 0, beforePx: 0, afterPx: 0 });
});

test('always fills the view, is always as high as all rows, and never draws many', () => {
  const lists = fc.record({
    count: fc.nat(20_000),
    scrollPx: fc.integer({ min: -100, max: 900_000 }),
    viewPx: fc.nat(2000),
  });
  fc.assert(
    fc.property(lists, ({ count, scrollPx, viewPx }) => {
      const { first, end, beforePx, afterPx } = listWindow({ ...shape, viewPx, count, scrollPx });
      expect(beforePx + (end - first) * shape.rowPx + afterPx).toBe(count * shape.rowPx);
      expect(end - first).toBeLessThanOrEqual(viewPx / shape.rowPx + 2 + 2 * shape.overscan);
      const lastScroll = Math.max(0, count * shape.rowPx - viewPx);
      const scroll = Math.min(Math.max(0, scrollPx), lastScroll);
      expect(beforePx).toBeLessThanOrEqual(scroll);
      expect(beforePx + (end - first) * shape.rowPx).toBeGreaterThanOrEqual(
        Math.min(count * shape.rowPx, scroll + viewPx),
      );
    }),
  );
});

test('scrolls no further than a row needs', () => {
  const view = { rowPx: 40, viewPx: 400, scrollPx: 800 };
  expect([scrollToRow(20, view), scrollToRow(29, view)]).toEqual([800, 800]);
  expect(scrollToRow(3, view)).toBe(120);
  expect(scrollToRow(30, view)).toBe(840);
});
