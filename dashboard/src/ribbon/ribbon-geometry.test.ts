import { expect, test } from 'vitest';
import {
  blockHeightPx,
  blockX,
  blockY,
  branchRowPx,
  dotPlace,
  linkPath,
  ribbonGeometry,
  ribbonHeight,
  waitingPlace,
} from './ribbon-geometry.ts';

test.each([
  [358, 11],
  [1000, 35],
  [1366, 50],
  [1900, 60],
  [20, 1],
])('at %d px there is room for %d blocks, each wide enough for a finger', (width, columns) => {
  const geometry = ribbonGeometry(width);
  expect(geometry.columns).toBe(columns);
  expect(geometry.pitchPx).toBeGreaterThanOrEqual(25);
  const end = blockX(geometry.columns, geometry) + geometry.waitingPx;
  expect(end).toBeLessThanOrEqual(Math.max(width, 25 + 66 + 6));
});

test('a branch has its place from the start: a first reorg moves nothing', () => {
  expect(ribbonHeight(1)).toBe(ribbonHeight(2));
  expect(ribbonHeight(3)).toBe(ribbonHeight(2) + branchRowPx);
  expect(blockY(1)).toBeGreaterThan(blockY(0) + blockHeightPx);
});

test('dots stand within their block, and those that wait beside the head', () => {
  const geometry = ribbonGeometry(1366);
  for (const slot of [0, 1, 2]) {
    const { x, y } = dotPlace(7, 1, slot, geometry);
    expect(x).toBeGreaterThan(blockX(7, geometry));
    expect(x).toBeLessThan(blockX(7, geometry) + geometry.blockPx);
    expect(y + 4).toBeLessThan(blockY(1) + blockHeightPx - 13);
  }
  const places = Array.from({ length: geometry.waitingPlaces }, (_, slot) => waitingPlace(slot, geometry));
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(geometry.waitingPlaces);
  for (const { x, y } of places) {
    expect(x).toBeGreaterThan(blockX(geometry.columns, geometry));
    expect(x).toBeLessThan(blockX(geometry.columns, geometry) + geometry.waitingPx);
    expect(y).toBeLessThan(blockY(0) + blockHeightPx);
  }
});

test('a link is straight along a row and bends down to a branch', () => {
  const geometry = ribbonGeometry(1366);
  expect(linkPath({ fromColumn: 1, fromRow: 0, toColumn: 2, toRow: 0 }, geometry)).toMatch(/^M[\d.]+ [\d.]+H[\d.]+$/);
  expect(linkPath({ fromColumn: 1, fromRow: 0, toColumn: 2, toRow: 1 }, geometry)).toMatch(/V[\d.]+q0 14 14 14H/);
});
