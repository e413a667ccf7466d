import type { Subscription } from '@txtrail/client';
import { exitCodes } from './command-output.ts';
import { eventLine } from './event-line.ts';
import { jsonLine, plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import type { Terminal } from './terminal.ts';
import { withServer } from './with-server.ts';

/** Events that may stand unacknowledged where they are acknowledged. */
const acknowledgedWindow = 256;

/** What narrows the events, as the contract calls it. */
export function filterOf(line: CommandLine): {
  readonly subscriber: string | undefined;
  readonly types: readonly string[] | undefined;
  readonly transaction: string | undefined;
  readonly chain: string | undefined;
} {
  return {
    subscriber: line.value<string>('subscriber'),
    types: line.value<readonly string[]>('types'),
    transaction: line.value<string>('transaction'),
    chain: line.value<string>('chain'),
  };
}

/** `txtrail tail`: events as they come, until it is interrupted. */
export function runTail(line: CommandLine, terminal: Terminal): Promise<number> {
  return withServer(line, terminal, async ({ client, url }) => {
    // A subscription tries for ever; a wrong address or key shall be told at once.
    await client.events({ ...filterOf(line), limit: 1 });
    const acknowledges = line.has('ack');
    const from = line.value<string>('from') ?? (acknowledges || line.has('consumer') ? 'ack' : 'latest');
    const subscription = client.subscribe({
      ...filterOf(line),
      consumer: line.value<string>('consumer'),
      from,
      autoAck: false,
      window: acknowledges ? acknowledgedWindow : 0,
      onReset: () => {
        terminal.err('txtrail: some events are no longer kept; going on with the oldest that are\n');
        return 'continue';
      },
    });
    const release = terminal.onInterrupt(() => void subscription.close());
    tellStates(subscription, url, terminal);
    try {
      await printAll(subscription, line, terminal);
    } finally {
      release();
    }
    return exitCodes.done;
  });
}

async function printAll(subscription: Subscription, line: CommandLine, terminal: Terminal): Promise<void> {
  const limit = line.value<number>('limit') ?? Number.POSITIVE_INFINITY;
  const isJson = line.has('json');
  let count = 0;
  for await (const { event, cursor } of subscription) {
    terminal.out(isJson ? jsonLine(event, terminal.isOutTerminal) : `${eventLine(event)}\n`);
    if (line.has('ack')) subscription.ack(cursor);
    count += 1;
    if (count >= limit) return;
  }
}

/** Each loss and return of the connection once, however many attempts lie between. */
function tellStates(subscription: Subscription, url: string, terminal: Terminal): void {
  let told: 'nothing' | 'live' | 'lost' = 'nothing';
  subscription.onStateChange(({ state, error }) => {
    if (state === 'live' && told !== 'live') {
      terminal.err(told === 'lost' ? 'txtrail: connected again\n' : `txtrail: following ${url}\n`);
      told = 'live';
    } else if (state === 'waiting' && told !== 'lost') {
      const why = error === null ? '' : ` (${plainText(error.code)})`;
      terminal.err(`txtrail: the connection is lost${why}; trying again\n`);
      told = 'lost';
    }
  });
}
