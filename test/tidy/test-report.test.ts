import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readVitestReport, tallyOf } from '../../scripts/test-report.mjs';

/** The count that `npm test` ends with may not flatter: whatever went wrong has to show in it. */
describe('the count of a test run', () => {
  const one = (status: string, title = status) => ({ status, fullName: title });
  const file = (status: string, ...assertionResults: readonly object[]) => ({
    name: 'a.test.ts',
    status,
    assertionResults,
  });
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'txtrail-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('sorts passed, failed and everything that did not run', () => {
    const tally = tallyOf({
      testResults: [
        file('failed', one('passed'), one('failed')),
        file('passed', one('skipped'), one('pending'), one('todo')),
      ],
    });
    expect(tally.passed).toBe(1);
    expect(tally.failed).toHaveLength(1);
    expect(tally.skipped).toHaveLength(3);
  });

  test('counts a file that did not load as a failure', () => {
    expect(tallyOf({ testResults: [file('failed')] }).failed).toHaveLength(1);
    expect(tallyOf({ testResults: [file('failed', one('passed'))] }).failed).toHaveLength(1);
  });

  test('counts a bad end without any failed test, and a run of nothing, as a failure', () => {
    const report = join(folder, 'report.json');
    writeFileSync(report, JSON.stringify({ testResults: [file('passed', one('passed'))] }));
    expect(readVitestReport(report, 0)).toEqual({ passed: 1, failed: [], skipped: [] });
    expect(readVitestReport(report, 1).failed).toHaveLength(1);
    expect(readVitestReport(join(folder, 'absent.json'), 1).failed).toHaveLength(1);
    writeFileSync(report, JSON.stringify({ testResults: [] }));
    expect(readVitestReport(report, 0).failed).toHaveLength(1);
  });
});
