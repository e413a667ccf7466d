import { expect, test } from 'vitest';
import type { Transaction } from '@txtrail/protocol';
import { caseRigs } from '../harness/case-rigs.ts';
import { caseChain } from '../harness/case-rig.ts';

const start = caseRigs();

interface List {
  readonly data: readonly Transaction[];
  readonly nextCursor: string | null;
}

test('what is tracked is listed in the order of registration, by filter and in pages that join', async () => {
  const rig = await start();
  const tracked: Transaction[] = [];
  for (let index = 1; index <= 5; index += 1) {
    const hash = `0x${String(index).repeat(64)}`;
    tracked.push(await rig.track({ hash, subscriber: index % 2 === 0 ? 'even' : 'odd' }));
  }
  const list = async (query: string): Promise<List> =>
    (await rig.http.request<List>('GET', `/v1/transactions${query}`)).body;
  const idsOf = (page: List): readonly string[] => page.data.map(({ id }) => id);
  const ids = tracked.map(({ id }) => id);
  expect(idsOf(await list(''))).toEqual(ids);
  expect(idsOf(await list('?subscriber=even'))).toEqual([ids[1], ids[3]]);
  expect(idsOf(await list(`?chain=${caseChain}&hash=0x${'3'.repeat(64)}`))).toEqual([ids[2]]);
  expect(idsOf(await list('?status=finalized'))).toEqual([]);
  const first = await list('?limit=2');
  const second = await list(`?limit=3&cursor=${first.nextCursor}`);
  expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
  expect(second.nextCursor).toBeNull();
  const unknown = await rig.http.request('GET', '/v1/transactions?chain=nowhere');
  expect([unknown.status, unknown.body]).toMatchObject([422, { code: 'unknown_chain' }]);
});
