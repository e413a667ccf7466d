import type { ClientEvent, TxTrailClient } from '@txtrail/client';
import { exitCodes } from './command-output.ts';
import { eventLine } from './event-line.ts';
import type { GivenTime } from './flag-types.ts';
import { jsonLine, plainText } from './plain-text.ts';
import type { CommandLine } from './read-command-line.ts';
import { filterOf } from './tail.ts';
import type { Terminal } from './terminal.ts';
import { withServer } from './with-server.ts';

const pageLimit = 500;

type Since = GivenTime | { readonly kind: 'cursor'; readonly cursor: string };

/** `txtrail replay`: what is kept, oldest first, as it was sent; then it ends. */
export function runReplay(line: CommandLine, terminal: Terminal): Promise<number> {
  return withServer(line, terminal, async ({ client }) => {
    const stopping = new AbortController();
    const release = terminal.onInterrupt(() => stopping.abort('interrupted'));
    try {
      const counts = new Map<string, number>();
      for await (const event of keptEvents(line, terminal, client, stopping.signal)) {
        if (line.has('dry-run')) counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
        else terminal.out(line.has('json') ? jsonLine(event, terminal.isOutTerminal) : `${eventLine(event)}\n`);
      }
      if (line.has('dry-run')) printCounts(counts, line, terminal);
      return exitCodes.done;
    } catch (error) {
      if (error === 'interrupted') return exitCodes.interrupted;
      throw error;
    } finally {
      release();
    }
  });
}

async function* keptEvents(
  line: CommandLine,
  terminal: Terminal,
  client: TxTrailClient,
  signal: AbortSignal,
): AsyncGenerator<ClientEvent> {
  const since = line.value<Since>('since');
  const fromMs = since === undefined || since.kind === 'cursor' ? Number.NEGATIVE_INFINITY : timeOf(since, terminal);
  const until = line.value<GivenTime>('until');
  const untilMs = until === undefined ? Number.POSITIVE_INFINITY : timeOf(until, terminal);
  let cursor = since?.kind === 'cursor' ? since.cursor : undefined;
  for (;;) {
    const page = await client.events({ ...filterOf(line), cursor, limit: pageLimit }, { signal });
    // Events of several subscribers come in no exact order of time, so each is judged on its own to the end.
    for (const event of page.events) {
      signal.throwIfAborted();
      const timeMs = Date.parse(event.time);
      if (timeMs >= fromMs && timeMs <= untilMs) yield event;
    }
    if (!page.hasMore) return;
    cursor = page.nextCursor;
  }
}

function timeOf(given: GivenTime, terminal: Terminal): number {
  return given.kind === 'at' ? given.timeMs : terminal.now() - given.agoMs;
}

function printCounts(counts: ReadonlyMap<string, number>, line: CommandLine, terminal: Terminal): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const byType = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
  if (line.has('json')) {
    terminal.out(jsonLine({ total, types: Object.fromEntries(byType) }, terminal.isOutTerminal));
    return;
  }
  for (const [type, count] of byType) terminal.out(`${String(count).padStart(8)}  ${plainText(type)}\n`);
  terminal.out(`${String(total).padStart(8)}  in all\n`);
}
