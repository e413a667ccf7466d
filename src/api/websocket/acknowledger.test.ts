import { expect, test } from 'vitest';
import type { Acknowledgements } from '../acknowledgements.ts';
import { Acknowledger } from './acknowledger.ts';
import type { Subscription } from './subscription.ts';

const subscription = { scope: { tenant: 'default', subscriber: 'alice' }, consumer: 'default', through: 100 };

test('keeps what is acknowledged at whatever moment of the end of the one before', async () => {
  const lost: number[] = [];
  for (let turns = 0; turns < 24; turns += 1) {
    const kept: number[] = [];
    const first = Promise.withResolvers<void>();
    const acknowledgements: Pick<Acknowledgements, 'acknowledge'> = {
      acknowledge: async (_scope, _consumer, upTo) => {
        await first.promise;
        kept.push(upTo);
        return 'acknowledged';
      },
    };
    const acknowledger = new Acknowledger(
      { subscription: subscription as Subscription },
      { acknowledgements: acknowledgements as Acknowledgements },
    );
    const before = acknowledger.acknowledge(1);
    first.resolve();
    for (let turn = 0; turn < turns; turn += 1) await null;
    expect(await acknowledger.acknowledge(2)).toBe('acknowledged');
    if (kept.at(-1) !== 2) lost.push(turns);
    await before;
  }
  expect(lost).toEqual([]);
});
