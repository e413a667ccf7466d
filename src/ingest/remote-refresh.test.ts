import { describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { gatewayOf, type RefreshQuestion } from '../core/records/reply-record.ts';
import { laneOf, type StreamName } from '../core/records/stream.ts';
import { RemoteRefresh } from './remote-refresh.ts';

const chain = 'eip155:1';
const partitions = 8;
const probes: StreamName = `probes/${laneOf(chain, partitions)}`;
const found = { asked: ['main'], answered: ['main'], outcome: 'found', reasons: [] } as const;

function rig() {
  const broker = new MemoryBroker();
  const scheduler = new ManualScheduler();
  const refresher = new RemoteRefresh({ partitions, instance: 'gateway' }, { broker, scheduler });
  const questions = async (count: number): Promise<readonly RefreshQuestion[]> => {
    await waitUntil(async () => (await broker.bounds(probes)).end >= count, { what: 'questions', everyMs: 2 });
    const batches = await Array.fromAsync(broker.read(probes, 0, count));
    return batches.flat().map(({ value }) => JSON.parse(value ?? '') as RefreshQuestion);
  };
  return { broker, scheduler, refresher, questions };
}

describe('a refresh that another process does', () => {
  test('is asked where the watcher of the chain reads, and answered by the reply that names it', async () => {
    const { refresher, scheduler, questions } = rig();
    const [first, second] = [refresher.refresh(chain, '0x1'), refresher.refresh(chain, '0x2')];
    const asked = await questions(2);
    expect(asked).toMatchObject([
      { kind: 'refresh', chain, hash: '0x1' },
      { kind: 'refresh', chain, hash: '0x2' },
    ]);
    expect(asked.map(({ requestId }) => gatewayOf(requestId))).toEqual(['gateway', 'gateway']);
    const [one, two] = asked.map(({ requestId }) => requestId);
    refresher.take({ kind: 'refresh', requestId: two ?? '', refresh: null });
    refresher.take({ kind: 'refresh', requestId: one ?? '', refresh: found });
    expect(await first).toEqual(found);
    expect(await second).toBeNull();
    expect(scheduler.nextDelayMs).toBeNull();
  });

  test('whose answer does not come says that no provider was asked, after its time', async () => {
    const { refresher, scheduler, questions } = rig();
    const refreshing = refresher.refresh(chain, '0x1');
    const [asked] = await questions(1);
    await scheduler.pass(15_000);
    expect(await refreshing).toEqual({ asked: [], answered: [], outcome: 'unknown', reasons: [] });
    // Too late, and for nobody.
    refresher.take({ kind: 'refresh', requestId: asked?.requestId ?? '', refresh: found });
  });

  test('that cannot be asked is told, and leaves no wait behind', async () => {
    const { broker, refresher, scheduler } = rig();
    broker.decideAppend = () => 'refused';
    await expect(refresher.refresh(chain, '0x1')).rejects.toMatchObject({ code: 'broker_unavailable' });
    expect(scheduler.nextDelayMs).toBeNull();
  });
});
