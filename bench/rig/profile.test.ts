import { expect, test } from 'vitest';
import { summarizeProfile } from './profile.ts';

test('shares are of the busy time, by folder of ours and package of others', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const profile = {
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'apply', 'file:///x/src/core/partition/chain-input.ts'),
      node(3, 'send', 'file:///x/node_modules/ws/lib/sender.js'),
      node(4, '(garbage collector)', ''),
      node(5, 'main', 'file:///x/src/runtime/tracker.ts'),
    ],
    samples: [1, 1, 2, 2, 3, 4, 5, 1],
  };
  const { groups, functions } = summarizeProfile(profile);
  expect(groups[0]).toEqual({ what: 'src/core/partition', percent: 40 });
  expect(groups.map(({ what }) => what).sort()).toEqual([
    'garbage collection',
    'src/core/partition',
    'src/runtime',
    'ws',
  ]);
  expect(functions[0]).toEqual({ what: 'apply (src/core/partition)', percent: 40 });
});
