import { describe, expect, test } from 'vitest';
import type { CaseRig } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { cliCommand } from '../../test/harness/cli-command.ts';

const start = caseRigs();

/** A payment's whole story, read by the rig's own client. */
async function storyOn(rig: CaseRig): Promise<void> {
  await rig.mine(1);
  await rig.pending({ reverts: true });
  await rig.mine(5);
  await rig.saw('confirmed');
}

async function replayed(
  rig: CaseRig,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly lines: readonly string[]; readonly stderr: string }> {
  const { code, terminal } = cliCommand(rig, ['replay', ...args]);
  return { code: await code, lines: terminal.lines, stderr: terminal.stderr };
}

describe('txtrail replay', () => {
  test('prints what was sent, in the same bytes and order, and ends', async () => {
    const rig = await start();
    await storyOn(rig);
    const { text } = await rig.http.request('GET', '/v1/events?limit=500');
    const { code, lines } = await replayed(rig, '--json');
    expect(code).toBe(0);
    expect(text).toContain(`{"events":[${lines.join(',')}],`);
    expect(lines).toHaveLength(rig.events.length);
  });

  test('acknowledges nothing', async () => {
    const rig = await start();
    await storyOn(rig);
    await replayed(rig);
    const { body } = await rig.http.request<{ readonly events: readonly unknown[] }>(
      'GET',
      '/v1/events?from=ack&consumer=printer',
    );
    expect(body.events).toHaveLength(rig.events.length);
  });

  test('--dry-run only counts, by type', async () => {
    const rig = await start();
    await storyOn(rig);
    const counted = await replayed(rig, '--dry-run', '--types', 'pending,included,confirmed');
    expect(counted.lines).toEqual([
      '       1  transaction.confirmed',
      '       1  transaction.included',
      '       1  transaction.pending',
      '       3  in all',
    ]);
    const asJson = await replayed(rig, '--dry-run', '--types', 'pending,confirmed', '--json');
    expect(JSON.parse(asJson.lines.join(''))).toEqual({
      total: 2,
      types: { 'transaction.confirmed': 1, 'transaction.pending': 1 },
    });
  });

  test('from a time on, up to a time, after a cursor', async () => {
    const rig = await start();
    await storyOn(rig);
    const times = rig.events.map(({ time }) => time);
    const [first, last] = [String(times[0]), String(times.at(-1))];
    const since = await replayed(rig, '--since', last);
    expect(since.lines).toHaveLength(times.filter((time) => time >= last).length);
    const until = await replayed(rig, '--until', first);
    expect(until.lines).toHaveLength(times.filter((time) => time <= first).length);
    expect((await replayed(rig, '--since', '1h')).lines).toHaveLength(times.length);
    expect((await replayed(rig, '--until', '1h')).lines).toHaveLength(0);
    const page = await rig.http.request<{ readonly nextCursor: string }>('GET', '/v1/events?limit=1');
    expect((await replayed(rig, '--since', page.body.nextCursor)).lines).toHaveLength(times.length - 1);
  });

  test.each([
    [['--since', 'yesterday'], 2, /^--since: expected a time such as .*, found "yesterday"\n$/],
    [['--until', 'A'.repeat(35)], 2, /^--until: expected a time/],
    [
      ['--since', 'A'.repeat(35)],
      1,
      /^txtrail: this is no cursor of the same server, key and subscriber; leave it out/,
    ],
  ])('%j ends with %i and a line', async (args, exit, line) => {
    const rig = await start();
    const { code, lines, stderr } = await replayed(rig, ...args);
    expect([code, lines]).toEqual([exit, []]);
    expect(stderr).toMatch(line);
  });
});
