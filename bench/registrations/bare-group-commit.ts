/**
 * The other peer of the registrations: records of the same length, as many at a time, appended to a
 * file in groups, each group written and synced before its writers go on. Nothing is encoded or checked.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ratesIn } from '../rig/figures.ts';

export interface GroupCommitRequest {
  readonly directory: string;
  readonly recordBytes: number;
  /** Appends that wait at a time. */
  readonly writers: number;
  readonly recordsPerAppend: number;
  readonly warmMs: number;
  readonly windowMs: number;
  readonly windows: number;
}

export interface GroupCommitReply {
  readonly kind: 'rates';
  /** Records a second, by window. */
  readonly recordsPerSecond: readonly number[];
}

async function run(request: GroupCommitRequest): Promise<GroupCommitReply> {
  const file = await open(join(request.directory, 'bare-group-commit'), 'w');
  const append = Buffer.alloc(request.recordBytes * request.recordsPerAppend, 0x61);
  const doneMs: number[] = [];
  let waiting: (() => void)[] = [];
  let isOver = false;
  const commit = async (): Promise<void> => {
    while (!isOver) {
      const group = waiting;
      waiting = [];
      if (group.length > 0) await file.write(Buffer.concat(group.map(() => append)));
      if (group.length > 0) await file.datasync();
      const nowMs = performance.now();
      for (const resolve of group) {
        doneMs.push(nowMs);
        resolve();
      }
      await new Promise(setImmediate);
    }
  };
  const write = async (): Promise<void> => {
    while (!isOver) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const startMs = performance.now() + request.warmMs;
  for (let writer = 0; writer < request.writers; writer += 1) void write();
  const committing = commit();
  await sleep(request.warmMs + request.windowMs * request.windows);
  isOver = true;
  await committing;
  await file.close();
  const appendsPerSecond = ratesIn(doneMs, startMs, request.windowMs, request.windows);
  return { kind: 'rates', recordsPerSecond: appendsPerSecond.map((rate) => rate * request.recordsPerAppend) };
}

process.on('message', (request: GroupCommitRequest) => {
  void run(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
