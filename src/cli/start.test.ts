import { describe, expect, test } from 'vitest';
import { collectingLogger } from '../../test/harness/gateway-fixture.ts';
import type { LogLine } from '../../test/harness/gateway-fixture.ts';
import { TxTrailError } from '../lib/error.ts';
import { createMetrics } from '../observability/metrics.ts';
import { runStart } from './start.ts';
import type { RunningTracker } from './run-server.ts';
import type { StartDeps } from './start.ts';

function captured(): {
  readonly output: { out(text: string): void; err(text: string): void };
  readonly texts: { out: string; err: string };
} {
  const texts = { out: '', err: '' };
  const output = {
    out: (text: string): void => {
      texts.out += text;
    },
    err: (text: string): void => {
      texts.err += text;
    },
  };
  return { output, texts };
}

const args = ['--chain', 'ethereum=http://127.0.0.1:8545'];

interface Rig {
  readonly deps: StartDeps;
  readonly exits: number[];
  signal(): void;
  drains: number;
}

function rig(start: (...given: Parameters<StartDeps['start']>) => Promise<Partial<RunningTracker>>): Rig {
  const listeners = new Set<() => void>();
  const exits: number[] = [];
  const lines: LogLine[] = [];
  const made: Rig = {
    exits,
    drains: 0,
    signal: () => {
      for (const listener of listeners) listener();
    },
    deps: {
      sources: (given) => ({ args: given, environment: {}, readFile: () => '' }),
      start: async (...given) => ({
        url: 'http://127.0.0.1:8080',
        adminUrl: 'http://127.0.0.1:9090',
        failed: new Promise(() => undefined),
        drain: async () => {
          made.drains += 1;
        },
        ...(await start(...given)),
      }),
      observe: async () => ({ logger: collectingLogger(lines), metrics: createMetrics({ withProcess: false }) }),
      onStopSignal: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      exitNow: (code) => exits.push(code),
    },
  };
  return made;
}

describe('txtrail start', () => {
  test('prints new keys once and the ready line, drains at the first signal and ends with 0', async () => {
    const { output, texts } = captured();
    const made = rig(async (_config, _deps, _end, onNewKeys) => {
      onNewKeys({ apiKey: 'txt_a', adminKey: 'txa_b' });
      return {};
    });
    const running = runStart(args, output, made.deps);
    await expect
      .poll(() => texts.out)
      .toBe('txtrail key txt_a\ntxtrail admin-key txa_b\ntxtrail ready http://127.0.0.1:8080\n');
    made.signal();
    expect(await running).toBe(0);
    expect([made.drains, made.exits, texts.err]).toEqual([1, [], '']);
  });

  test('a second signal ends the process at once', async () => {
    const { output } = captured();
    const gate = Promise.withResolvers<void>();
    const made = rig(async () => ({ drain: () => gate.promise }));
    const running = runStart(args, output, made.deps);
    made.signal();
    made.signal();
    expect(made.exits).toEqual([1]);
    gate.resolve();
    expect(await running).toBe(0);
  });

  test('a signal during the start drains as soon as it is up', async () => {
    const { output } = captured();
    const gate = Promise.withResolvers<void>();
    const made = rig(async () => {
      await gate.promise;
      return {};
    });
    const running = runStart(args, output, made.deps);
    made.signal();
    gate.resolve();
    expect([await running, made.drains]).toEqual([0, 1]);
  });

  test('mistakes are one line each and exit 2, before anything starts', async () => {
    const { output, texts } = captured();
    const made = rig(() => Promise.reject(new Error('must not start')));
    expect(await runStart(['--port', 'x', '--colour'], output, made.deps)).toBe(2);
    expect(
      texts.err
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['--port', '--colour', 'chains']);
    expect(texts.out).toBe('');
  });

  test.each([
    [
      'a locked data directory',
      new TxTrailError('data_dir_locked', 'the data directory ./d is in use by process 7'),
      'txtrail: the data directory ./d is in use by process 7\n',
    ],
    [
      'a damaged log',
      new TxTrailError('log_corrupt', 'bad record\n  at 7 in\nsegment 3'),
      'txtrail: bad record at 7 in segment 3\n',
    ],
    [
      'an address with a key',
      new Error('no answer of https://u:p@a.example/KEY'),
      'txtrail: no answer of https://a.example/…\n',
    ],
  ])('%s is one clear line and exit 1 (F36)', async (_name, error, line) => {
    const { output, texts } = captured();
    expect(await runStart(args, output, rig(() => Promise.reject(error)).deps)).toBe(1);
    expect(texts).toEqual({ out: '', err: line });
  });

  test('keys that were made are shown though the start fails: the next one makes no others', async () => {
    const { output, texts } = captured();
    const made = rig(async (_config, _deps, _end, onNewKeys) => {
      onNewKeys({ apiKey: 'txt_a', adminKey: null });
      throw new Error('the port is in use');
    });
    expect(await runStart(args, output, made.deps)).toBe(1);
    expect(texts).toEqual({ out: 'txtrail key txt_a\n', err: 'txtrail: the port is in use\n' });
  });

  test('a log that fails while it runs ends it with 1, without a drain (F35)', async () => {
    const { output, texts } = captured();
    const made = rig(async () => ({
      failed: Promise.resolve(new TxTrailError('log_failed', 'the log cannot be written: EIO')),
    }));
    expect(await runStart(args, output, made.deps)).toBe(1);
    expect([texts.err, made.drains]).toEqual(['txtrail: the log cannot be written: EIO\n', 0]);
  });
});
