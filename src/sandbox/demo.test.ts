import type { TrackRequest } from '@txtrail/protocol';
import { describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger } from '../../test/harness/recording-ports.ts';
import type { JsonRpcTransport, RpcCall } from '../adapters/json-rpc/json-rpc-message.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';
import { Demo, demoTransactionsMax } from './demo.ts';
import { createDemoNode } from './demo-node.ts';
import { demoRivalOf } from './demo-rival.ts';
import type { DemoTracker } from './demo-tracker.ts';
import { SandboxChain } from './sandbox-chain.ts';

const blockTimeMs = 2000;
const hourMs = 3_600_000;

/** The chain's own answers, without a network between. */
function transportTo(provider: ScriptedProvider): JsonRpcTransport {
  const call = async (given: RpcCall): Promise<unknown> => {
    const { outcome } = provider.answer(given, 0);
    if (outcome === null || 'error' in outcome) throw new Error(`${given.method}: ${JSON.stringify(outcome)}`);
    return outcome.result;
  };
  return { call, batch: () => Promise.reject(new Error('the demo sends no batches')), close: async () => undefined };
}

/** Keeps count of what is tracked. */
class CountingTracker implements DemoTracker {
  readonly requests: TrackRequest[] = [];
  readonly tracked = new Set<string>();
  most = 0;

  async track(request: TrackRequest) {
    this.requests.push(request);
    const id = `tx_${this.requests.length}`;
    this.tracked.add(id);
    this.most = Math.max(this.most, this.tracked.size);
    return { id };
  }

  async trackBatch(requests: readonly TrackRequest[]) {
    return Promise.all(requests.map(async (request) => ({ transaction: await this.track(request) })));
  }

  async untrack(id: string): Promise<void> {
    expect(this.tracked.delete(id)).toBe(true);
  }
}

function newRig(seed: number) {
  const clock = manualClock();
  const scheduler = new ManualScheduler();
  const fraction = seededRandom(seed);
  const rivalOf = (transaction: Parameters<typeof demoRivalOf>[0]) => demoRivalOf(transaction, fraction);
  const sandbox = new SandboxChain({ chainId: 31_337, blockTimeMs }, { clock, scheduler, fraction, rivalOf });
  const provider = new ScriptedProvider({ name: 'wallet' }, sandbox);
  const tracker = new CountingTracker();
  const logger = recordingLogger();
  const reorgs: { readonly depth: number; readonly atMs: number }[] = [];
  const began = clock.now();
  const demo = new Demo(
    { chain: 'eip155:31337', chainId: 31_337, blockTimeMs, seed },
    {
      node: createDemoNode(transportTo(provider)),
      tracker,
      reorg: (depth) => {
        reorgs.push({ depth, atMs: clock.now() - began });
        sandbox.reorg(depth);
      },
      scheduler,
      logger,
    },
  );
  sandbox.start();
  const pass = (durationMs: number): Promise<void> => scheduler.pass(durationMs, clock);
  const end = async (): Promise<void> => {
    const stopped = demo.stop();
    await pass(0);
    await stopped;
    sandbox.stop();
  };
  return { demo, sandbox, tracker, logger, reorgs, pass, end };
}

describe('the demo', () => {
  test('goes on for more than an hour without a fault and without growing', async () => {
    const { demo, sandbox, tracker, logger, reorgs, pass, end } = newRig(5);
    demo.start();
    const pools: number[] = [];
    for (let minute = 0; minute < 70; minute += 1) {
      await pass(60_000);
      pools.push(sandbox.chain.pool.size);
    }
    await end();
    expect(logger.lines).toEqual([]);
    expect(Math.max(...pools)).toBeLessThan(20);
    // A batch is tracked before its first entry lets an old one go.
    expect(tracker.most).toBeLessThanOrEqual(demoTransactionsMax + 20);
    const anHour = (tracker.requests.length / 70) * 60;
    expect(anHour).toBeGreaterThan(1000);
    expect(anHour).toBeLessThan(2500);
    expect(reorgs.length).toBeGreaterThan(60);
    // The chain forgets its beginning.
    expect(sandbox.chain.blocks.atHeight(100)).toEqual([]);
  }, 240_000);

  test('reorganises two or three blocks, the first time within half a minute', async () => {
    const { demo, reorgs, pass, end } = newRig(6);
    demo.start();
    await pass(hourMs / 4);
    await end();
    const times = reorgs.map(({ atMs }) => atMs);
    expect(times[0]).toBeLessThan(30_000);
    for (const [index, time] of times.slice(1).entries()) {
      const pauseMs = time - times[index]!;
      expect(pauseMs).toBeGreaterThanOrEqual(45_000);
      expect(pauseMs).toBeLessThanOrEqual(61_000);
    }
    expect(new Set(reorgs.map(({ depth }) => depth))).toEqual(new Set([2, 3]));
  });

  test('is the same run again for the same seed, hash for hash', async () => {
    const runs = [];
    for (const seed of [7, 7, 8]) {
      const { demo, tracker, pass, end } = newRig(seed);
      demo.start();
      await pass(300_000);
      await end();
      runs.push(tracker.requests);
    }
    expect(runs[0]?.length).toBeGreaterThan(80);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  test('sends what a rising fee leaves behind, and that is mined once the fee is down', async () => {
    const { demo, sandbox, tracker, pass, end } = newRig(9);
    demo.start();
    await pass(10_000);
    sandbox.fees.spike(30_000);
    demo.onGasSpike();
    await pass(20_000);
    const sweeps = tracker.requests.filter(({ metadata }) => /sweep/.test((metadata as { label: string }).label));
    expect(sweeps).toHaveLength(3);
    const waiting = () => sweeps.filter(({ hash }) => sandbox.chain.pool.get(hash ?? '') !== null).length;
    expect(waiting()).toBe(3);
    await pass(120_000);
    expect(waiting()).toBe(0);
    await end();
  });

  test('ends in the middle of everything, and nothing of it goes on', async () => {
    const { demo, tracker, logger, pass, end } = newRig(10);
    demo.start();
    await pass(25_000);
    await end();
    const sent = tracker.requests.length;
    demo.onGasSpike();
    await pass(60_000);
    expect([tracker.requests.length, logger.lines]).toEqual([sent, []]);
  });
});
