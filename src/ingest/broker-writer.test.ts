import { expect, test } from 'vitest';
import { MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { BrokerWriter } from './broker-writer.ts';

const records = [
  { stream: 'registrations/1', payload: 'a' },
  { stream: 'registrations/2', payload: 'b' },
  { stream: 'registrations/1', payload: 'c' },
] as const;

test('registrations stand in their partitions, in order, when the write resolves (P12)', async () => {
  const broker = new MemoryBroker();
  expect(await new BrokerWriter({ broker }).write(records)).toEqual([-1, -1, -1]);
  const values = async (stream: 'registrations/1' | 'registrations/2') =>
    (await Array.fromAsync(broker.read(stream, 0, 9))).flat().map(({ value }) => value);
  expect(await values('registrations/1')).toEqual(['a', 'c']);
  expect(await values('registrations/2')).toEqual(['b']);
});

test('a write of which any part is not known to be stored is told as failed', async () => {
  const broker = new MemoryBroker();
  broker.decideAppend = ({ stream }) => (stream === 'registrations/2' ? 'answer_lost' : 'stored');
  await expect(new BrokerWriter({ broker }).write(records)).rejects.toMatchObject({
    code: 'broker_unavailable',
    retryable: true,
  });
});
