import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryServices } from '../../../test/harness/memory-services.ts';
import { recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { createNodeNetwork } from '../../adapters/node/node-network.ts';
import { nodeListener } from '../../adapters/node/node-listener.ts';
import { createSystemClock } from '../../adapters/node/system-clock.ts';
import { createSystemRandom } from '../../adapters/node/system-random.ts';
import { createTimerScheduler } from '../../adapters/node/timer-scheduler.ts';
import type { Config, Role } from '../../config/config.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { BrokerFollower } from '../../ports/stream-broker.ts';
import { type RunningRoles, startRoles } from './start-roles.ts';

const running: RunningRoles[] = [];
afterEach(async () => {
  for (const roles of running.splice(0)) await roles.close();
});

function rig(roles: readonly Role[]) {
  const clock = createSystemClock();
  const credentials = {
    tenantOf: () => null,
    isAdmin: () => false,
    cursorSecret: createHash('sha256').update('start').digest(),
  };
  const services = memoryServices({ clock, credentials });
  const machine = {
    clock,
    scheduler: createTimerScheduler(),
    logger: recordingLogger(),
    metrics: { ...recordingMetrics(), text: async () => '' },
    version: '0',
    network: createNodeNetwork(),
    listener: nodeListener,
    random: createSystemRandom(),
  };
  const end = new AbortController();
  const reasons: string[] = [];
  const config = {
    roles,
    server: { host: '127.0.0.1', port: 0, allowedOrigins: [] },
    chains: [
      {
        ...{ chain: 'eip155:1', name: null, blockTimeMs: 1_000, pollIntervalMs: 100, finality: 'tag' },
        providers: [{ name: 'main', http: 'http://127.0.0.1:1', ws: null, role: 'primary', requestsPerSecond: null }],
      },
    ],
  } as unknown as Config;
  const start = async (): Promise<RunningRoles> => {
    const deps = { ...machine, ...services };
    const started = await startRoles(config, 8, deps, {
      end: end.signal,
      onWaiting: (reason) => reasons.push(reason),
    });
    running.push(started);
    return started;
  };
  return { services, end, reasons, start, logger: machine.logger };
}

describe('a start whose services leave after they were there', () => {
  test('ends when it is told to, and gives up the shards that it had already', async () => {
    const { services, end, start } = rig(['notify', 'api']);
    const left: string[] = [];
    const join = services.ownership.join.bind(services.ownership);
    services.ownership.join = async (options, listener) => {
      const membership = await join(options, listener);
      const leave = (): Promise<void> => {
        left.push(options.group);
        return membership.leave();
      };
      return { noteProgress: (shard, offset) => membership.noteProgress(shard, offset), leave };
    };
    await services.broker.append('blocks/eip155:1', [{ key: null, value: 'claim 1 somebody' }]);
    // As a broker does that cannot be reached: a follower waits for it.
    const follow = services.broker.follow.bind(services.broker);
    const followed: string[] = [];
    services.broker.follow = (stream, ...rest): BrokerFollower => {
      followed.push(stream);
      return stream.startsWith('blocks/') ? { stop: async () => undefined } : follow(stream, ...rest);
    };
    const starting = start();
    const ended = expect(starting).rejects.toThrow();
    await waitUntil(() => followed.includes('blocks/eip155:1'), { what: 'the chain to be followed', everyMs: 2 });
    end.abort();
    await ended;
    expect(left).toEqual(['notify']);
  });

  test('waits for them, and says so', async () => {
    const { services, reasons, start } = rig(['api']);
    const bounds = services.broker.bounds.bind(services.broker);
    let asked = 0;
    services.broker.bounds = async (stream) => {
      asked += 1;
      if (asked < 3) throw new TxTrailError('broker_unavailable', 'Kafka cannot be reached.', { retryable: true });
      return bounds(stream);
    };
    expect((await start()).url).toMatch(/^http:/);
    expect(reasons.at(-1)).toBe('it waits for what api stands on: Kafka cannot be reached.');
  });
});

test('a report that cannot be read is none, and the ones after it are', async () => {
  const { services, start } = rig(['api']);
  const report = { lag: 7, providers: [] };
  const texts = ['{"lag":', '7', JSON.stringify(report)];
  services.liveReport.read = async () => [texts.length > 1 ? (texts.shift() ?? null) : (texts[0] ?? null)];
  const roles = await start();
  await waitUntil(() => roles.chains()[0]?.lag === 7, { what: 'the report', everyMs: 10, timeoutMs: 5_000 });
});

test('a chain whose provider cannot be reached is a warning, of the role that watches it as of the one that serves', async () => {
  const { start, logger } = rig(['watch']);
  const roles = await start();
  expect(roles.faults()).toEqual([]);
  await waitUntil(() => /^eip155:1: no provider leads: main is /.test(roles.warnings()[0] ?? ''), {
    what: 'the warning',
    everyMs: 10,
    timeoutMs: 5_000,
  });
  expect(logger.lines.map(({ message }) => message)).toContain('the chain is followed from here');
  await roles.close();
  expect(logger.lines.map(({ message }) => message)).toContain('the chain is left to others');
  const both = rig(['api', 'watch']);
  const all = await both.start();
  expect(both.logger.lines).toContainEqual(
    expect.objectContaining({ message: 'role started', facts: { role: 'api', url: all.url } }),
  );
  // Until the watcher's first report came, the role that serves says that there is none.
  await waitUntil(() => all.warnings()[0]?.includes('no provider leads'), { what: 'the report', everyMs: 10 });
  expect(all.warnings()).toHaveLength(1);
});

test('a chain that nobody watches is a warning of the role that serves', async () => {
  const { start } = rig(['api']);
  const roles = await start();
  expect(roles.warnings()).toEqual(['eip155:1: nobody tells how its providers do']);
});
