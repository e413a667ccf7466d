import type { EventScope, ReadEvent } from '../../src/ports/event-reader.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';
import type { DistributedWay } from './distributed-way.ts';
import { EmbeddedWay } from './embedded-way.ts';
import type { InputTrace } from './input-trace.ts';

export interface TraceReport {
  readonly seed: number;
  readonly steps: number;
  readonly starts: number;
  readonly transactions: number;
  /** How many events of each type were told. */
  readonly types: ReadonlyMap<string, number>;
  /** In words, what one way says and the other does not; none: they say the same. */
  readonly differences: readonly string[];
}

/** Time is told again while somebody waits for a moment that has come; so often is enough. */
const ticksMax = 20;

/**
 * Sends a trace through both ways, step by step: the next input goes in when what follows from the
 * one before has come to rest in both, and the clock of both is the trace's. Then their events are
 * compared, transaction by transaction.
 */
export async function playTrace(
  trace: InputTrace,
  open: (clock: ManualClock) => DistributedWay | Promise<DistributedWay>,
): Promise<TraceReport> {
  const clock = manualClock(trace.steps[0]?.timeMs);
  const embedded = await EmbeddedWay.start(trace, clock);
  const distributed = await open(clock);
  try {
    for (const { timeMs, input } of trace.steps) {
      clock.nowMs = Math.max(clock.nowMs, timeMs);
      await tellTime(clock, embedded, distributed);
      await embedded.put(input);
      await distributed.put(input);
      await tellTime(clock, embedded, distributed);
    }
    await distributed.delivered();
    return await compared(trace, embedded, distributed);
  } finally {
    await distributed.close();
  }
}

/** Both hear of time where the embedded one waits for it, so a tick comes at the same place in both. */
async function tellTime(clock: ManualClock, embedded: EmbeddedWay, distributed: DistributedWay): Promise<void> {
  for (let ticks = 0; embedded.dueMs !== null && embedded.dueMs <= clock.nowMs; ticks += 1) {
    if (ticks === ticksMax)
      throw new Error(`${embedded.dueMs} is waited for at ${clock.nowMs}, however often it is told`);
    await embedded.tick();
    await distributed.tick();
  }
}

async function compared(trace: InputTrace, embedded: EmbeddedWay, distributed: DistributedWay): Promise<TraceReport> {
  const differences: string[] = [];
  const types = new Map<string, number>();
  let transactions = 0;
  for (const scope of trace.scopes) {
    const [one, other] = [told(scope, await embedded.events(scope)), told(scope, await distributed.events(scope))];
    for (const id of new Set([...one.keys(), ...other.keys()])) {
      transactions += 1;
      for (const { type } of one.get(id) ?? []) types.set(type, (types.get(type) ?? 0) + 1);
      differences.push(...differencesOf(id, one.get(id) ?? [], other.get(id) ?? []));
    }
  }
  const starts = trace.steps.filter(({ input }) => input.kind === 'start').length;
  return { seed: trace.seed, steps: trace.steps.length, starts, transactions, types, differences };
}

/** An event without its number, which says how the transactions of a subscriber stand to each other. */
interface ToldEvent {
  readonly type: string;
  readonly text: string;
}

/** By transaction, in their order. @throws Error where the numbers of the subscriber are not 1, 2, 3… */
function told({ subscriber }: EventScope, events: readonly ReadEvent[]): ReadonlyMap<string, readonly ToldEvent[]> {
  const byTransaction = new Map<string, ToldEvent[]>();
  for (const [index, { type, json }] of events.entries()) {
    const { seq, ...event } = JSON.parse(json) as ParsedEvent;
    if (seq !== index + 1) throw new Error(`the event ${index + 1} of ${subscriber} has number ${seq}`);
    const { id } = event.data.transaction;
    const ofTransaction = byTransaction.get(id) ?? [];
    byTransaction.set(id, ofTransaction);
    ofTransaction.push({ type, text: JSON.stringify(event) });
  }
  return byTransaction;
}

interface ParsedEvent {
  readonly seq: number;
  readonly data: { readonly transaction: { readonly id: string } };
}

function differencesOf(id: string, one: readonly ToldEvent[], other: readonly ToldEvent[]): readonly string[] {
  const at = one.findIndex(({ text }, index) => text !== other[index]?.text);
  const first = at === -1 ? one.length : at;
  if (first === one.length && other.length === one.length) return [];
  const words = (events: readonly ToldEvent[]): string =>
    `${events.length} events, the ${first + 1}th ${events[first]?.text ?? 'missing'}`;
  return [`${id}: embedded ${words(one)}; distributed ${words(other)}`];
}
