import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../src/core/records/stream.ts';
import { partitions } from '../../test/harness/distributed-tracker.ts';
import type { ShownBlock } from '../chain/chain-messages.ts';
import type { BenchContext, Check } from '../rig/bench.ts';
import type { ChainWorker } from '../rig/chain.ts';
import { misplacedIn } from '../rig/delivery-checks.ts';
import { latencyOf, rounded, type Latency } from '../rig/figures.ts';
import { blocksUntilSteady, eventsPerTransaction, type Ladder } from '../rig/ladder.ts';
import { executedIn, startSubscribe, type Received, type SubscribeRun } from '../rig/load-clients.ts';
import { registerAll, type RegistrarAddress } from '../rig/register.ts';
import { timedEvents } from '../rig/timed-events.ts';
import { cpuSecondsOf } from '../rig/usage.ts';

/** A tracker that is measured: one process, or one a role. */
export interface Side extends RegistrarAddress {
  readonly name: string;
  readonly processes: readonly { readonly name: string; readonly pid: number }[];
}

export interface Play {
  readonly blockMs: number;
  /** Transactions that a block includes. */
  readonly perBlock: number;
  readonly ladder: Ladder;
  /** Measured, behind those that come before a block brings events of every kind. */
  readonly blocks: number;
}

export interface SideFigures {
  readonly name: string;
  /** Events a second that came while it was measured. */
  readonly reached: number;
  /** From the block's being visible at the provider to the event at the client. */
  readonly latency: Latency;
  /** Microseconds of a core for each event. */
  readonly cpu: readonly { readonly process: string; readonly microseconds: number }[];
}

/** What may still be owed when the last block was shown comes within this, or the run has failed. */
const catchUpSeconds = 60;

export interface PlayedBlocks {
  readonly received: Received;
  readonly shown: readonly ShownBlock[];
  readonly checks: readonly Check[];
}

/**
 * Registers, subscribes, plays all blocks and waits for every event. There is a subscriber for each
 * status partition, so a connection hears of the transactions of one.
 */
export async function playBlocks(
  context: BenchContext,
  play: Play,
  parts: { readonly chain: ChainWorker; readonly side: Side; readonly subscribers: string },
  meanwhile: () => Promise<void>,
): Promise<PlayedBlocks> {
  const { chain, side, subscribers } = parts;
  const { ladder, perBlock, blockMs } = play;
  const blocks = blocksUntilSteady(ladder) + play.blocks;
  const hashes = await chain.prepare(blocks * perBlock, { pooled: false });
  await chain.stage(Array.from({ length: blocks }, () => ({ tracked: perBlock, size: perBlock })));
  // Under these the last transactions become final, so that no event is left open.
  await chain.stage(Array.from({ length: ladder.finalityDepth }, () => ({ tracked: 0, size: 1 })));
  await registerAll(
    side,
    chain.provider.chain,
    hashes.map((hash) => ({ hash, subscriber: `${subscribers}-${digits(partitionOf(hash, partitions))}` })),
  );
  const events = hashes.length * eventsPerTransaction;
  const all = blocks + ladder.finalityDepth;
  const consumers = subscribe(context, side, {
    subscribers,
    events,
    seconds: (all * blockMs) / 1_000 + catchUpSeconds,
  });
  await consumers.connected;
  await consumers.subscribe();
  const [shown] = await Promise.all([chain.play(all, blockMs), meanwhile()]);
  const received = await consumers.received;
  const what = `${side.name}, ${subscribers}`;
  const checks = [
    { what: `${what}: events received`, expected: events, actual: received.count - executedIn(received) },
    { what: `${what}: events out of their place`, expected: 0, actual: misplacedIn(received) },
  ];
  return { received, shown, checks };
}

/** Latency and CPU of a side while the blocks play that are measured. */
export async function measureSide(
  context: BenchContext,
  play: Play,
  parts: { readonly chain: ChainWorker; readonly side: Side },
): Promise<{ readonly figures: SideFigures; readonly checks: readonly Check[] }> {
  const { side } = parts;
  const warmBlocks = blocksUntilSteady(play.ladder);
  let cpu: readonly number[] = [];
  const { received, shown, checks } = await playBlocks(context, play, { ...parts, subscribers: 'user' }, async () => {
    await sleep((warmBlocks + 1) * play.blockMs);
    const before = side.processes.map(({ pid }) => cpuSecondsOf(pid));
    await sleep(play.blocks * play.blockMs);
    cpu = side.processes.map(({ pid }, index) => cpuSecondsOf(pid) - (before[index] ?? 0));
  });
  const measured = shown.slice(warmBlocks, warmBlocks + play.blocks);
  const latencyUs = timedEvents(play.ladder, received, measured).latencyUs.flat();
  const figures = {
    name: side.name,
    reached: rounded((latencyUs.length * 1_000) / (measured.length * play.blockMs)),
    latency: latencyOf(latencyUs),
    cpu: side.processes.map(({ name }, index) => ({
      process: name,
      microseconds: rounded(((cpu[index] ?? 0) * 1e6) / latencyUs.length),
    })),
  };
  context.say(
    `${side.name}: mean ${figures.latency.mean} ms, p99 ${figures.latency.p99}; CPU per event ${figures.cpu.map(({ process, microseconds }) => `${process} ${microseconds} µs`).join(', ')}`,
  );
  return { figures, checks };
}

function subscribe(
  { clients, cores, directory }: BenchContext,
  side: Side,
  ends: { readonly subscribers: string; readonly events: number; readonly seconds: number },
): SubscribeRun {
  const { subscribers, events, seconds } = ends;
  return startSubscribe(clients.subscribe, cores.load, directory, {
    url: side.url,
    connections: partitions,
    headers: { ...side.headers, 'sec-websocket-protocol': 'txtrail.v1' },
    frame: { type: 'subscribe', id: 's1', subscriber: `${subscribers}-${'%'.repeat(6)}`, from: 'earliest' },
    events,
    seconds,
  });
}

function digits(number: number): string {
  return String(number).padStart(6, '0');
}
