import { expect, test } from 'vitest';
import type { ChainReport, ProviderReport } from '../ports/tracker-service.ts';
import { leaderlessWarning } from './leaderless-warning.ts';

function report(...providers: readonly Partial<ProviderReport>[]): ChainReport {
  return { chain: 'eip155:1', providers } as unknown as ChainReport;
}

test.each([
  [[{ name: 'p1', state: 'leading' }], []],
  [
    [
      { name: 'p1', state: 'failing', reason: 'HTTP 503' },
      { name: 'p2', state: 'standby', reason: null },
    ],
    ['eip155:1: no provider leads: p1 is failing (HTTP 503), p2 is standby'],
  ],
  [[], ['eip155:1: nobody tells how its providers do']],
] as const)('of %j an operator is warned of %j', (providers, warnings) => {
  expect(leaderlessWarning(report(...providers))).toEqual(warnings);
});
