import { expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import { ChainScript } from '../../test/harness/chain-script.ts';
import { TxTrailError } from '../lib/error.ts';
import type { ChainProvider } from '../ports/chain-provider.ts';
import { createChainWatcher } from './chain-watcher.ts';

/** A provider that serves until it is down, and then refuses every connection at once. */
class RefusingProvider implements ChainProvider {
  readonly name: string;
  readonly role = 'primary' as const;
  readonly #script: ChainScript;
  readonly #scheduler: ManualScheduler;
  isDown = false;
  asked = 0;

  constructor(name: string, script: ChainScript, scheduler: ManualScheduler) {
    this.name = name;
    this.#script = script;
    this.#scheduler = scheduler;
  }

  chainId = () => this.#answer(() => 'eip155:1' as const);
  head = () => this.#answer(() => this.#script.head);
  blockByNumber = () => this.#answer(() => ({ ...this.#script.head, transactions: [] }));
  blockByHash = () => this.#answer(() => ({ ...this.#script.head, transactions: [] }));
  settled = () => this.#answer(() => ({ safe: null, finalized: null }));
  lookup = () => this.#answer(() => []);
  receipts = () => this.#answer(() => []);
  send = () => this.#answer(() => ({ outcome: 'accepted' }) as const);
  followHeads = () => null;
  close = async () => undefined;

  async #answer<Result>(give: () => Result): Promise<Result> {
    this.asked += 1;
    await this.#scheduler.sleep(1);
    if (this.isDown) throw new TxTrailError('provider_unreachable', `${this.name} refuses`);
    return give();
  }
}

test('while every provider refuses at once, they are asked now and then, not in a circle (F18, seed 27)', async () => {
  const script = new ChainScript();
  script.anchor(100);
  const scheduler = new ManualScheduler();
  const clock = manualClock();
  const providers = ['one', 'two', 'three'].map((name) => new RefusingProvider(name, script, scheduler));
  const watcher = createChainWatcher(
    {
      chain: 'eip155:1',
      blockTimeMs: 2_000,
      pollIntervalMs: 2_000,
      finality: 32,
      resume: null,
      sinceMs: null,
      requestsPerSecond: {},
    },
    {
      providers,
      output: { chain: async () => undefined, facts: async () => undefined },
      clock,
      scheduler,
      random: { fraction: () => 0.5, bytes: (count) => new Uint8Array(count) },
      logger: recordingLogger(),
      metrics: recordingMetrics(),
    },
  );
  watcher.start();
  await scheduler.pass(10_000, clock);
  for (const provider of providers) {
    expect(provider.asked).toBeGreaterThan(0);
    provider.isDown = true;
    provider.asked = 0;
  }
  await scheduler.pass(60_000, clock);
  for (const provider of providers) expect(provider.asked).toBeLessThan(120);
  expect(providers.some(({ asked }) => asked > 2)).toBe(true);
  const stopped = watcher.stop();
  await scheduler.pass(10_000, clock);
  await stopped;
});
