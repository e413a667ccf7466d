import { expect, test } from 'vitest';
import type { TxTrailEvent } from '@txtrail/protocol';
import { seededRandom } from '../../src/lib/seeded-random.ts';
import { coreStory, storyRules, storyTimes, type Telling } from './core-story.ts';
import { Oracle } from './oracle/oracle.ts';

/** Tells a story to a fresh oracle; gives what it finds. */
function judge(
  tellings: readonly Telling[],
  exact: boolean,
): { readonly problems: readonly string[]; readonly oracle: Oracle } {
  const rules = { ...storyRules, ...(exact ? { exact: storyTimes } : {}) };
  const oracle = new Oracle({ chains: [rules], tenant: 'default' });
  const problems: string[] = [];
  for (const telling of tellings) {
    if (telling.kind === 'told') {
      problems.push(...telling.to(oracle));
      continue;
    }
    const { event, atMs } = telling;
    const reader = `reader of ${event.subscriber}`;
    problems.push(...oracle.received({ reader, event, text: JSON.stringify(event), cursor: event.id, atMs }));
  }
  return { problems, oracle };
}

const seeds = Array.from({ length: 150 }, (_, index) => index + 1);

test.each([
  ['every head followed at once', true, false],
  ['heads followed late', false, false],
  ['heads followed late, and finality broken', false, true],
])('the oracle finds nothing in what the core says: %s', (_, exact, mayBreakFinality) => {
  for (const seed of seeds) {
    const { problems } = judge(coreStory({ seed, exact, mayBreakFinality }), exact);
    expect(problems, `seed ${seed}`).toEqual([]);
  }
});

/** Alters the deliveries of one story; numbers stay without a gap, as a tracker's would that was wrong throughout. */
type Alteration = (events: readonly TxTrailEvent[], at: number) => readonly TxTrailEvent[];

const alterations: readonly (readonly [name: string, alter: Alteration])[] = [
  ['an event is left out', (events, at) => events.filter((_, index) => index !== at)],
  ['an event is said twice', (events, at) => [...events.slice(0, at + 1), ...events.slice(at)]],
  [
    'a transaction says two events in the wrong order',
    (events, at) => {
      const id = events[at]?.data.transaction.id;
      const next = events.findIndex((event, index) => index > at && event.data.transaction.id === id);
      // Whether an outcome comes before or after a threshold is open.
      const isOpen = [events[at], events[next]].some((event) => event?.type === 'transaction.executed');
      if (next === -1 || isOpen) return events.filter((_, index) => index !== at);
      const swapped = [...events];
      swapped[at] = events[next] as TxTrailEvent;
      swapped[next] = events[at] as TxTrailEvent;
      return swapped;
    },
  ],
];

test.each(alterations)('the oracle finds it when %s', (_, alter) => {
  const missed: string[] = [];
  for (const seed of seeds.slice(0, 60)) {
    const tellings = coreStory({ seed, exact: true, mayBreakFinality: false });
    const events = tellings.flatMap((telling) => (telling.kind === 'delivered' ? [telling.event] : []));
    if (events.length === 0) continue;
    const at = Math.floor(seededRandom(seed)() * events.length);
    const altered = renumbered(alter(events, at));
    const { problems } = judge(withEvents(tellings, altered), true);
    const event = events[at];
    if (problems.length === 0) missed.push(`seed ${seed}: ${event?.type} ${event?.data.transaction.id}`);
  }
  expect(missed).toEqual([]);
});

/** The same story with other deliveries, each as late as the one whose place it takes, or the last. */
function withEvents(tellings: readonly Telling[], events: readonly TxTrailEvent[]): readonly Telling[] {
  const places = tellings.filter((telling) => telling.kind === 'delivered').length;
  const rest = [...events];
  let left = places;
  return tellings.flatMap((telling): readonly Telling[] => {
    if (telling.kind === 'told') return [telling];
    left -= 1;
    const taken = rest.splice(0, left === 0 ? rest.length : 1);
    return taken.map((event) => ({ ...telling, event }));
  });
}

function renumbered(events: readonly TxTrailEvent[]): readonly TxTrailEvent[] {
  const seqs = new Map<string, number>();
  const revisions = new Map<string, number>();
  const next = (counts: Map<string, number>, key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) as number;
  };
  return events.map((event) => {
    const { id } = event.data.transaction;
    const revision = next(revisions, id);
    return { ...event, seq: next(seqs, event.subscriber), revision, id: `evt_${id}_${revision}` };
  });
}
