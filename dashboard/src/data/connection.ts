import { durationText } from '../time/format-time.ts';

/** How the page stands to its server. */
export type Connection =
  | { readonly kind: 'connecting' }
  /** Events come. `isLoading`: the list is being read, so what is shown may still be the old. */
  | { readonly kind: 'live'; readonly isLoading: boolean }
  /** What is shown is as old as `sinceMs`, Unix milliseconds. */
  | { readonly kind: 'reconnecting'; readonly sinceMs: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Badge {
  readonly word: string;
  readonly detail: string | null;
  readonly icon: string;
  readonly tone: string;
}

/** An event older than this, when it comes, says that others are still on their way. */
const behindFromMs = 3000;

/** How long an event's delay stands for the present one. */
const freshForMs = 2000;

/** The newest event that came: how late it was, and when. */
export interface Delay {
  readonly delayMs: number;
  readonly atMs: number;
}

/** What the badge says. */
export function badgeOf(connection: Connection, delay: Delay | null, nowMs: number): Badge {
  switch (connection.kind) {
    case 'connecting':
      return { word: 'Connecting', detail: null, icon: 'loop', tone: 'waiting' };
    case 'reconnecting': {
      const age = durationText(Math.max(1000, nowMs - connection.sinceMs));
      return { word: 'Reconnecting', detail: `shown as of ${age} ago`, icon: 'loop', tone: 'waiting' };
    }
    case 'refused':
      return { word: 'Signed out', detail: connection.reason, icon: 'cross', tone: 'bad' };
    case 'live': {
      const isBehind = delay !== null && delay.delayMs > behindFromMs && nowMs - delay.atMs < freshForMs;
      if (isBehind)
        return { word: `${durationText(delay.delayMs)} behind`, detail: 'catching up', icon: 'clock', tone: 'waiting' };
      if (connection.isLoading) return { word: 'Live', detail: 'reading the list', icon: 'pulse', tone: 'good' };
      return { word: 'Live', detail: null, icon: 'pulse', tone: 'good' };
    }
  }
}

export function isOld(connection: Connection): boolean {
  return connection.kind === 'reconnecting' || connection.kind === 'refused';
}
