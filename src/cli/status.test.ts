import { describe, expect, test } from 'vitest';
import { caseChain } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { cliCommand } from '../../test/harness/cli-command.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';

const start = caseRigs();

describe('txtrail status', () => {
  test('shows the server, its chains and their providers', async () => {
    const rig = await start({ providers: ['main', 'spare'] });
    await rig.mine(7);
    rig.finalize();
    await rig.mine(1);
    await rig.providerIs('spare', 'standby');
    const isFinal = async (): Promise<boolean> => (await rig.chainView()).finality.finalized?.number === 7;
    await waitUntil(isFinal, { what: 'finality' });
    const { code, terminal } = cliCommand(rig, ['status']);
    expect(await code).toBe(0);
    expect(terminal.lines[0]).toBe(rig.url);
    expect(terminal.lines[2]).toMatch(/^eip155:31337 {2}head 8, .* old, lag 0, safe .*, finalized 7 \(by tag\)$/);
    expect(terminal.lines[3]).toMatch(/^ {2}main {10}primary {4}leading {3}head 8$/);
    expect(terminal.lines[4]).toMatch(/^ {2}spare {9}secondary {2}standby/);
    expect(terminal.stderr).toBe('');
  });

  test('colours only repeat the words, and only where they are taken', async () => {
    const rig = await start();
    await rig.mine(1);
    const plain = cliCommand(rig, ['status']);
    const coloured = cliCommand(rig, ['status'], { isTerminal: true, hasColour: true });
    expect([await plain.code, await coloured.code]).toEqual([0, 0]);
    expect(plain.terminal.stdout).not.toContain('\u001b');
    expect(coloured.terminal.stdout).toContain('\u001b[32mleading \u001b[0m');
  });

  test('as JSON it is what the server answers', async () => {
    const rig = await start();
    await rig.mine(1);
    const { code, terminal } = cliCommand(rig, ['status', '--json', '--chain', caseChain]);
    expect(await code).toBe(0);
    expect(JSON.parse(terminal.stdout)).toMatchObject({
      url: rig.url,
      chains: [{ chain: caseChain, head: { number: 1 } }],
    });
  });

  test('a chain that is not followed is named with those that are', async () => {
    const rig = await start();
    await rig.mine(1);
    const { code, terminal } = cliCommand(rig, ['status', '--chain', 'ethereum']);
    expect(await code).toBe(1);
    expect(terminal.stderr).toMatch(/^txtrail: http:\S+ does not follow ethereum; it follows \S+\n$/);
  });
});

describe('txtrail status of a transaction', () => {
  test('tells where it stands and its story, by id or by hash', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending();
    await rig.mine(3);
    await rig.saw('confirmation');
    const { id, blockNumber } = await rig.of(payment.hash);
    for (const operand of [id, payment.hash]) {
      const { code, terminal } = cliCommand(rig, ['status', operand]);
      expect(await code).toBe(0);
      expect(terminal.lines[0]).toBe(`${payment.hash}  included, block ${blockNumber}, 3/5 confirmations, success`);
      expect(terminal.stdout).toContain(`  id          ${id}\n`);
      const story = terminal.lines.filter((line) => line.includes('default#'));
      expect(story.map((line) => /#\d+ {2}(\w+)/.exec(line)?.[1]).filter((type) => type !== 'executed')).toEqual([
        'pending',
        'included',
        'confirmation',
      ]);
      expect(story.every((line) => /\[R\d+ by main\]$/.test(line))).toBe(true);
    }
  });

  test('as JSON: the transaction and its history with the evidence, one line a subscriber', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = await rig.pending();
    await rig.track({ hash: payment.hash, subscriber: 'bob' });
    const { code, terminal } = cliCommand(rig, ['status', payment.hash, '--json', '--chain', caseChain]);
    expect(await code).toBe(0);
    const found = terminal.lines.map(
      (text) => JSON.parse(text) as { transaction: { subscriber: string }; history: unknown[] },
    );
    expect(found.map(({ transaction }) => transaction.subscriber).sort()).toEqual(['bob', 'default']);
    const own = found.find(({ transaction }) => transaction.subscriber === 'default');
    expect(own?.history[0]).toMatchObject({ type: 'transaction.pending', evidence: { providers: ['main'] } });
    const bobs = cliCommand(rig, ['status', payment.hash, '--json', '--subscriber', 'bob']);
    expect(await bobs.code).toBe(0);
    expect(bobs.terminal.lines).toHaveLength(1);
  });

  test.each([
    ['tx_nobody', 1, /^txtrail: no transaction tx_nobody is tracked; txtrail track HASH/],
    [`0x${'1'.repeat(64)}`, 1, /^txtrail: no transaction 0x1{64} is tracked; txtrail track HASH/],
    ['0x12', 2, /^ID\|HASH: expected tx_… or 0x and 64 hexadecimal digits, found "0x12"\n$/],
  ])('%s ends with %i and a line', async (operand, exit, line) => {
    const rig = await start();
    const { code, terminal } = cliCommand(rig, ['status', operand]);
    expect(await code).toBe(exit);
    expect(terminal.stderr).toMatch(line);
    expect(terminal.stdout).toBe('');
  });
});
