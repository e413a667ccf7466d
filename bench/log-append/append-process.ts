/**
 * How fast the embedded log appends records of 300 bytes, in a closed loop, beside a bare loop of
 * write and fdatasync of the same bytes in the same pieces, on the same disk, in turns.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeDisk } from '../../src/adapters/node/node-disk.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { openSegmentLog } from '../../src/adapters/segment-log/open-segment-log.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Histogram, Metrics } from '../../src/ports/metrics.ts';
import type { RecordLog } from '../../src/ports/record-log.ts';

export interface AppendLoad {
  readonly writers: number;
  /** Records in one append. */
  readonly batch: number;
  readonly appends: number;
}

export interface AppendRequest {
  readonly load: AppendLoad;
  readonly rounds: number;
  readonly directory: string;
}

export interface AppendReply {
  readonly kind: 'rounds';
  readonly rounds: readonly AppendRound[];
}

export interface AppendRound {
  /** Records a second. */
  readonly log: number;
  readonly bare: number;
  /** The mean length of a group. */
  readonly groupBytes: number;
}

interface Run {
  readonly recordsPerSecond: number;
  /** The length of each group that the log wrote, in order. */
  readonly groups: readonly number[];
}

const payload = `{"pad":"${'x'.repeat(290)}"}`;

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

async function run({ load, rounds, directory: parent }: AppendRequest): Promise<AppendReply> {
  const results: AppendRound[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const log = await inDirectory(parent, (directory) => runLog(directory, load));
    const bare = await inDirectory(parent, (directory) => runBare(directory, log.groups, load));
    const groupBytes = log.groups.reduce((sum, bytes) => sum + bytes, 0) / log.groups.length;
    results.push({ log: log.recordsPerSecond, bare, groupBytes });
  }
  return { kind: 'rounds', rounds: results };
}

async function runLog(directory: string, load: AppendLoad): Promise<Run> {
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

async function closedLoop(log: RecordLog, load: AppendLoad): Promise<void> {
  const records = Array.from({ length: load.batch }, () => ({ stream: 'events/17', payload }) as const);
  let left = load.appends;
  const writer = async (): Promise<void> => {
    while (left-- > 0) await log.append(records);
  };
  await Promise.all(Array.from({ length: load.writers }, writer));
}

/** The floor: the calls block, nothing is encoded, checked or told. */
async function runBare(directory: string, groups: readonly number[], load: AppendLoad): Promise<number> {
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

async function inDirectory<Result>(parent: string, use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(parent, 'append-'));
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

process.on('message', (request: AppendRequest) => {
  void run(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
