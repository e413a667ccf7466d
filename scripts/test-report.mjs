// Turns vitest's JSON report into the three numbers that a run ends with.

import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { repositoryRoot } from './setup.mjs';

/** @typedef {{ passed: number, failed: string[], skipped: string[] }} Tally */

/** @returns {Tally} */
export function emptyTally() {
  return { passed: 0, failed: [], skipped: [] };
}

/** @param {Tally} one @param {Tally} other @returns {Tally} */
export function addTallies(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: [...one.failed, ...other.failed],
    skipped: [...one.skipped, ...other.skipped],
  };
}

/**
 * Counts what a run of vitest reported. A run that ends badly always counts a failure, also where
 * no single test failed (an unhandled error, a file that does not load, a crash before the report).
 * @param {string} file vitest's JSON report @param {number} exitCode of vitest @returns {Tally}
 */
export function readVitestReport(file, exitCode) {
  const tally = existsSync(file) ? tallyOf(JSON.parse(readFileSync(file, 'utf8'))) : emptyTally();
  if (exitCode !== 0 && tally.failed.length === 0) tally.failed.push(`vitest ended with exit code ${exitCode}`);
  if (tally.passed + tally.failed.length + tally.skipped.length === 0) tally.failed.push('vitest ran no test');
  return tally;
}

/** @returns {Tally} */
export function tallyOf(report) {
  const tally = emptyTally();
  for (const file of report.testResults) {
    const path = relative(repositoryRoot, file.name);
    for (const test of file.assertionResults) {
      const name = `${path} > ${test.fullName}`;
      if (test.status === 'passed') tally.passed += 1;
      else if (test.status === 'failed') tally.failed.push(name);
      else tally.skipped.push(name);
    }
    const explained = file.assertionResults.some((test) => test.status === 'failed');
    if (file.status === 'failed' && !explained) tally.failed.push(`${path} (the file itself)`);
  }
  return tally;
}
