import type { Problem } from '@txtrail/protocol';
import type { EventScope } from '../ports/event-reader.ts';
import { problem, problemAnswer } from './answer.ts';
import type { Answer } from './answer.ts';

/** Who calls: a tenant with its key, or one of its subscribers with a token. */
export interface Caller {
  readonly tenant: string;
  /** The one subscriber that a token reads and writes for; null: a key, which stands for the whole tenant. */
  readonly subscriber: string | null;
  /** Unix milliseconds at which a token ends; null: a key, which does not. */
  readonly expiresAtMs: number | null;
}

/**
 * Whose things a call is about: the subscriber it names, or the token's own where it names none.
 * `undefined`: none is named and none is implied. `forbidden`: a token that names another.
 */
export function subscriberOf(
  caller: Caller,
  named: string | undefined,
): { readonly kind: 'subscriber'; readonly subscriber: string | undefined } | { readonly kind: 'forbidden' } {
  if (caller.subscriber === null) return { kind: 'subscriber', subscriber: named };
  if (named !== undefined && named !== caller.subscriber) return { kind: 'forbidden' };
  return { kind: 'subscriber', subscriber: caller.subscriber };
}

/** Whose events a call reads or acknowledges; null: `forbidden`. */
export function eventScopeOf(caller: Caller, named: string | undefined): EventScope | null {
  const whose = subscriberOf(caller, named);
  return whose.kind === 'forbidden' ? null : { tenant: caller.tenant, subscriber: whose.subscriber ?? null };
}

/** Whether a tracked transaction of the caller's tenant is there for this caller: another subscriber's is not. */
export function isVisible(caller: Caller, found: { readonly subscriber: string }): boolean {
  return caller.subscriber === null || caller.subscriber === found.subscriber;
}

export function otherSubscriber(): Problem {
  return problem('forbidden', "The token is of another subscriber; leave subscriber out, or use the tenant's key.");
}

/** The answer to a token on a call that takes keys alone. */
export function keyNeeded(): Answer {
  return problemAnswer(problem('forbidden', "A token may not do this; it takes the tenant's key."));
}
