import type { Transaction } from '@txtrail/client';
import { exitCodes } from './command-output.ts';
import { transactionLine } from './describe.ts';
import { outcomeCodes } from './outcome-codes.ts';
import { jsonLine, plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';
import { waitForOutcome } from './wait-for-outcome.ts';
import { withServer } from './with-server.ts';

type Wanted = { readonly hash: string } | { readonly raw: string };

/** `txtrail track`: registers a transaction, and waits for its outcome where that is asked for. */
export async function runTrack(line: CommandLine, terminal: Terminal): Promise<number> {
  if (line.has('timeout') && !line.has('wait')) {
    terminal.err('--timeout: goes with --wait only\n');
    return exitCodes.misused;
  }
  const given = line.operand === '-' ? await terminal.readInput() : String(line.operand);
  const wanted = readWanted(given.trim());
  if (wanted === null) {
    const shown = given.length > 80 ? `${given.slice(0, 80)}…` : given.trim();
    terminal.err(
      `HASH|RAW: expected 0x and 64 hexadecimal digits, or a signed raw transaction in them, found "${plainText(shown)}"\n`,
    );
    return exitCodes.misused;
  }
  return withServer(line, terminal, async ({ client }) => {
    const confirmations = line.value<number | 'safe' | 'finalized'>('confirmations');
    const transaction = await client.track({
      ...wanted,
      chain: String(line.value('chain')),
      confirmations,
      subscriber: line.value<string>('subscriber'),
      ...(line.has('metadata') ? { metadata: line.value('metadata') } : {}),
    });
    if (!line.has('wait')) {
      print(transaction, line, terminal);
      return exitCodes.done;
    }
    const timeoutMs = line.value<number>('timeout') ?? null;
    const ended = await waitForOutcome({ transaction, confirmations, timeoutMs }, { client, terminal });
    if (ended.kind === 'interrupted') {
      terminal.err(`txtrail: it is still tracked: txtrail status ${plainText(transaction.id)}\n`);
      return exitCodes.interrupted;
    }
    print(ended.transaction, line, terminal);
    return outcomeCodes[ended.outcome];
  });
}

/** A hash has 32 bytes; no signed transaction is as short. */
function readWanted(text: string): Wanted | null {
  if (!/^0x([0-9a-f]{2})+$/i.test(text) || text.length < 66) return null;
  return text.length === 66 ? { hash: text } : { raw: text };
}

function print(transaction: Transaction, line: CommandLine, terminal: Terminal): void {
  terminal.out(line.has('json') ? jsonLine(transaction, terminal.isOutTerminal) : `${transactionLine(transaction)}\n`);
}
