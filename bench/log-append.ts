/**
 * How fast the embedded log appends records of 300 bytes, in a closed loop, beside a bare loop of
 * write and fdatasync of the same bytes in the same pieces, on the same disk, in turns:
 *
 *   node bench/log-append.ts [DIRECTORY] [ROUNDS]
 *
 * Prints one JSON line a load, medians of the rounds. The ratio is the log's rate over the bare loop's.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeDisk } from '../src/adapters/node/node-disk.ts';
import { createSystemClock } from '../src/adapters/node/system-clock.ts';
import { openSegmentLog } from '../src/adapters/segment-log/open-segment-log.ts';
import type { Logger } from '../src/ports/logger.ts';
import type { Histogram, Metrics } from '../src/ports/metrics.ts';
import type { RecordLog } from '../src/ports/record-log.ts';

interface Load {
  readonly writers: number;
  /** Records in one append. */
  readonly batch: number;
  readonly appends: number;
}

interface Run {
  readonly recordsPerSecond: number;
  /** The length of each group that the log wrote, in order. */
  readonly groups: readonly number[];
}

const loads: readonly Load[] = [
  { writers: 1, batch: 1, appends: 2_000 },
  { writers: 256, batch: 1, appends: 100_000 },
  { writers: 4_096, batch: 1, appends: 300_000 },
  { writers: 8, batch: 1_000, appends: 500 },
];

const payload = `{"pad":"${'x'.repeat(290)}"}`;

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const parent = process.argv[2] ?? tmpdir();
const rounds = Number(process.argv[3] ?? 5);

for (const load of loads) {
  const results: { log: number; bare: number; groupBytes: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const log = await inDirectory((directory) => runLog(directory, load));
    const bare = await inDirectory((directory) => runBare(directory, log.groups, load));
    const groupBytes = log.groups.reduce((sum, bytes) => sum + bytes, 0) / log.groups.length;
    results.push({ log: log.recordsPerSecond, bare, groupBytes });
  }
  console.log(
    JSON.stringify({
      ...load,
      logPerSecond: Math.round(median(results.map(({ log }) => log))),
      barePerSecond: Math.round(median(results.map(({ bare }) => bare))),
      ratio: Number(median(results.map(({ log, bare }) => log / bare)).toFixed(3)),
      groupKilobytes: Number((median(results.map(({ groupBytes }) => groupBytes)) / 1000).toFixed(1)),
      rounds,
    }),
  );
}

async function runLog(directory: string, load: Load): Promise<Run> {
  const groups: number[] = [];
  const deps = {
    disk: new NodeDisk({ directory }),
    clock: createSystemClock(),
    logger: silent,
    metrics: groupMetrics(groups),
  };
  const log = await openSegmentLog({}, deps);
  groups.length = 0;
  const startedAt = performance.now();
  await closedLoop(log, load);
  const seconds = (performance.now() - startedAt) / 1000;
  const measured = [...groups];
  await log.close();
  return { recordsPerSecond: (load.appends * load.batch) / seconds, groups: measured };
}

async function closedLoop(log: RecordLog, load: Load): Promise<void> {
  const records = Array.from({ length: load.batch }, () => ({ stream: 'events/17', payload }) as const);
  let left = load.appends;
  const writer = async (): Promise<void> => {
    while (left-- > 0) await log.append(records);
  };
  await Promise.all(Array.from({ length: load.writers }, writer));
}

/** The floor: the calls block, nothing is encoded, checked or told. */
async function runBare(directory: string, groups: readonly number[], load: Load): Promise<number> {
  const bytes = Buffer.alloc(Math.max(...groups), 0x61);
  const descriptor = openSync(join(directory, 'bare'), 'w');
  const startedAt = performance.now();
  for (const length of groups) {
    writeSync(descriptor, bytes, 0, length);
    fdatasyncSync(descriptor);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  closeSync(descriptor);
  return (load.appends * load.batch) / seconds;
}

async function inDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(parent, 'txtrail-bench-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function groupMetrics(groups: number[]): Metrics {
  const nothing = { add: () => undefined, set: () => undefined, observe: () => undefined };
  const groupBytes: Histogram = { observe: (bytes) => void groups.push(bytes) };
  return {
    counter: () => nothing,
    gauge: () => nothing,
    histogram: ({ name }) => (name === 'txtrail_log_group_bytes' ? groupBytes : nothing),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
