import { startAnvil } from '../../test/harness/anvil.ts';
import { TrackerProcess } from '../../test/harness/tracker-process.ts';
import { type FaultReport, faultRunChain, runUnderFaults, type Strike } from './run-under-faults.ts';

export interface KillRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** From "hardly ready" to "well under way". */
const longestLifeMs = 1_500;

/** Kills the embedded tracker with SIGKILL, again and again, under load. */
export async function runKills({ kills, seed, say }: KillRunOptions): Promise<FaultReport> {
  const node = await startAnvil({ blockTimeMs: 300, slotsInAnEpoch: 3 });
  const tracker = new TrackerProcess({ config: { chains: [faultRunChain(node)] } });
  try {
    await tracker.start();
    const kill: Strike = { name: 'kill', run: () => tracker.restart() };
    const strikes = Array.from({ length: kills }, () => kill);
    return await runUnderFaults({ seed, node, tracker, strikes, longestLifeMs, ...(say === undefined ? {} : { say }) });
  } finally {
    await tracker.remove();
    await node.stop();
  }
}
