import { expect, test } from 'vitest';
import { hashOf } from '../../test/harness/chain-script.ts';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../test/harness/recording-ports.ts';
import type { Block, BlockHeader } from '../core/chain/block.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import type { ChainProvider, HeadSink } from '../ports/chain-provider.ts';
import { createChainWatcher } from './chain-watcher.ts';

/** A block by a short name, such as `101a` on `100a`. */
function block(name: string, parent: string): Block {
  const number = Number.parseInt(name, 10);
  const timestampMs = number * 12_000;
  return { number, hash: hashOf(name), parentHash: hashOf(parent), timestampMs, transactions: [] };
}

/** A provider with a live socket: it announces what the test says, and shows what lies on its path. */
class AnnouncingProvider implements ChainProvider {
  readonly name = 'main';
  readonly role = 'primary' as const;
  readonly #scheduler: ManualScheduler;
  #sink: HeadSink | null = null;
  /** What is shown, oldest first. */
  path: readonly Block[] = [];
  readonly soughtHashes: string[] = [];

  constructor(scheduler: ManualScheduler) {
    this.#scheduler = scheduler;
  }

  chainId = () => this.#answer(() => 'eip155:1' as const);
  head = () => this.#answer(() => this.path.at(-1) as Block);
  blockByNumber = (number: number) => this.#answer(() => this.path.find((one) => one.number === number) ?? null);
  blockByHash = (hash: string) => {
    this.soughtHashes.push(hash);
    return this.#answer(() => this.path.find((one) => one.hash === hash) ?? null);
  };
  settled = () => this.#answer(() => ({ safe: null, finalized: null }));
  lookup = () => this.#answer(() => []);
  receipts = () => this.#answer(() => []);
  send = () => this.#answer(() => ({ outcome: 'accepted' }) as const);
  close = async () => undefined;

  followHeads(sink: HeadSink) {
    this.#sink = sink;
    this.#scheduler.after(10, () => sink.onState('up', 'connected'));
    return { restart: () => undefined, stop: () => undefined };
  }

  announce(head: BlockHeader): void {
    this.#scheduler.after(1, () => this.#sink?.onHead(head));
  }

  timesSought(name: string): number {
    return this.soughtHashes.filter((hash) => hash === hashOf(name)).length;
  }

  async #answer<Result>(give: () => Result): Promise<Result> {
    await this.#scheduler.sleep(10);
    return give();
  }
}

const common = Array.from({ length: 100 }, (_, index) => block(`${index + 1}a`, `${index}a`));

/** A watcher that stands at block 100, and `pass` for what comes then. */
async function standing() {
  const scheduler = new ManualScheduler();
  const clock = manualClock();
  const main = new AnnouncingProvider(scheduler);
  main.path = common;
  const records: ChainRecord[] = [];
  const watcher = createChainWatcher(
    {
      chain: 'eip155:1',
      blockTimeMs: 12_000,
      pollIntervalMs: 12_000,
      finality: 32,
      resume: null,
      sinceMs: null,
      requestsPerSecond: {},
    },
    {
      providers: [main],
      output: { chain: async (more) => void records.push(...more), facts: async () => undefined },
      clock,
      scheduler,
      random: { fraction: () => 0.5, bytes: (count) => new Uint8Array(count) },
      logger: recordingLogger(),
      metrics: recordingMetrics(),
    },
  );
  watcher.start();
  await scheduler.pass(2_000, clock);
  expect(headOf(records)).toBe(hashOf('100a'));
  const stop = async (): Promise<void> => {
    const stopped = watcher.stop();
    await scheduler.pass(10_000, clock);
    await stopped;
  };
  return { main, records, pass: (ms: number) => scheduler.pass(ms, clock), stop };
}

function headOf(records: readonly ChainRecord[]): string | undefined {
  return records.findLast((record) => record.kind === 'applied')?.block.hash;
}

test('a head that is gone before anybody shows it is not sought once its provider shows a lower fork (seeds 675, 952)', async () => {
  const { main, records, pass, stop } = await standing();
  const fork = block('100b', '99a');
  main.path = [...common.slice(0, -1), fork];
  main.announce(block('101a', '100a'));
  await pass(2);
  main.announce(fork);
  await pass(200);
  expect(headOf(records)).toBe(fork.hash);
  expect(main.timesSought('101a')).toBe(1);
  await stop();
});

test('nor once its provider shows our own head again: whether it is gone is asked (seed 1675)', async () => {
  const { main, records, pass, stop } = await standing();
  main.announce(block('101a', '100a'));
  await pass(2);
  main.announce(common.at(-1) as Block);
  await pass(1_000);
  expect(main.timesSought('101a')).toBe(1);
  const next = block('101b', '100a');
  main.path = [...common, next];
  main.announce(next);
  await pass(200);
  expect(headOf(records)).toBe(next.hash);
  expect(records.some(({ kind }) => kind === 'reverted')).toBe(false);
  await stop();
});

test('H22 F15 a head that was announced out of order and is not shown yet is found all the same', async () => {
  const { main, records, pass, stop } = await standing();
  const next = block('101a', '100a');
  main.announce(next);
  await pass(30);
  main.announce(common.at(-1) as Block);
  main.path = [...common, next];
  await pass(200);
  expect(headOf(records)).toBe(next.hash);
  await stop();
});

test('H08 what is announced on top of a head does not end the search for it', async () => {
  const { main, records, pass, stop } = await standing();
  const next = block('101a', '100a');
  const above = block('102a', '101a');
  main.announce(next);
  await pass(30);
  main.announce(above);
  await pass(300);
  expect(main.timesSought('101a')).toBeGreaterThan(1);
  main.path = [...common, next, above];
  await pass(1_500);
  expect(headOf(records)).toBe(above.hash);
  await stop();
});
