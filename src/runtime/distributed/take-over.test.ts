import { afterEach, expect, test } from 'vitest';
import { type RigProcess, TakeOverRig } from '../../../test/harness/take-over-rig.ts';
import { waitUntil } from '../../../test/harness/wait-until.ts';

let rig: TakeOverRig | null = null;

afterEach(async () => {
  const ended = rig;
  rig = null;
  await ended?.end();
});

async function twoProcesses() {
  rig = await TakeOverRig.start();
  const first = await rig.join();
  await rig.turnTo(first);
  return { rig, first };
}

test('one process does all, another joins and shares, and nothing is said twice or left out', async () => {
  const { rig } = await twoProcesses();
  await rig.track(20);
  rig.chain.mine();
  const second = await rig.join();
  await rig.track(20);
  rig.chain.mine();
  await rig.turnTo(second);
  await rig.track(20);
  expect(await rig.finish()).toEqual([]);
});

test.each([
  ['journal/', 'before'],
  ['journal/', 'after'],
  ['events/', 'before'],
  ['events/', 'after'],
  ['facts/', 'before'],
  ['blocks/', 'before'],
  ['blocks/', 'after'],
  ['replies/', 'before'],
  ['probes/', 'before'],
  ['registrations/', 'after'],
] as const)(
  'the process that writes to %s dies %s it is stored, and the other takes over all that it had',
  async (prefix, when) => {
    const { rig, first } = await twoProcesses();
    await rig.track(20);
    for (let block = 0; block < 3; block += 1) rig.chain.mine();
    const second = await rig.join();
    let living: RigProcess | null = null;
    let appends = 0;
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      one.mortal.onAppend = (stream) => {
        if (!stream.startsWith(prefix)) return;
        appends += 1;
        if (appends !== 8) return;
        living = other;
        if (when === 'before') void one.mortal.kill();
        else queueMicrotask(() => void one.mortal.kill());
      };
    }
    const tracking = rig.track(30);
    const left = await waitUntil(
      () => {
        rig.chain.mine();
        return living;
      },
      { what: `a death at ${prefix}`, everyMs: 60 },
    );
    await rig.turnTo(left);
    await tracking;
    await rig.track(10);
    expect(await rig.finish()).toEqual([]);
    expect(left.running.faults()).toEqual([]);
  },
);

test('a process that lost everything and does not know it goes on for a while, and changes nothing', async () => {
  const { rig, first } = await twoProcesses();
  await rig.track(20);
  for (let block = 0; block < 3; block += 1) rig.chain.mine();
  const second = await rig.join();
  await first.mortal.loseSilently();
  for (let round = 0; round < 8; round += 1) {
    await rig.track(5);
    rig.chain.mine();
    // Registrations and reads go on at the old one's gateway, and are answered by what the new one decides.
    if (round === 3) await rig.turnTo(second);
  }
  await first.mortal.hear();
  rig.chain.reorg({ depth: 2, length: 3 });
  await rig.track(10);
  expect(await rig.finish()).toEqual([]);
  expect(second.running.faults()).toEqual([]);
});

test('shards that change hands again and again, with nobody told in time', async () => {
  const { rig, first } = await twoProcesses();
  let last = first;
  for (let round = 0; round < 6; round += 1) {
    const tracking = rig.track(8);
    rig.chain.mine();
    const next = await rig.join();
    await last.mortal.loseSilently();
    rig.chain.mine();
    await tracking;
    if (round % 2 === 0) await last.mortal.hear();
    if (round === 3) rig.chain.reorg({ depth: 2, length: 2 });
    await rig.turnTo(next);
    last = next;
  }
  expect(await rig.finish()).toEqual([]);
  expect(last.running.faults()).toEqual([]);
}, 60_000);
