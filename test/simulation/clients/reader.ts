import type { Reading } from './reading.ts';

/** A client that reads as it should: it comes back after every break, and acknowledges what it got. */
export interface Reader {
  readonly readings: readonly Reading[];
  start(): void;
  /** Loses its connection. */
  drop(): void;
  /** Nothing more is coming: it reads what there is and acknowledges all of it. */
  finish(): Promise<void>;
}

/** Longer than this nothing is silent that lives, milliseconds: the server says something every 25 s. */
export const silenceMs = 45_000;

/** A reader without a connection tries again so much later, milliseconds. */
export const comeBackMs = { least: 300, most: 3_000 } as const;
