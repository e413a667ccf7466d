import { afterEach, describe, expect, test } from 'vitest';
import { UnitRig } from '../../../test/harness/unit-rig.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';
import { seededRandom } from '../../lib/seeded-random.ts';

const rigs: UnitRig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.end()));
});

async function begun(): Promise<UnitRig> {
  const rig = new UnitRig();
  rigs.push(rig);
  await rig.begin();
  return rig;
}

/** Blocks until all that is in one is final. */
async function finish(rig: UnitRig): Promise<void> {
  for (let block = 0; block < 6; block += 1) {
    await rig.chain(rig.script.block());
    await rig.settle();
    await rig.answer();
    await rig.settle();
  }
  await rig.chain(rig.script.settle(rig.script.head.number));
  await rig.settle();
}

/** Everything that is wrong with what was said of these. */
async function problems(rig: UnitRig, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const texts = new Map<string, string>();
  for (const event of await rig.said()) {
    const { source, position, ordinal } = event.origin;
    const key = `${source} ${position}.${ordinal}`;
    const text = JSON.stringify(event);
    if ((texts.get(key) ?? text) !== text) found.push(`I14: ${key} was said as\n${texts.get(key)}\n${text}`);
    texts.set(key, text);
  }
  const taken = await rig.taken();
  for (const name of names) {
    const own = taken.filter(({ transactionId }) => transactionId === `tx_${name}`);
    const revisions = own.map(({ revision }) => revision);
    if (revisions.some((revision, at) => revision !== at + 1)) found.push(`I05: ${name} has ${revisions.join()}`);
    const types = own.map(({ type }) => type.replace('transaction.', ''));
    for (const type of ['included', 'confirmed', 'finalized'])
      if (types.filter((one) => one === type).length !== 1) found.push(`${name}: ${type} in ${types.join()}`);
    const shown = await rig.shown(name);
    if (shown?.status !== 'finalized') found.push(`${name} is shown as ${shown?.status}`);
  }
  return found;
}

describe('a status unit', () => {
  test('answers what it decided before it is given up', async () => {
    const rig = await begun();
    const owner = await rig.open();
    rig.isStoreAway = true;
    await rig.track('a');
    await waitUntil(() => rig.logger.lines.length > 0, { what: 'the read model to be missed', everyMs: 2 });
    await rig.track('b');
    await rig.settle();
    rig.isStoreAway = false;
    await owner.close();
    const batches = await Array.fromAsync(rig.broker.read('replies/0', 0, 9));
    const replies = batches.flat().map(({ value }) => JSON.parse(value ?? '') as { readonly requestId: string });
    expect(replies.map(({ requestId }) => requestId)).toEqual(['gateway-a', 'gateway-b']);
  });

  test('brings its journal to the next owner, from its snapshot on', async () => {
    const rig = await begun();
    const first = await rig.open();
    await rig.track('a');
    await rig.settle();
    await rig.chain(rig.script.block([{ name: 'a' }]));
    await rig.settle();
    await first.close();
    expect((await rig.broker.bounds('state/0')).end).toBeGreaterThan(0);
    await rig.open();
    await finish(rig);
    expect(await problems(rig, ['a'])).toEqual([]);
  });

  test('writes the rows that its predecessor did not get to write', async () => {
    const rig = await begun();
    const first = await rig.open();
    rig.isStoreAway = true;
    await rig.track('a');
    await rig.settle();
    await first.close();
    await rig.scheduler.pass(60_000, rig.clock);
    expect(await rig.shown('a')).toBeNull();
    rig.isStoreAway = false;
    await rig.open();
    await rig.shows('a', 'unknown');
  });

  test('takes no snapshot of what the read model has not got, however often it is given up (P16)', async () => {
    const rig = await begun();
    const first = await rig.open();
    await rig.track('gone');
    await rig.shows('gone', 'unknown');
    await first.close();
    rig.isStoreAway = true;
    await rig.track('a');
    await rig.untrack('gone');
    for (let owner = 0; owner < 3; owner += 1) {
      const work = await rig.open();
      await rig.track(`b${owner}`);
      await rig.settle();
      // They touch no transaction, so that nothing is written because of them, and snapshots go on.
      for (let count = 0; count < 3; count += 1) {
        await rig.chain(rig.script.settle(100));
        await rig.settle();
      }
      await rig.scheduler.pass(5_000, rig.clock);
      await rig.settle();
      await work.close();
      await rig.settle();
    }
    rig.isStoreAway = false;
    await rig.open();
    for (const name of ['a', 'b0', 'b1', 'b2']) await rig.shows(name, 'unknown');
    await waitUntil(async () => (await rig.shown('gone')) === null, { what: 'what is gone to be gone', everyMs: 2 });
  });

  test('writes no row anew that its snapshot holds: the read model has it', async () => {
    const rig = await begun();
    const first = await rig.open();
    for (const name of ['a', 'b', 'c']) await rig.track(name);
    for (const name of ['a', 'b', 'c']) await rig.shows(name, 'unknown');
    for (let count = 0; count < 3; count += 1) {
      await rig.chain(rig.script.settle(100));
      await rig.settle();
    }
    await first.close();
    const { rowsPut } = rig;
    await rig.open();
    await rig.track('d');
    await rig.shows('d', 'unknown');
    expect(rig.rowsPut - rowsPut).toBe(1);
  });

  test('stops at a record that cannot be applied, with its place, and so does every next owner', async () => {
    const rig = await begun();
    const first = await rig.open();
    await rig.put('facts/0', 'poison');
    expect(await first.ended).toMatchObject({ code: 'record_not_applied' });
    await first.close();
    await expect(rig.open()).rejects.toMatchObject({ code: 'record_not_applied' });
  });

  test('ends quietly where another claims it, and what it had under way changes nothing (P17)', async () => {
    const rig = await begun();
    const first = await rig.open();
    await rig.track('a');
    await rig.settle();
    await rig.open();
    await rig.track('b');
    await rig.chain(rig.script.block([{ name: 'a' }, { name: 'b' }]));
    expect(await first.ended).toMatchObject({ code: 'log_taken' });
    await finish(rig);
    expect(await problems(rig, ['a', 'b'])).toEqual([]);
  });

  test.each(['refused', 'answer_lost', 'late'] as const)(
    'whose events cannot be stored (%s) says them again (P07)',
    async (fate) => {
      const rig = await begun();
      const first = await rig.open();
      await rig.track('a');
      await rig.settle();
      rig.faults.push({ prefix: 'events/', fate });
      await rig.chain(rig.script.block([{ name: 'a' }]));
      await rig.settle();
      await rig.answer();
      await rig.settle();
      expect(await first.ended).toMatchObject({ code: 'broker_unavailable' });
      await first.close();
      await rig.open();
      rig.broker.storeLate();
      await finish(rig);
      expect(await problems(rig, ['a'])).toEqual([]);
    },
  );
});

const seeds = Array.from({ length: 30 }, (_, seed) => seed + 1);

test.each(seeds)(
  'seed %i: owners come and go, appends fail, and nothing is said twice, differently or never',
  async (seed) => {
    const rig = await begun();
    const random = seededRandom(seed);
    const pick = <One>(...of: readonly One[]): One => of[Math.floor(random() * of.length)] as One;
    const names: string[] = [];
    const open = async (): Promise<void> => {
      // Its claim may be what fails: whoever keeps the shard tries again.
      await waitUntil(() => rig.open().catch(() => null), { what: 'a new owner', everyMs: 1 });
    };
    await open();
    const unmined: string[] = [];
    for (let step = 0; step < 60; step += 1) {
      const what = pick(
        'track',
        'block',
        'block',
        'answer',
        'open',
        'close',
        'fault',
        'late',
        'away',
        'pass',
        'settle',
        'turn',
      );
      if (what === 'track') {
        const name = `${names.length}`;
        names.push(name);
        unmined.push(name);
        await rig.track(name);
      }
      if (what === 'block') await rig.chain(rig.script.block(unmined.splice(0, 2).map((name) => ({ name }))));
      if (what === 'answer') await rig.answer();
      if (what === 'open') await open();
      if (what === 'close') {
        await rig.owners.at(-1)?.close();
        await open();
      }
      if (what === 'fault')
        rig.faults.push({
          prefix: pick('events/', 'journal/', 'state/', 'senders/', 'probes/', 'replies/'),
          fate: pick('refused', 'answer_lost', 'late'),
        });
      if (what === 'late') rig.broker.storeLate();
      if (what === 'away') rig.isStoreAway = !rig.isStoreAway;
      if (what === 'pass') await rig.scheduler.pass(pick(100, 1_000, 20_000), rig.clock);
      if (what === 'settle') await rig.settle();
      if (what === 'turn') await Promise.resolve();
    }
    rig.faults.splice(0);
    rig.isStoreAway = false;
    rig.broker.storeLate();
    await rig.scheduler.pass(10_000, rig.clock);
    await open();
    while (unmined.length > 0) await rig.chain(rig.script.block(unmined.splice(0, 2).map((name) => ({ name }))));
    await finish(rig);
    await rig.scheduler.pass(60_000, rig.clock);
    await finish(rig);
    await rig.scheduler.pass(10_000, rig.clock);
    await rig.settle();
    expect(await problems(rig, names)).toEqual([]);
  },
);
