import { expect, test } from 'vitest';
import { allOperations } from '../../src/api/operations/all-operations.ts';
import { startFuzzTarget } from '../harness/fuzz-target.ts';
import { endlessPaths, runSchemathesis } from '../harness/schemathesis-run.ts';

const command = process.env['TXTRAIL_SCHEMATHESIS'];
if (command === undefined) console.warn('SKIPPED: no schemathesis (npm test sets TXTRAIL_SCHEMATHESIS)');

test.skipIf(command === undefined)('schemathesis finds nothing in the served description', async () => {
  const target = await startFuzzTarget();
  try {
    const report = await runSchemathesis({ command: command ?? '', examples: 12, seed: 4 }, target);
    expect(report.exitCode, report.output).toBe(0);
    // It does not try the call that it read the description from.
    expect(report.operations).toBe(allOperations.length - endlessPaths.length - 1);
    expect(report.generated).toBeGreaterThan(600);
    expect(target.faults()).toEqual([]);
  } finally {
    expect(await target.stop()).toBe(0);
  }
});
