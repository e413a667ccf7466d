import type { EventBounds, EventReader, EventScope, Place } from '../ports/event-reader.ts';
import { eventCursorScope } from './cursor.ts';
import type { CursorCodec } from './cursor.ts';

export interface StartQuestion {
  readonly scope: EventScope;
  readonly consumer: string;
  /** `earliest`, `latest`, `ack`, or a cursor where `isCursor` says so. */
  readonly from: string;
  readonly isCursor: boolean;
}

export type StartPlace =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'too_old'; readonly oldestCursor: string }
  | { readonly kind: 'invalid' };

/** Where a reader begins: exactly where it asks, or not at all (I24). */
export async function startPlace(
  question: StartQuestion,
  deps: { readonly events: EventReader; readonly cursors: CursorCodec },
): Promise<StartPlace> {
  const { scope } = question;
  const bounds = await deps.events.bounds(scope);
  const place = await askedPlace(question, bounds, deps);
  if (place === null) return { kind: 'invalid' };
  if (place >= bounds.oldest) return { kind: 'place', place };
  return { kind: 'too_old', oldestCursor: deps.cursors.encode(eventCursorScope(scope), bounds.oldest) };
}

async function askedPlace(
  question: StartQuestion,
  bounds: EventBounds,
  deps: { readonly events: EventReader; readonly cursors: CursorCodec },
): Promise<Place | null> {
  if (question.isCursor) return deps.cursors.decode(eventCursorScope(question.scope), question.from);
  if (question.from === 'latest') return bounds.latest;
  if (question.from === 'earliest') return bounds.oldest;
  // A consumer that never acknowledged stands before the oldest event.
  return (await deps.events.acknowledged(question.scope, question.consumer)) ?? bounds.oldest;
}
