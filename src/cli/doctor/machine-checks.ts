import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { directoryHolder } from '../../runtime/probes.ts';
import { fail, info, pass, warn } from './check.ts';
import type { Check, Finding } from './check.ts';

const neededMajor = 24;
/** Below it a start may stop soon: the log grows by segments, and a snapshot needs room beside the old one. */
const leastFreeBytes = 256 * 1024 * 1024;
const littleFreeBytes = 2 * 1024 * 1024 * 1024;
/** What callers wait for; more than this is felt at every registration. */
const slowSyncMs = 10;
const syncSamples = 32;
/** Each client and provider connection takes one. */
const fewOpenFiles = 4096;

type Named = readonly (readonly [string, Finding])[];

/** Looks at this machine: Node, the data directory and its disk (null: it keeps no data), the limits of the process. */
export async function machineChecks(dataDir: string | null): Promise<readonly Check[]> {
  const found: Named = [
    ['node', nodeVersion()],
    ...(dataDir === null ? [] : await diskChecks(resolve(dataDir))),
    ['open files', await openFiles()],
  ];
  return found.map(([name, finding]) => ({ area: 'machine', name, ...finding }));
}

async function diskChecks(directory: string): Promise<Named> {
  const standing = await standingFolder(directory);
  return [
    ['data directory', await dataDirectory(directory, standing)],
    ['disk space', await diskSpace(standing)],
    ['disk flush', await diskFlush(standing)],
  ];
}

function nodeVersion(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= neededMajor) return pass(node);
  return fail(`${node}, which is too old`, `Run TxTrail on Node ${neededMajor} or newer.`);
}

/** The directory itself, or the nearest one above it that is there. */
async function standingFolder(directory: string): Promise<string> {
  let folder = directory;
  while (dirname(folder) !== folder) {
    const found = await stat(folder).catch(() => null);
    if (found !== null) return folder;
    folder = dirname(folder);
  }
  return folder;
}

async function dataDirectory(directory: string, standing: string): Promise<Finding> {
  const remedy = `Choose another one with --data, or give this user the right to write there: chown ${process.getuid?.() ?? 'USER'} ${standing}`;
  const found = await stat(standing).catch(() => null);
  if (found?.isDirectory() !== true) return fail(`${standing} is no folder`, remedy);
  const isWritable = await access(standing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) return fail(`${standing} cannot be written to`, remedy);
  if (standing !== directory) return pass(`${directory} is not there yet and can be made`);
  const holder = await directoryHolder(directory);
  if (holder.kind === 'free') return pass(`${directory} can be written to and is free`);
  return {
    ...info(`${directory} is in use by ${holder.by}`),
    remedy: 'A second TxTrail needs a folder of its own: --data DIR.',
  };
}

async function diskSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const finding = `${gibibytes(free)} GiB free`;
  const remedy =
    'Make room or choose a bigger disk with --data: when it is full, the process stops and takes nothing more.';
  if (free < leastFreeBytes) return fail(finding, remedy);
  return free < littleFreeBytes ? warn(finding, remedy) : pass(finding);
}

function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
}

/** How long small flushes take, as the log makes them: on a file of its own, which is taken away again. */
async function diskFlush(folder: string): Promise<Finding> {
  const file = join(folder, `.txtrail-doctor-${process.pid}`);
  try {
    const times = timedFlushes(file).sort((one, other) => one - other);
    const median = times[times.length >> 1] ?? 0;
    const finding = `fdatasync takes ${median.toFixed(2)} ms (median of ${times.length}), ${(times.at(-1) ?? 0).toFixed(2)} ms at most`;
    if (median <= slowSyncMs) return pass(finding);
    return warn(finding, 'Every registration waits for it. Use a local SSD; network disks and cards are slow.');
  } catch (error) {
    return fail(`fdatasync fails: ${(error as Error).message}`, 'Use a file system that can flush files to the disk.');
  }
}

function timedFlushes(file: string): number[] {
  const handle = openSync(file, 'wx', 0o600);
  try {
    return Array.from({ length: syncSamples }, () => {
      writeSync(handle, Buffer.alloc(512));
      const start = performance.now();
      fdatasyncSync(handle);
      return performance.now() - start;
    });
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
}

async function openFiles(): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (limit === undefined) return info('the limit cannot be told on this system');
  if (limit === 'unlimited' || Number(limit) >= fewOpenFiles) return pass(`${limit} allowed`);
  return warn(
    `only ${limit} allowed`,
    'Each connection takes one: ulimit -n 65536, or LimitNOFILE=65536 in its systemd unit.',
  );
}
