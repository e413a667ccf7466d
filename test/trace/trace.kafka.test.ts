import { describe, expect, test } from 'vitest';
import { findKafka, findPostgres } from '../harness/services.ts';
import { recordTrace } from './input-trace.ts';
import { playTrace } from './play-trace.ts';
import { ServiceWay } from './service-way.ts';

const brokers = findKafka();
/** Reorgs, a replacement, four changes of owners, and the faults of clock, chains, providers and clients. */
const seed = 18;

describe.skipIf(brokers === null || findPostgres() === null)('over Kafka and PostgreSQL', () => {
  test('what came in at a simulated tracker says the same as embedded', { timeout: 300_000 }, async () => {
    const trace = await recordTrace(seed);
    const report = await playTrace(trace, (clock) => ServiceWay.open(brokers ?? [], trace, clock));
    expect(report.differences).toEqual([]);
    expect(report.types.get('transaction.reorged')).toBeGreaterThan(0);
    expect(report.types.get('transaction.replaced')).toBeGreaterThan(0);
    expect(report.starts).toBeGreaterThan(2);
    expect(report.transactions).toBeGreaterThan(50);
  });
});
