import { describe, expect, test } from 'vitest';
import { chainFaults, providerFaults } from '../simulation/world/world-faults.ts';
import { DistributedWay } from './distributed-way.ts';
import { type InputTrace, recordTrace, type TraceInput } from './input-trace.ts';
import { memoryTraceServices, memoryWay } from './memory-way.ts';
import { playTrace, type TraceReport } from './play-trace.ts';

/** Together they have all that is asked for below; the full size is `npm run prove -- trace`. */
const seeds = [5, 6, 11, 13];

describe('what came in at a simulated tracker', () => {
  const played: { readonly trace: InputTrace; readonly report: TraceReport }[] = [];

  test.each(seeds)('says the same embedded and distributed: seed %i', { timeout: 60_000 }, async (seed) => {
    const trace = await recordTrace(seed);
    const report = await playTrace(trace, (clock) => memoryWay(trace, clock));
    expect(report.differences).toEqual([]);
    played.push({ trace, report });
  });

  test('had reorgs, replacements, two chains, faults of providers, and owners that changed', () => {
    const types = new Set(played.flatMap(({ report }) => [...report.types.keys()]));
    for (const type of ['reorged', 'replaced', 'failed', 'expired', 'executed', 'finalized']) {
      expect(types).toContain(`transaction.${type}`);
    }
    const armed = new Set(played.flatMap(({ trace }) => trace.faults));
    expect(Object.keys(providerFaults).filter((name) => armed.has(name)).length).toBeGreaterThan(5);
    expect(Object.keys(chainFaults).filter((name) => armed.has(name)).length).toBeGreaterThan(2);
    expect(Math.max(...played.map(({ trace }) => trace.config.chains.length))).toBeGreaterThan(1);
    expect(Math.max(...played.map(({ report }) => report.starts))).toBeGreaterThan(5);
    expect(Math.min(...played.map(({ report }) => report.transactions))).toBeGreaterThan(50);
  });
});

/** Loses the first receipt of a transaction. */
class ForgetfulWay extends DistributedWay {
  forgotten: string | null = null;

  override async put(input: TraceInput): Promise<void> {
    if (this.forgotten === null && input.kind === 'fact' && input.payload.includes('"kind":"receipt"')) {
      this.forgotten = input.hash;
    }
    if (input.kind !== 'fact' || input.hash !== this.forgotten) await super.put(input);
  }
}

test('a way that loses what was learnt of one transaction is found out, and only by it', {
  timeout: 60_000,
}, async () => {
  const trace = await recordTrace(2);
  const opened: ForgetfulWay[] = [];
  const { differences } = await playTrace(trace, (clock) => {
    const way = new ForgetfulWay({ partitions: 2 }, trace, { ...memoryTraceServices(clock), clock });
    opened.push(way);
    return way;
  });
  expect(differences.length).toBeGreaterThan(0);
  for (const difference of differences) expect(difference).toContain(opened[0]?.forgotten);
});
