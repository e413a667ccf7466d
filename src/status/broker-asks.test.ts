import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { laneOf, type StreamName } from '../core/records/stream.ts';
import { BrokerAsks } from './broker-asks.ts';

const partitions = 8;
const [ethereum, base] = ['eip155:1', 'eip155:8453'];

function rig() {
  const broker = new MemoryBroker();
  const logger = recordingLogger();
  const asks = new BrokerAsks({ partitions }, { broker, logger });
  const stored = async (stream: StreamName): Promise<readonly unknown[]> => {
    const { start, end } = await broker.bounds(stream);
    const batches = await Array.fromAsync(broker.read(stream, start, end));
    return batches.flat().map(({ value }) => JSON.parse(value ?? ''));
  };
  return { broker, logger, asks, stored };
}

describe('questions to a chain', () => {
  test('stand where its watcher reads, in the order asked, those of one turn in one append', async () => {
    const { broker, asks, stored } = rig();
    let appends = 0;
    broker.decideAppend = () => {
      appends += 1;
      return 'stored';
    };
    for (const hash of ['0x1', '0x2', '0x3']) asks.probe({ kind: 'lookup', chain: ethereum, hash });
    asks.submit({ chain: base, hash: '0x4', raw: '0x00' });
    const submissions: StreamName = `submissions/${laneOf(base, partitions)}`;
    await waitUntil(async () => (await stored(submissions)).length === 1, { what: 'a submission', everyMs: 2 });
    expect(await stored(`probes/${laneOf(ethereum, partitions)}`)).toMatchObject([
      { hash: '0x1' },
      { hash: '0x2' },
      { hash: '0x3' },
    ]);
    expect(appends).toBe(2);
  });

  test('that cannot be stored are left with a word in the log, and the next are sent', async () => {
    const { broker, logger, asks, stored } = rig();
    broker.decideAppend = () => 'refused';
    asks.probe({ kind: 'lookup', chain: ethereum, hash: '0x1' });
    await waitUntil(() => logger.lines.length === 1, { what: 'a warning', everyMs: 2 });
    broker.decideAppend = () => 'stored';
    asks.probe({ kind: 'lookup', chain: ethereum, hash: '0x2' });
    const probes: StreamName = `probes/${laneOf(ethereum, partitions)}`;
    await waitUntil(async () => (await stored(probes)).length === 1, { what: 'a question', everyMs: 2 });
    expect(await stored(probes)).toMatchObject([{ hash: '0x2' }]);
  });

  test('beyond their bound are left, and those before it are sent', async () => {
    const { asks, stored } = rig();
    for (let count = 0; count < 50_007; count += 1) asks.probe({ kind: 'lookup', chain: ethereum, hash: `${count}` });
    const probes: StreamName = `probes/${laneOf(ethereum, partitions)}`;
    await waitUntil(async () => (await stored(probes)).length > 0, { what: 'questions', everyMs: 2 });
    expect(await stored(probes)).toHaveLength(50_000);
  });
});
