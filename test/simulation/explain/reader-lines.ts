import type { ReadingPlace } from '../judge.ts';
import { factOf } from './decided-lines.ts';
import type { Happening } from './recording.ts';
import type { StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

/** What was sent to whom, repeats marked with what made the reader ask again. */
export class ReaderLines {
  readonly #subject: Subject;
  readonly #got = new Map<string, number>();
  readonly #cameBack = new Map<string, string>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  resumed({ reader, place }: Extract<Happening, { kind: 'resumed' }>): void {
    this.#cameBack.set(reader, wordsOf(place));
  }

  received({ atMs, reader, event }: Extract<Happening, { kind: 'received' }>): readonly StoryLine[] {
    if (!this.#subject.ids.includes(event.data.transaction.id)) return [];
    const key = `${reader} ${event.id}`;
    const times = (this.#got.get(key) ?? 0) + 1;
    this.#got.set(key, times);
    const again = times === 1 ? '' : `   ! time ${times}, since it came back ${this.#cameBack.get(reader) ?? ''}`;
    const whose = this.#subject.ids.length === 1 ? '' : `${event.subscriber}: `;
    const text = `${reader} gets ${whose}#${event.revision} ${factOf(event)}, seq ${event.seq}${again}`;
    return [{ atMs, side: { kind: 'reader' }, text, about: null }];
  }
}

function wordsOf(place: ReadingPlace): string {
  if ('fromStart' in place) return 'from the start';
  return 'afterCursor' in place ? 'by its cursor' : `by what ${place.acknowledgedBy} acknowledged`;
}
