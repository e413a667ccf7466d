import { expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { manualClock, recordingLogger, recordingMetrics } from '../../../test/harness/recording-ports.ts';
import { trackInput } from '../../../test/harness/stages-rig.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { MemoryBroker } from '../../adapters/memory/memory-broker.ts';
import { MemoryReadModel } from '../../adapters/memory/memory-read-model.ts';
import { MemoryStatusCache } from '../../adapters/memory/memory-status-cache.ts';
import { createNodeNetwork } from '../../adapters/node/node-network.ts';
import { nodeListener } from '../../adapters/node/node-listener.ts';
import { createSystemRandom } from '../../adapters/node/system-random.ts';
import type { StreamName } from '../../core/records/stream.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import type { ShardWork } from './shard-keeper.ts';
import { openStatusUnit } from './status-unit.ts';

const tenant = 'default';

/** Holds back what an owner gives up of its journal, until somebody looks for snapshots. */
class HeldTrims extends MemoryBroker {
  isHolding = false;
  trimmed = 0;
  #held: (() => Promise<void>)[] = [];

  override async trim(stream: StreamName, before: number): Promise<void> {
    const trim = async (): Promise<void> => {
      if (stream === 'journal/0') this.trimmed = before;
      await super.trim(stream, before);
    };
    if (!this.isHolding) return trim();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.push(() => trim().then(resolve));
    return promise;
  }

  override async *read(stream: StreamName, from: number, until: number): AsyncGenerator<readonly StoredRecord[]> {
    if (stream === 'state/0' && this.isHolding) {
      this.isHolding = false;
      for (const trim of this.#held.splice(0)) await trim();
    }
    yield* super.read(stream, from, until);
  }
}

class UnitRig {
  readonly broker = new HeldTrims();
  readonly readModel = new MemoryReadModel();
  readonly clock = manualClock();
  #count = 0;

  /** With a snapshot after every entry. */
  open(): Promise<ShardWork> {
    const { broker, readModel, clock } = this;
    return openStatusUnit(
      {
        unit: 0,
        shards: { partitions: 1, senderLanes: 1, eventLanes: 1 },
        chains: ['eip155:1'],
        limits: { snapshotEveryBytes: 1, snapshotEveryMs: 1 },
      },
      {
        broker,
        readModel,
        clock,
        statusCache: new MemoryStatusCache({ clock }),
        scheduler: new ManualScheduler(),
        random: createSystemRandom(),
        logger: recordingLogger(),
        metrics: { ...recordingMetrics(), text: async () => '' },
        tracked: { set: () => undefined },
        network: createNodeNetwork(),
        listener: nodeListener,
        version: '0',
      },
    );
  }

  /** Resolves when readers see it. */
  async track(): Promise<void> {
    const name = `transaction ${this.#count++}`;
    const { payload } = trackInput({ name });
    const { id } = JSON.parse(payload) as { readonly id: string };
    this.clock.nowMs += 1_000;
    await this.broker.append('registrations/0', [{ key: null, value: payload }]);
    await waitUntil(async () => (await this.readModel.find(tenant, [id]))[0], { what: `${name} to be tracked` });
  }
}

test('an owner that was followed and trims the journal once more does not keep its successor out', async () => {
  const rig = new UnitRig();
  const before = await rig.open();
  for (let count = 0; count < 5; count += 1) await rig.track();
  await waitUntil(() => rig.broker.trimmed > 0, { what: 'the journal to be trimmed' });
  const { trimmed } = rig.broker;
  rig.broker.isHolding = true;
  for (let count = 0; count < 5; count += 1) await rig.track();
  const after = await rig.open();
  expect(rig.broker.isHolding).toBe(false);
  expect(rig.broker.trimmed).toBeGreaterThan(trimmed);
  await rig.track();
  expect(await before.ended).toMatchObject({ code: 'log_taken' });
  await Promise.all([before.close(), after.close()]);
});
