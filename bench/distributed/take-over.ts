import { setTimeout as sleep } from 'node:timers/promises';
import { type DistributedTracker, partitions } from '../../test/harness/distributed-tracker.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import type { BenchContext, Check } from '../rig/bench.ts';
import type { ChainWorker } from '../rig/chain.ts';
import { rounded } from '../rig/figures.ts';
import { blocksUntilSteady, causesOf } from '../rig/ladder.ts';
import { sumOfMetric } from '../rig/tracker.ts';
import { type Play, playBlocks, type Side } from './side.ts';

export interface TakeOverFigures {
  /** Milliseconds from the kill to the first event of a block that was shown after it, a partition each, ascending. */
  readonly silentMs: readonly number[];
  /** Partitions that the killed process had. */
  readonly killed: number;
}

const second = 'second status';

/** Two processes share the status partitions, one is killed by SIGKILL while blocks play, and the other takes over. */
export async function measureTakeOver(
  context: BenchContext,
  play: Play,
  parts: { readonly chain: ChainWorker; readonly side: Side; readonly tracker: DistributedTracker },
): Promise<{ readonly figures: TakeOverFigures; readonly checks: readonly Check[] }> {
  const { chain, side, tracker } = parts;
  await tracker.startRole('status', second);
  const killed = partitions / 2;
  for (const name of ['status', second]) {
    const shared = async (): Promise<boolean> => (await running(tracker, name)) === killed;
    await waitUntil(shared, { what: `the process ${name} to run ${killed} partitions`, timeoutMs: 60_000 });
  }
  let killedMs = 0;
  const played = await playBlocks(context, play, { chain, side, subscribers: 'left' }, async () => {
    await sleep((blocksUntilSteady(play.ladder) + 1) * play.blockMs);
    killedMs = Number(process.hrtime.bigint()) / 1e6;
    await tracker.kill(second);
  });
  const { received, shown } = played;
  const later = new Set(shown.filter(({ visibleMs }) => visibleMs > killedMs).map(({ number }) => number));
  const causes = causesOf(play.ladder, received);
  const first = new Map<number, number>();
  for (const [index, arrivedMs] of received.arrivedMs.entries()) {
    const partition = received.connection[index] ?? -1;
    if (later.has(causes[index] ?? 0) && !first.has(partition)) first.set(partition, arrivedMs - killedMs);
  }
  const silentMs = [...first.values()].map((ms) => rounded(ms)).sort((left, right) => left - right);
  context.say(`take-over of ${killed} partitions: heard again after ${silentMs.at(-1)} ms at most`);
  const heard = { what: 'partitions heard again after the kill', expected: partitions, actual: first.size };
  return { figures: { silentMs, killed }, checks: [...played.checks, heard] };
}

async function running(tracker: DistributedTracker, name: string): Promise<number> {
  const answer = await fetch(`${tracker.adminUrlOf(name)}/metrics`);
  return sumOfMetric(await answer.text(), 'txtrail_shards', 'state="running"');
}
