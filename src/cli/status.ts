import type { Chain, HistoryEntry, Transaction, TxTrailClient } from '@txtrail/client';
import { exitCodes } from './command-output.ts';
import { ageWords, statusWords } from './describe.ts';
import { eventLine } from './event-line.ts';
import { painted } from './paint.ts';
import type { Paint } from './paint.ts';
import { jsonLine, plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';
import { withServer } from './with-server.ts';

const idPattern = /^tx_[0-9a-zA-Z]{1,64}$/;
const hashPattern = /^0x[0-9a-f]{64}$/i;
const pageLimit = 500;

/** `txtrail status`: the server and its chains, or one transaction with its story. */
export async function runStatus(line: CommandLine, terminal: Terminal): Promise<number> {
  const { operand } = line;
  if (operand !== null && !idPattern.test(operand) && !hashPattern.test(operand)) {
    terminal.err(`ID|HASH: expected tx_… or 0x and 64 hexadecimal digits, found "${plainText(operand)}"\n`);
    return exitCodes.misused;
  }
  return withServer(line, terminal, ({ client, url }) =>
    operand === null ? showServer(line, terminal, client, url) : showTransactions(operand, line, terminal, client),
  );
}

async function showServer(line: CommandLine, terminal: Terminal, client: TxTrailClient, url: string): Promise<number> {
  const wanted = line.value<string>('chain');
  const all = await client.chains();
  const chains = all.filter(({ chain, name }) => wanted === undefined || chain === wanted || name === wanted);
  if (chains.length === 0 && wanted !== undefined) {
    const names = all.map(({ chain, name }) => plainText(name ?? chain)).join(', ');
    terminal.err(`txtrail: ${url} does not follow ${wanted}; it follows ${names}\n`);
    return exitCodes.failed;
  }
  if (line.has('json')) {
    terminal.out(jsonLine({ url, chains }, terminal.isOutTerminal));
    return exitCodes.done;
  }
  terminal.out(`${url}\n`);
  for (const one of chains) terminal.out(chainLines(one, terminal));
  return exitCodes.done;
}

function chainLines(chain: Chain, terminal: Terminal): string {
  const name = chain.name === null ? chain.chain : `${chain.name} (${chain.chain})`;
  const { head, finality, lag } = chain;
  const headWords =
    head === null
      ? 'not seen yet'
      : `head ${head.number}, ${ageWords(terminal.now() - Date.parse(head.timestamp))} old, ${lag === null ? 'lag not known' : `lag ${lag}`}`;
  const blocks = (['safe', 'finalized'] as const).map((tag) => `${tag} ${finality[tag]?.number ?? 'none yet'}`);
  const providers = chain.providers.map(({ name: provider, role, state, reason, head: at, lag: behind }) => {
    const place = at === null ? '' : `  head ${at}${behind === null || behind === 0 ? '' : `, ${behind} behind`}`;
    const why = reason === null ? '' : `  ${reason}`;
    const shown = painted(plainText(state).padEnd(8), paintOf(state), terminal.hasColour);
    return `  ${plainText(provider).padEnd(12)}  ${plainText(role).padEnd(9)}  ${shown}${plainText(place + why)}\n`;
  });
  return `\n${plainText(`${name}  ${headWords}, ${blocks.join(', ')} (by ${finality.source})`)}\n${providers.join('')}`;
}

function paintOf(state: string): Paint {
  if (state === 'leading') return 'green';
  return state === 'refused' || state === 'failing' ? 'red' : 'dim';
}

async function showTransactions(
  operand: string,
  line: CommandLine,
  terminal: Terminal,
  client: TxTrailClient,
): Promise<number> {
  const found = await find(operand, line, client);
  if (found.length === 0) {
    terminal.err(
      `txtrail: no transaction ${operand} is tracked${narrowed(line)}; txtrail track HASH --chain NAME does\n`,
    );
    return exitCodes.failed;
  }
  for (const [index, transaction] of found.entries()) {
    const history = await wholeHistory(transaction.id, client);
    if (line.has('json')) terminal.out(jsonLine({ transaction, history }, terminal.isOutTerminal));
    else terminal.out(`${index === 0 ? '' : '\n'}${transactionLines(transaction)}${history.map(historyLine).join('')}`);
  }
  return exitCodes.done;
}

function narrowed(line: CommandLine): string {
  return line.has('chain') || line.has('subscriber') ? ' for that chain and subscriber' : '';
}

/** By id one, by hash one a chain and subscriber. */
async function find(operand: string, line: CommandLine, client: TxTrailClient): Promise<readonly Transaction[]> {
  const chain = line.value<string>('chain');
  const subscriber = line.value<string>('subscriber');
  if (hashPattern.test(operand)) {
    const page = await client.transactions({ hash: operand, chain, subscriber, limit: pageLimit });
    return page.data;
  }
  try {
    return [await client.transaction(operand)];
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'not_found') return [];
    throw error;
  }
}

async function wholeHistory(id: string, client: TxTrailClient): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.history(id, { limit: pageLimit, cursor });
    entries.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return entries;
}

function transactionLines(transaction: Transaction): string {
  const { id, chain, hash, subscriber, from, to, nonce, metadata, replaces, createdAt } = transaction;
  const facts: readonly (readonly [string, string | null])[] = [
    ['chain', chain],
    ['id', id],
    ['subscriber', subscriber],
    ['from', from === null ? null : `${from}, nonce ${nonce ?? 'not known'}`],
    ['to', to],
    ['replaces', replaces],
    ['metadata', metadata === null || metadata === undefined ? null : JSON.stringify(metadata)],
    ['tracked', createdAt],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [`  ${name.padEnd(11)} ${plainText(value)}\n`],
  );
  return `${plainText(hash)}  ${statusWords(transaction)}\n${lines.join('')}`;
}

function historyLine(entry: HistoryEntry): string {
  const { rule, providers } = entry.evidence;
  const by = providers.length === 0 ? '' : ` by ${providers.join(', ')}`;
  return `  ${eventLine(entry)}  [${plainText(`${rule}${by}`)}]\n`;
}
