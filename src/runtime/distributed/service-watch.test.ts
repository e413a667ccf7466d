import { expect, test } from 'vitest';
import { ManualScheduler } from '../../../test/harness/manual-scheduler.ts';
import { ServiceWatch } from './service-watch.ts';

test('a service that refuses, or says nothing, is a warning until it answers again', async () => {
  const scheduler = new ManualScheduler();
  let refuses = true;
  let answer = Promise.withResolvers<void>();
  let asked = 0;
  const watch = new ServiceWatch(
    [
      { name: 'PostgreSQL', ask: () => (refuses ? Promise.reject(new Error('it starts up')) : Promise.resolve()) },
      {
        name: 'Kafka',
        ask: () => {
          asked += 1;
          return answer.promise;
        },
      },
    ],
    { scheduler },
  );
  await scheduler.pass(4_999);
  expect(watch.warnings()).toEqual(['PostgreSQL does not answer: it starts up']);
  await scheduler.pass(1);
  expect(watch.warnings()).toEqual(['PostgreSQL does not answer: it starts up', 'Kafka has not answered for 5 s']);
  refuses = false;
  answer.resolve();
  await scheduler.pass(5_000);
  expect(watch.warnings()).toEqual([]);
  answer = Promise.withResolvers();
  await scheduler.pass(20_000);
  expect(watch.warnings()).toEqual(['Kafka has not answered for 5 s']);
  // Never two questions at a time.
  const before = asked;
  await scheduler.pass(60_000);
  expect(asked).toBe(before);
  watch.stop();
  answer.resolve();
  await scheduler.pass(60_000);
  expect([asked, scheduler.nextDelayMs]).toEqual([before, null]);
});
