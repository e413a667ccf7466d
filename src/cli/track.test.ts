import { describe, expect, test } from 'vitest';
import { caseChain, caseChainId } from '../../test/harness/case-rig.ts';
import { caseRigs } from '../../test/harness/case-rigs.ts';
import { cliCommand } from '../../test/harness/cli-command.ts';
import { TransactionSender } from '../../test/harness/transactions.ts';
import type { Transaction } from '@txtrail/client';

const start = caseRigs();
const onChain = ['--chain', caseChain];
const sendRaw = ['eth_sendRawTransaction'];

/** Status words of the lines on stderr, one a change. */
function changes(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S+ {2}/, '').replace(/,.*/, ''));
}

describe('txtrail track', () => {
  test('registers a hash and prints where it stands', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = rig.pay();
    const { code, terminal } = cliCommand(rig, ['track', payment.hash, ...onChain, '--subscriber', 'alice']);
    expect(await code).toBe(0);
    const { id } = await rig.of(payment.hash);
    expect(terminal.stdout).toMatch(new RegExp(`^${id}  ${caseChain}  ${payment.hash}  (unknown|pending)\n$`));
    expect(await rig.transaction(id)).toMatchObject({ subscriber: 'alice' });
    expect(terminal.stderr).toBe('');
  });

  test('as JSON: the transaction, with what was asked for', async () => {
    const rig = await start();
    await rig.mine(1);
    const more = ['--json', '--confirmations', 'finalized', '--metadata', '{"order":7}'];
    const { code, terminal } = cliCommand(rig, ['track', rig.pay().hash, ...onChain, ...more]);
    expect(await code).toBe(0);
    const printed = JSON.parse(terminal.stdout) as Transaction;
    expect(printed).toMatchObject({ requiredConfirmations: 'finalized', metadata: { order: 7 } });
    expect(terminal.stdout).toBe(`${JSON.stringify(printed)}\n`);
  });

  test('sends a raw transaction, from the command line or from stdin', async () => {
    const rig = await start();
    await rig.mine(1);
    const sender = new TransactionSender({ accountIndex: 0, chainId: caseChainId });
    const [one, other] = [await sender.eip1559(), await sender.eip1559()];
    const first = cliCommand(rig, ['track', one.raw, ...onChain, '--json']);
    expect(await first.code).toBe(0);
    const second = cliCommand(rig, ['track', '-', ...onChain, '--json'], { input: `${other.raw}\n` });
    expect(await second.code).toBe(0);
    const hashes = [first, second].map(({ terminal }) => (JSON.parse(terminal.stdout) as Transaction).hash);
    expect(hashes).toEqual([one.hash, other.hash]);
  });

  test.each([
    [['track'], 'HASH|RAW|-: is missing; see txtrail track --help\n--chain: is missing; see txtrail track --help\n'],
    [['track', '0x12', '--chain', 'ethereum'], /^HASH\|RAW: expected 0x and 64 .*, found "0x12"\n$/],
    [['track', '-', '--chain', 'ethereum'], /^HASH\|RAW: expected .*, found ""\n$/],
    [['track', `0x${'z'.repeat(64)}`, '--chain', 'ethereum'], /^HASH\|RAW: expected/],
    [['track', `0x${'a'.repeat(64)}`, '--chian', 'ethereum'], '--chian: is not an option; did you mean --chain?\n'],
    [['track', `0x${'a'.repeat(64)}`, ...onChain, '--confirmations', '0'], /^--confirmations: expected a whole number/],
    [['track', `0x${'a'.repeat(64)}`, ...onChain, '--timeout', '9s'], '--timeout: goes with --wait only\n'],
    [['track', `0x${'a'.repeat(64)}`, ...onChain, '--metadata', '{'], '--metadata: expected JSON, found "{"\n'],
  ])('%j is misused: exit 2, a line each', async (args, line) => {
    const { code, terminal } = cliCommand({ url: 'http://127.0.0.1:1', apiKey: 'k' }, args);
    expect(await code).toBe(2);
    if (typeof line === 'string') expect(terminal.stderr).toBe(line);
    else expect(terminal.stderr).toMatch(line);
    expect(terminal.stdout).toBe('');
  });

  test('other options than before are refused with what to do', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay();
    await rig.track({ hash, confirmations: 2 });
    const { code, terminal } = cliCommand(rig, ['track', hash, ...onChain, '--confirmations', '3']);
    expect(await code).toBe(1);
    expect(terminal.stderr).toMatch(/^txtrail: it is tracked already with other options; leave --confirmations/);
  });
});

describe('txtrail track --wait', () => {
  test('0: confirmed, by the count asked for; each change is a line on stderr, the result one on stdout', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay();
    const waiting = cliCommand(rig, ['track', hash, ...onChain, '--wait', '--confirmations', '2']);
    await waiting.said(/pending/);
    await rig.mine(1);
    await waiting.said(/1\/2 confirmations/);
    await rig.mine(1);
    expect(await waiting.code).toBe(0);
    const { id, blockNumber } = await rig.of(hash);
    expect(waiting.terminal.stdout).toBe(
      `${id}  ${caseChain}  ${hash}  confirmed, block ${blockNumber}, 2/2 confirmations, success\n`,
    );
    const [first, ...more] = changes(waiting.terminal.stderr).filter((change) => change !== 'unknown');
    expect([first, more.at(0)]).toEqual(['pending', 'included']);
    expect(waiting.terminal.stderr).not.toContain('\u001b');
  });

  test('10: confirmed, but its execution reverted', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay({ reverts: true });
    const waiting = cliCommand(rig, ['track', hash, ...onChain, '--wait', '--json']);
    await waiting.said(/pending/);
    await rig.mine(5);
    expect(await waiting.code).toBe(10);
    expect(JSON.parse(waiting.terminal.stdout)).toMatchObject({ hash, status: 'confirmed', execution: 'reverted' });
  });

  test('11: another transaction used its nonce, told at once and counted until that is confirmed', async () => {
    const rig = await start();
    await rig.mine(1);
    const payment = rig.pay();
    const waiting = cliCommand(rig, ['track', payment.hash, ...onChain, '--wait', '--json']);
    await waiting.said(/pending/);
    const { from, nonce } = payment;
    const rival = rig.chain.submit({ from, nonce, value: 2n, maxFeePerGas: 200n * 10n ** 9n });
    await rig.mine(1);
    await waiting.said(/the one that replaced it is included/);
    await rig.mine(4);
    expect(await waiting.code).toBe(11);
    const result = { hash: payment.hash, status: 'replaced', replacedBy: rival.hash };
    expect(JSON.parse(waiting.terminal.stdout)).toMatchObject(result);
  });

  test('0 after all: a reorg takes its block, another has it again', async () => {
    const rig = await start();
    await rig.mine(2);
    const { hash } = rig.pay();
    const waiting = cliCommand(rig, ['track', hash, ...onChain, '--wait']);
    await waiting.said(/pending/);
    await rig.mine(1);
    await waiting.said(/included/);
    rig.chain.reorg({ depth: 1, length: 2, fates: { [hash]: { kind: 'pool' } } });
    await waiting.said(/included[\s\S]*pending/);
    await rig.mine(5);
    expect(await waiting.code).toBe(0);
    expect(
      changes(waiting.terminal.stderr)
        .filter((change) => change !== 'unknown')
        .join(' '),
    ).toMatch(/^pending (included )+pending (included )+/);
  });

  test('13: every provider rejects it', async () => {
    const rig = await start();
    await rig.mine(1);
    const fault = { kind: 'error', code: -32_000, message: 'insufficient funds for gas * price + value' } as const;
    rig.provider().fault({ fault, methods: sendRaw });
    const { raw } = await new TransactionSender({ accountIndex: 0, chainId: caseChainId }).eip1559();
    const { code, terminal } = cliCommand(rig, ['track', raw, ...onChain, '--wait']);
    expect(await code).toBe(13);
    expect(terminal.stdout).toMatch(/ {2}failed, funds\n$/);
  });

  test('14: its term ended before it was in a block', async () => {
    const rig = await start({ speed: 20 });
    await rig.mine(1);
    const hidden = rig.chain.prepare(rig.spec());
    await rig.track({ hash: hidden.hash, expiresAt: new Date(Date.now() + 40_000).toISOString() });
    const { code, terminal } = cliCommand(rig, ['track', hidden.hash, ...onChain, '--wait', '--json']);
    expect(await code).toBe(14);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ status: 'expired' });
  });

  test('15: the time is over, and it is still tracked', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay();
    const { code, terminal } = cliCommand(rig, ['track', hash, ...onChain, '--wait', '--timeout', '50ms', '--json']);
    expect(await code).toBe(15);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ hash, isTerminal: false });
  });

  test('130: Ctrl-C ends the waiting, not the tracking, and prints no result', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay();
    const waiting = cliCommand(rig, ['track', hash, ...onChain, '--wait']);
    await waiting.said(/pending/);
    waiting.terminal.interrupt();
    expect(await waiting.code).toBe(130);
    const { id } = await rig.of(hash);
    expect(waiting.terminal.stderr.trimEnd().split('\n').at(-1)).toBe(
      `txtrail: it is still tracked: txtrail status ${id}`,
    );
    expect(waiting.terminal.stdout).toBe('');
  });

  test('at a terminal it is one line that is written anew, no wider than the terminal, and gone at the end', async () => {
    const rig = await start();
    await rig.mine(1);
    const { hash } = rig.pay();
    const at = { isTerminal: true, columns: 40 };
    const waiting = cliCommand(rig, ['track', hash, ...onChain, '--wait', '--confirmations', '1'], at);
    await waiting.said(/pending/);
    await rig.mine(1);
    expect(await waiting.code).toBe(0);
    const { stderr } = waiting.terminal;
    expect(stderr).not.toContain('\n');
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true);
    const widths = stderr.split('\r\u001b[2K').map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThan(40);
  });
});
