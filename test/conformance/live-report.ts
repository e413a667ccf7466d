import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveReport } from '../../src/ports/live-report.ts';

export interface LiveReportFixture {
  readonly report: LiveReport;
  /** The same reports, met from another process. */
  readonly otherNode: LiveReport;
  /** Lets at least this much time pass for what ends by itself. */
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What the port `LiveReport` promises while its service is there. */
export function liveReportSuite(name: string, create: () => Promise<LiveReportFixture>): void {
  describe(`live report: ${name}`, () => {
    let fixture: LiveReportFixture;
    beforeEach(async () => {
      fixture = await create();
    });
    afterEach(() => fixture.dispose());

    test('the last word under each name stands, for any node', async () => {
      const { report, otherNode } = fixture;
      await report.publish('watch/eip155:1', '{"providers":1}', 60_000);
      await report.publish('watch/eip155:1', '{"providers":2}', 60_000);
      await report.publish('watch/eip155:10', 'another', 60_000);
      expect(await otherNode.read(['watch/eip155:10', 'watch/eip155:2', 'watch/eip155:1'])).toEqual([
        'another',
        null,
        '{"providers":2}',
      ]);
      expect(await report.read([])).toEqual([]);
    });

    test('what is not said again is gone after its time', async () => {
      const { report } = fixture;
      await report.publish('soon over', 'text', 100);
      await report.publish('stays', 'text', 60_000);
      await fixture.pass(100);
      expect(await report.read(['soon over', 'stays'])).toEqual([null, 'text']);
    });
  });
}
