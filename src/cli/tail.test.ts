import { describe, expect, test } from 'vitest';
import { caseChain } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { cliCommand } from '../../test/harness/cli-command.ts';

const start = caseRigs();

function typesOf(lines: readonly string[]): readonly (string | undefined)[] {
  return lines.map((line) => /#\d+ {2}(\w+)/.exec(line)?.[1]).filter((type) => type !== 'executed');
}

describe('txtrail tail', () => {
  test('follows from now on, and ends with 0 when it is interrupted', async () => {
    const rig = await start();
    await rig.mine(1);
    await rig.pending();
    const tail = cliCommand(rig, ['tail']);
    await tail.said(/^txtrail: following http/);
    const payment = await rig.pending();
    await rig.mine(1);
    await rig.saw('included', 1, payment.hash);
    await tail.printed(3);
    tail.terminal.interrupt();
    expect(await tail.code).toBe(0);
    const [first] = tail.terminal.lines;
    expect(first).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}default#2 {2}pending {7}0x[0-9a-f]{6}…[0-9a-f]{6}$/,
    );
    expect(tail.terminal.stdout).toMatch(/included {6}0x\S+, block 2, 1\/5 confirmations, success\n/);
  });

  test('--json prints the events’ own JSON, from the oldest kept, up to the limit', async () => {
    const rig = await start();
    await rig.mine(1);
    await rig.pending();
    await rig.mine(5);
    await rig.saw('confirmed');
    const tail = cliCommand(rig, ['tail', '--json', '--from', 'earliest', '--limit', String(rig.events.length)]);
    expect(await tail.code).toBe(0);
    expect(tail.terminal.lines).toEqual(rig.events.map((event) => JSON.stringify(event)));
  });

  test('narrows by type, transaction, chain and subscriber', async () => {
    const rig = await start();
    await rig.mine(1);
    const [one] = [await rig.pending(), await rig.pending()];
    await rig.track({ hash: one.hash, subscriber: 'alice' });
    await rig.mine(1);
    await rig.saw('included', 2);
    const { id } = await rig.of(one.hash);
    const from = ['--from', 'earliest'];
    const byType = cliCommand(rig, ['tail', ...from, '--types', 'included', '--subscriber', 'default', '--limit', '2']);
    const byTransaction = cliCommand(rig, ['tail', ...from, '--transaction', id, '--chain', caseChain, '--limit', '2']);
    const bySubscriber = cliCommand(rig, ['tail', ...from, '--subscriber', 'alice', '--limit', '1']);
    expect(await Promise.all([byType.code, byTransaction.code, bySubscriber.code])).toEqual([0, 0, 0]);
    expect(typesOf(byType.terminal.lines)).toEqual(['included', 'included']);
    const subscriber = (await rig.transaction(id)).subscriber;
    expect(byTransaction.terminal.lines.every((line) => line.includes(`  ${subscriber}#`))).toBe(true);
    expect(bySubscriber.terminal.lines[0]).toContain('  alice#1  ');
  });

  test('--ack acknowledges what was printed; without it nothing is', async () => {
    const rig = await start();
    await rig.mine(1);
    await rig.pending();
    await rig.pending();
    const consumer = ['--consumer', 'printer'];
    const looked = cliCommand(rig, ['tail', ...consumer, '--limit', '2']);
    expect(await looked.code).toBe(0);
    const first = cliCommand(rig, ['tail', ...consumer, '--ack', '--limit', '1']);
    expect(await first.code).toBe(0);
    const second = cliCommand(rig, ['tail', ...consumer, '--ack', '--limit', '1']);
    expect(await second.code).toBe(0);
    expect([first, second].map(({ terminal }) => /#(\d+)/.exec(terminal.stdout)?.[1])).toEqual(['1', '2']);
    expect(looked.terminal.lines).toHaveLength(2);
  });

  test('goes on behind a cursor', async () => {
    const rig = await start();
    await rig.mine(1);
    await rig.pending();
    await rig.pending();
    const page = await rig.http.request<{ readonly nextCursor: string }>('GET', '/v1/events?limit=1');
    const tail = cliCommand(rig, ['tail', '--from', page.body.nextCursor, '--limit', '1']);
    expect(await tail.code).toBe(0);
    expect(tail.terminal.stdout).toContain('default#2');
  });

  test.each([
    [['tail', '--from', 'newest'], 2, /^--from: expected latest, earliest, ack or a cursor, found "newest"\n$/],
    [['tail', '--types', 'Mined!'], 2, /^--types: expected event types/],
    [['tail', '--types', 'mined'], 1, /^txtrail: .*types/],
    [['tail', '--chain', 'ethereum'], 1, /^txtrail: the chain is not followed by http:\S+; it follows \S+/],
    [['tail', '--from', 'A'.repeat(35)], 1, /^txtrail: this is no cursor of the same server, key and subscriber/],
    [['tail', '--limit', '0'], 2, /^--limit: expected a whole number from 1/],
  ])('%j ends with %i and a line', async (args, exit, line) => {
    const rig = await start();
    await rig.mine(1);
    const { code, terminal } = cliCommand(rig, args);
    expect(await code).toBe(exit);
    expect(terminal.stderr.replace(/^txtrail: following.*\n/, '')).toMatch(line);
    expect(terminal.stdout).toBe('');
  });
});
