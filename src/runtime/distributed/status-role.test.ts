import { expect, test } from 'vitest';
import { memoryServices } from '../../../test/harness/memory-services.ts';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { trackInput } from '../../../test/harness/stages-rig.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { createNodeNetwork } from '../../adapters/node/node-network.ts';
import { nodeListener } from '../../adapters/node/node-listener.ts';
import { createSystemClock } from '../../adapters/node/system-clock.ts';
import { createSystemRandom } from '../../adapters/node/system-random.ts';
import { startStatusRole } from './status-role.ts';

test('counts no transaction of a partition whose work could not be begun', async () => {
  const clock = createSystemClock();
  const credentials = { tenantOf: () => null, isAdmin: () => false, cursorSecret: new Uint8Array(32) };
  const services = memoryServices({ clock, credentials });
  const shards = { partitions: 1, senderLanes: 1, eventLanes: 1 };
  const figures: number[] = [];
  const scheduler = new ManualScheduler();
  const metrics = recordingMetrics();
  const gauge = metrics.gauge.bind(metrics);
  metrics.gauge = (options) =>
    options.name === 'txtrail_tracked_transactions' ? { set: (value) => void figures.push(value) } : gauge(options);
  const role = await startStatusRole(
    { shards, chains: ['eip155:1'] },
    {
      ...services,
      clock,
      scheduler,
      logger: recordingLogger(),
      metrics: { ...metrics, text: async () => '' },
      random: createSystemRandom(),
      network: createNodeNetwork(),
      listener: nodeListener,
      version: '0',
    },
  );
  // What follows from it cannot be stored: so its owner ends, and no other try is through.
  let refused = 0;
  services.broker.decideAppend = ({ stream }) => {
    if (!stream.startsWith('senders/')) return 'stored';
    refused += 1;
    return 'refused';
  };
  const { payload } = trackInput({ name: 'a' }, { known: true });
  await services.broker.append('registrations/0', [{ key: null, value: payload }]);
  await waitUntil(() => refused > 0 && role.faults().length > 0, { what: 'the work to end', everyMs: 2 });
  expect(figures).toContain(1);
  expect(figures.at(-1)).toBe(0);
  await scheduler.pass(60_000);
  await waitUntil(() => refused > 1, { what: 'another try', everyMs: 2 });
  await scheduler.pass(60_000);
  expect(figures.at(-1)).toBe(0);
  await role.close();
});
