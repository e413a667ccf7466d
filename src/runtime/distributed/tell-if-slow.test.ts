import { expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { tellIfSlow } from './tell-if-slow.ts';

test('tells what is waited for after some seconds, once, and nothing of work that is quick or over', async () => {
  const scheduler = new ManualScheduler();
  const told: string[] = [];
  const deps = { scheduler, onWaiting: (what: string) => void told.push(what) };
  expect(await tellIfSlow('nothing', async () => 'quick', deps)).toBe('quick');
  await expect(tellIfSlow('nothing', () => Promise.reject(new Error('failed')), deps)).rejects.toThrow('failed');
  const work = Promise.withResolvers<string>();
  const slow = tellIfSlow('Kafka', () => work.promise, deps);
  await scheduler.pass(2_000);
  expect(told).toEqual([]);
  await scheduler.pass(60_000);
  expect(told).toEqual(['Kafka']);
  work.resolve('done');
  expect(await slow).toBe('done');
});
