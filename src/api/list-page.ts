import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { CursorCodec, CursorScope } from './cursor.ts';

/** Where a list goes on: after the place of its cursor, or from its beginning. */
export function listPlace(
  cursors: CursorCodec,
  scope: CursorScope,
  cursor: string | undefined,
): { readonly kind: 'place'; readonly place: number } | { readonly kind: 'refused'; readonly answer: Answer } {
  if (cursor === undefined) return { kind: 'place', place: 0 };
  const place = cursors.decode(scope, cursor);
  return place === null ? { kind: 'refused', answer: invalidCursor() } : { kind: 'place', place };
}

/** `{ data, nextCursor }` of entries that are JSON text already; `nextCursor` is null at the end. */
export function listAnswer(
  cursors: CursorCodec,
  scope: CursorScope,
  entries: readonly string[],
  next: number | null,
): Answer {
  const nextCursor = next === null ? null : cursors.encode(scope, next);
  return { status: 200, body: `{"data":[${entries.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}` };
}

export function invalidCursor(): Answer {
  const errors = [{ path: '/cursor', message: 'must be a cursor that was given for this list or reader' }];
  return problemAnswer(
    problem('invalid_cursor', 'The cursor was not given by this server for what is read.', { errors }),
  );
}
