import type { TxTrailClient, TxTrailClientError } from '@txtrail/client';
import { redactUrls } from '../lib/redact-urls.ts';
import { exitCodes } from './command-output.ts';
import { plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import { findServer, shownUrl } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';
import type { Terminal } from './terminal.ts';

export interface Server {
  readonly client: TxTrailClient;
  /** Fit to be shown. */
  readonly url: string;
}

/** Runs a command with a client of its server; what goes wrong there becomes one line and an exit code. */
export async function withServer(
  line: CommandLine,
  terminal: Terminal,
  run: (server: Server) => Promise<number>,
): Promise<number> {
  const found = findServer(line, terminal);
  if (found.kind === 'refused') {
    terminal.err(`${found.line}\n`);
    return exitCodes.misused;
  }
  const { url, key } = found.server;
  const { createClient, TxTrailClientError: ClientError } = await import('@txtrail/client');
  // A person waits for the answer: what can be tried again is theirs to try.
  const client = createClient({ url, key, retries: 0 });
  try {
    return await run({ client, url: shownUrl(url) });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    terminal.err(`txtrail: ${await faultLine(error, found.server, client)}\n`);
    return exitCodes.failed;
  } finally {
    await client.close();
  }
}

/** What went wrong, where, and what to do next, in one line. */
async function faultLine(error: TxTrailClientError, server: ServerAddress, client: TxTrailClient): Promise<string> {
  const url = shownUrl(server.url);
  switch (error.code) {
    case 'unreachable':
    case 'timeout':
      return `no TxTrail answers at ${url} (${reasonOf(error)}); start one with txtrail start or txtrail sandbox, or name another with --url`;
    case 'unauthorized':
      return `${url} refuses the key from ${server.keySource}; give the right one as TXTRAIL_API_KEY or with --key-file`;
    case 'unknown_chain':
      return `the chain is not followed by ${url}; ${await followedChains(client)}`;
    case 'cursor_too_old':
      return 'events after this cursor are no longer kept; begin at the oldest that is: leave it out, or say earliest';
    case 'invalid_cursor':
      return 'this is no cursor of the same server, key and subscriber; leave it out, or give one from there';
    case 'transaction_conflict':
      return 'it is tracked already with other options; leave --confirmations and --metadata out, or track it for another --subscriber';
    default:
      return plainText(redactUrls(error.message));
  }
}

function reasonOf(error: TxTrailClientError): string {
  // Node's fetch says no more than "fetch failed"; what failed stands in the cause of that.
  const fault = (error.cause as { readonly cause?: NodeJS.ErrnoException } | undefined)?.cause;
  if (fault !== undefined) return plainText(fault.code ?? fault.message);
  return error.code === 'timeout' ? 'no answer in time' : 'the connection failed';
}

async function followedChains(client: TxTrailClient): Promise<string> {
  const chains = await client.chains().catch(() => []);
  const names = chains.map(({ chain, name }) => plainText(name === null ? chain : `${name} (${chain})`));
  return names.length === 0 ? 'txtrail status lists those that are' : `it follows ${names.join(', ')}`;
}
