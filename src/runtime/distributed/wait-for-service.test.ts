import { expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { TxTrailError } from '../../lib/error.ts';
import { waitForService } from './wait-for-service.ts';

function rig() {
  const scheduler = new ManualScheduler();
  const logger = recordingLogger();
  const end = new AbortController();
  const reasons: string[] = [];
  let tries = 0;
  const wait = (open: (attempt: number) => Promise<string>): Promise<string> =>
    waitForService(
      'PostgreSQL',
      () => {
        tries += 1;
        return open(tries);
      },
      { scheduler, logger },
      end.signal,
      (reason) => reasons.push(reason),
    );
  return { scheduler, logger, end, reasons, wait, tries: () => tries };
}

const away = (): Promise<never> =>
  Promise.reject(new TxTrailError('store_unavailable', 'PostgreSQL cannot be reached.', { retryable: true }));

test('a service that is there is opened at once', async () => {
  const { wait, reasons } = rig();
  expect(await wait(async () => 'open')).toBe('open');
  expect(reasons).toEqual([]);
});

test('one that comes later is waited for, with what is missing for all to see and one line in the log', async () => {
  const { wait, scheduler, logger, reasons, tries } = rig();
  const opened = wait((attempt) => (attempt < 8 ? away() : Promise.resolve('open')));
  const pauses: (number | null)[] = [];
  await Promise.resolve();
  while (tries() < 8) {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    pauses.push(scheduler.nextDelayMs);
    await scheduler.pass(scheduler.nextDelayMs ?? 0);
  }
  expect(await opened).toBe('open');
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(new Set(reasons)).toEqual(new Set(['it waits for PostgreSQL: PostgreSQL cannot be reached.']));
  expect(logger.lines).toMatchObject([{ level: 'warn', facts: { reason: 'PostgreSQL cannot be reached.' } }]);
});

test.each([new TxTrailError('schema_missing', 'run txtrail migrate'), new TypeError('a mistake of ours')])(
  'what waiting does not mend is thrown at once: $name',
  async (cause) => {
    const { wait, scheduler, reasons } = rig();
    await expect(wait(() => Promise.reject(cause))).rejects.toBe(cause);
    expect(scheduler.nextDelayMs).toBeNull();
    expect(reasons).toEqual([]);
  },
);

test('a process that is told to end waits no longer, and asks no more', async () => {
  const { wait, scheduler, end, tries } = rig();
  const opened = wait(away);
  const ended = expect(opened).rejects.toThrow('told to end');
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  end.abort(new Error('told to end'));
  await ended;
  expect(tries()).toBe(1);
  expect(scheduler.nextDelayMs).toBeNull();
});

test('a process that ended before asks nothing', async () => {
  const { wait, end, tries } = rig();
  end.abort(new Error('told to end'));
  await expect(wait(away)).rejects.toThrow('told to end');
  expect(tries()).toBe(0);
});
