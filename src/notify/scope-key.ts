import type { EventScope } from '../ports/event-reader.ts';

/** A scope as a map's key; a whole tenant's is like no subscriber's, since no name holds a NUL. */
export function scopeKey({ tenant, subscriber }: EventScope): string {
  return subscriber === null ? tenant : `${tenant}\u0000${subscriber}`;
}
