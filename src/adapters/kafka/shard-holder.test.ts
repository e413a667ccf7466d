import { expect, test } from 'vitest';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { ShardHolder } from './shard-holder.ts';

function holder(patience: (signal: AbortSignal) => Promise<void> = () => new Promise(() => undefined)) {
  const calls: string[] = [];
  const releases: PromiseWithResolvers<void>[] = [];
  const listener = {
    onGained: (shards: readonly number[]) => void calls.push(`gained ${shards.join()}`),
    onLost: (shards: readonly number[]) => {
      calls.push(`lost ${shards.join()}`);
      const release = Promise.withResolvers<void>();
      releases.push(release);
      return release.promise;
    },
    onFailure: (cause: Error) => void calls.push(`failed ${cause.message}`),
  };
  return { calls, releases, shards: new ShardHolder({ listener, patience }) };
}

test('a shard is lost once, and only if it is held', async () => {
  const { calls, releases, shards } = holder();
  shards.gain([1, 2]);
  const lost = shards.lose([2, 3]);
  expect(shards.owned).toEqual([1]);
  releases[0]?.resolve();
  await lost;
  await shards.lose([2]);
  expect(calls).toEqual(['gained 1,2', 'lost 2']);
});

test('one that comes back while its release runs is told of afterwards; one that goes again meanwhile is not', async () => {
  const { calls, releases, shards } = holder(() => Promise.resolve());
  shards.gain([1, 2]);
  await shards.lose([1, 2]);
  shards.gain([1, 2]);
  await shards.lose([2]);
  expect(calls).toEqual(['gained 1,2', 'lost 1,2']);
  releases[0]?.resolve();
  await waitUntil(() => calls.length === 3, { what: 'the shard to be told of again' });
  expect(calls.at(-1)).toBe('gained 1');
  expect(shards.owned).toEqual([1]);
});

test('one that comes, goes and comes back while its release runs is told of once', async () => {
  const { calls, releases, shards } = holder(() => Promise.resolve());
  shards.gain([1]);
  await shards.lose([1]);
  shards.gain([1]);
  await shards.lose([1]);
  shards.gain([1]);
  releases[0]?.resolve();
  await waitUntil(() => calls.length > 2, { what: 'the shard to be told of again' });
  await new Promise((turn) => setImmediate(turn));
  expect(calls).toEqual(['gained 1', 'lost 1', 'gained 1']);
});

test('nobody waits for ever for a release, and the wait ends with it', async () => {
  let signal: AbortSignal | null = null;
  const { releases, shards } = holder((given) => {
    signal = given;
    return new Promise(() => undefined);
  });
  shards.gain([1]);
  const lost = shards.lose([1]);
  releases[0]?.resolve();
  await lost;
  expect(signal).toMatchObject({ aborted: true });
});

test('a release that fails is told, and is over', async () => {
  const { calls, releases, shards } = holder();
  shards.gain([1]);
  const lost = shards.lose([1]);
  releases[0]?.reject(new Error('it would not stop'));
  await lost;
  shards.gain([1]);
  expect(calls).toEqual(['gained 1', 'lost 1', 'failed it would not stop', 'gained 1']);
});
