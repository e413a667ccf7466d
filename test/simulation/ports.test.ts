import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryDisk } from '../../src/adapters/memory/memory-disk.ts';
import { MemoryHistory } from '../../src/adapters/memory/memory-history.ts';
import type { EmbeddedPlatform } from '../../src/runtime/embedded.ts';
import { nodePlatform } from '../../src/runtime/node-platform.ts';
import { recordingLogger, recordingMetrics } from '../harness/recording-ports.ts';
import type { Context } from './context.ts';
import { planOf } from './seed-plan.ts';
import { ProcessTime, SimulatedTime } from './time/simulated-time.ts';
import { Trace } from './trace.ts';
import { simulatedAdministration } from './world/simulated-administration.ts';
import { SimulatedListener } from './world/simulated-listener.ts';
import { simulatedPlatform } from './world/simulated-platform.ts';
import { SimulatedNetwork } from './world/simulated-network.ts';
import { SimulatedMetrics } from './world/simulated-watch.ts';

/** Every part of the platform, and what stands for it in a run. The compiler knows the list to be complete. */
const exchanged = {
  clock: 'simulated time, wall clock that jumps',
  scheduler: 'simulated time',
  random: 'a generator of the seed',
  disk: 'the memory disk, with its faults; the log and the snapshots on it are the real ones',
  network: 'the scripted providers, with their delays and faults',
  listener: "Node's HTTP server over simulated lines",
  logger: 'lines of the trace',
  metrics: 'figures that are looked at',
  administration:
    'keys and audit trail in memory, durable at once: SQLite writes past the simulated disk and its faults',
  openHistory: 'a history in memory that outlives the process: SQLite writes past the simulated disk',
  page: 'left out: no run asks for the live page',
  sandbox: 'left out: the sandbox is a chain of its own',
  limits: 'an option, not a port: small sizes of the seed, so that minutes see what weeks see',
} as const satisfies Readonly<Record<keyof EmbeddedPlatform, string>>;

function partsOf(platform: EmbeddedPlatform): readonly string[] {
  return Object.keys(platform).sort();
}

test('a run exchanges the ports listed here and nothing else', () => {
  const time = new SimulatedTime();
  const trace = new Trace();
  const context = { seed: 1, plan: planOf(1), time, trace } as Context;
  const process = new ProcessTime(time, { offsetMs: 0 });
  const network = new SimulatedNetwork([], context).reach(process);
  const listener = new SimulatedListener(time);
  const administration = simulatedAdministration(process);
  const kept = { disk: new MemoryDisk(), administration, history: new MemoryHistory() };
  const parts = { life: 1, time: process, ...kept, network, listener, metrics: new SimulatedMetrics() };
  const simulated = partsOf(simulatedPlatform(parts, context));
  const real = partsOf(
    nodePlatform(
      { dataDir: '/nowhere' },
      { logger: recordingLogger(), metrics: { ...recordingMetrics(), text: async () => '' } },
    ),
  );
  const listed = Object.keys(exchanged).sort();
  expect(simulated).toEqual(listed.filter((part) => !['page', 'sandbox'].includes(part)));
  expect(real).toEqual(listed.filter((part) => !['limits', 'sandbox'].includes(part)));
});

test.each(['src/cli/start.ts', 'test/simulation/world/machine.ts'])('%s starts by the one composition root', (path) => {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(text).toMatch(/runtime\/embedded\.ts'/);
  expect(text).toMatch(/startEmbedded\(/);
  expect(text).not.toMatch(/startTracker|createGateway|buildStages/);
});
