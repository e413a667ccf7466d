import type { TxTrailEvent } from '@txtrail/protocol';
import { beginMs } from '../seed-plan.ts';
import type { Happening } from './recording.ts';
import { ruleSentences } from './rule-sentences.ts';
import { short, type StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

/** An event as the history shows it; without evidence where only readers know of it. */
export interface ToldEvent extends TxTrailEvent {
  readonly evidence?: {
    readonly rule: string;
    readonly providers: readonly string[];
    readonly block: { readonly number: number; readonly hash: string } | null;
  };
}

/**
 * What was decided of each registration, event by event: by which rule, on whose word, on which block.
 *
 * @param histories what each history holds, by the id of the registration; one that has none is told
 *   from what readers got
 */
export function decidedLines(
  happenings: readonly Happening[],
  subject: Subject,
  histories: ReadonlyMap<string, readonly ToldEvent[]>,
): readonly StoryLine[] {
  const sentences = ruleSentences();
  const times = new EventTimes(happenings);
  return subject.ids.flatMap((id) => {
    let sinceMs = 0;
    return eventsOf(happenings, id, histories).map((event): StoryLine => {
      sinceMs = times.of(event, sinceMs);
      const whose = subject.ids.length === 1 ? '' : `${event.subscriber}: `;
      const text = `${whose}#${event.revision} ${factOf(event)}${groundsOf(event, sentences)}`;
      return { atMs: sinceMs, side: { kind: 'decided' }, text, about: null };
    });
  });
}

/** One event in the words of a story: what it says, without why. */
export function factOf({ type, data }: TxTrailEvent): string {
  const { transaction, late, reorg, replacement, failure } = data;
  const further = [
    transaction.blockNumber === null
      ? ''
      : ` in block ${transaction.blockNumber} ${short(transaction.blockHash ?? '')}`,
    type === 'transaction.confirmation' ? `, ${data.confirmations} confirmations` : '',
    transaction.execution === 'reverted' ? ', reverted' : '',
    reorg === undefined
      ? ''
      : ` out of block ${reorg.fromBlockNumber} ${short(reorg.fromBlockHash)}, depth ${reorg.depth}`,
    reorg?.beyondFinality === true ? ', beyond what was final' : '',
    replacement === undefined ? '' : ` by ${short(replacement.hash)} (${replacement.reason})`,
    replacement?.final === true ? ', for good' : '',
    failure === undefined ? '' : ` (${failure.class})`,
    late ? ', late' : '',
  ];
  return `${type.replace(/^transaction\./, '')}${further.join('')}`;
}

function groundsOf({ data, evidence }: ToldEvent, sentences: ReadonlyMap<string, string>): string {
  if (evidence === undefined) return ' · its history is not kept';
  const { rule, providers, block } = evidence;
  const by = providers.length === 0 ? '' : ` · by ${providers.join(', ')}`;
  const { transaction, reorg } = data;
  const isSaid = block === null || block.hash === transaction.blockHash || block.hash === reorg?.fromBlockHash;
  const on = isSaid ? '' : ` · on block ${block.number} ${short(block.hash)}`;
  return ` · ${rule}: ${sentences.get(rule) ?? 'a rule that the page does not list'}${by}${on}`;
}

function eventsOf(
  happenings: readonly Happening[],
  id: string,
  histories: ReadonlyMap<string, readonly ToldEvent[]>,
): readonly ToldEvent[] {
  const byRevision = new Map<number | null, ToldEvent>();
  for (const happening of happenings) {
    if (happening.kind !== 'received' || happening.event.data.transaction.id !== id) continue;
    if (!byRevision.has(happening.event.revision)) byRevision.set(happening.event.revision, happening.event);
  }
  for (const event of histories.get(id) ?? []) byRevision.set(event.revision, event);
  return [...byRevision.values()].sort((left, right) => (left.revision ?? 0) - (right.revision ?? 0));
}

/** When, in the true time, an event was decided: it says so by a clock that may have been wrong. */
class EventTimes {
  /** How far the machine's clock was ever off, milliseconds. */
  readonly #offs = new Set([0]);
  readonly #firstGotMs = new Map<string, number>();
  #endMs = 0;

  constructor(happenings: readonly Happening[]) {
    for (const happening of happenings) {
      if (happening.kind === 'port' && happening.entry.kind === 'clock') this.#offs.add(Number(happening.entry.text));
      if (happening.kind === 'received' && !this.#firstGotMs.has(happening.event.id)) {
        this.#firstGotMs.set(happening.event.id, happening.atMs);
      }
      this.#endMs = happening.atMs;
    }
  }

  /** The latest moment that its own time can mean, between the event before it and the first who got it. */
  of({ id, time }: ToldEvent, sinceMs: number): number {
    const untilMs = this.#firstGotMs.get(id) ?? this.#endMs;
    const said = Date.parse(time) - beginMs;
    const possible = [...this.#offs].map((off) => said - off).filter((atMs) => atMs >= sinceMs && atMs <= untilMs);
    return possible.length > 0 ? Math.max(...possible) : Math.max(sinceMs, Math.min(said, untilMs));
  }
}
