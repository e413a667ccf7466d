import { ChainLines } from './chain-lines.ts';
import { ClientLines } from './client-lines.ts';
import { decidedLines, type ToldEvent } from './decided-lines.ts';
import { processLines } from './process-lines.ts';
import { ProviderLines } from './provider-lines.ts';
import { ReaderLines } from './reader-lines.ts';
import type { Happening } from './recording.ts';
import { fold, type FoldedLine, type StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

export interface StoryOptions {
  readonly subject: Subject;
  /** The depth at which the subject's chain is final by its configuration; null: by its tags. */
  readonly finalityDepth: number | null;
  /** The history of each registration, by its id, where there is one. */
  readonly histories: ReadonlyMap<string, readonly ToldEvent[]>;
}

/** What became of one transaction in a run, told from every side in the order of time. */
export function tellStory(happenings: readonly Happening[], options: StoryOptions): readonly FoldedLine[] {
  const { subject, finalityDepth, histories } = options;
  const chain = new ChainLines({ subject, finalityDepth, counts: countsOf(happenings, subject) });
  const providers = new ProviderLines({ subject, isCanonical: (hash) => chain.isCanonical(hash) });
  const clients = new ClientLines(subject);
  const readers = new ReaderLines(subject);
  const linesOf = (happening: Happening): readonly StoryLine[] => {
    switch (happening.kind) {
      case 'chain':
        return happening.chain === subject.chain ? chain.take(happening.atMs, happening.fact) : [];
      case 'port':
        return [...providers.take(happening.entry), ...clients.take(happening.entry)];
      case 'asked':
        return clients.asked(happening);
      case 'resumed':
        readers.resumed(happening);
        return [];
      case 'received':
        return readers.received(happening);
      case 'problem':
        return problemLines(happening, subject);
      case 'registered':
        return [];
    }
  };
  const own = happenings.flatMap(linesOf);
  const told = [...decidedLines(happenings, subject, histories), ...own];
  return fold([...told, ...meanwhile(happenings, subject, told)]);
}

/** What the process went through from the first to the last line of the story. */
function meanwhile(
  happenings: readonly Happening[],
  subject: Subject,
  told: readonly StoryLine[],
): readonly StoryLine[] {
  const fromMs = told.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
  const untilMs = told.reduce((most, { atMs }) => Math.max(most, atMs), 0);
  return happenings.flatMap((happening) =>
    happening.kind === 'port' && happening.atMs >= fromMs && happening.atMs <= untilMs
      ? processLines(happening.entry, subject)
      : [],
  );
}

/** Whether a problem names it, one of its registrations or of its events. */
export function isAbout(text: string, { hash, ids, events }: Subject): boolean {
  return [hash, ...ids, ...events].some((name) => text.includes(name));
}

function problemLines({ atMs, text }: Extract<Happening, { kind: 'problem' }>, subject: Subject): readonly StoryLine[] {
  return isAbout(text, subject) ? [{ atMs, side: { kind: 'problem' }, text, about: text }] : [];
}

/** Counts that a registration asked for: each is a moment of the story. */
function countsOf(happenings: readonly Happening[], { ids }: Subject): ReadonlySet<number> {
  const counts = new Set<number>();
  for (const happening of happenings) {
    if (happening.kind !== 'registered' || !ids.includes(happening.transaction.id)) continue;
    const { requiredConfirmations, thresholds } = happening.transaction;
    for (const count of [...thresholds, requiredConfirmations]) if (typeof count === 'number') counts.add(count);
  }
  return counts;
}
