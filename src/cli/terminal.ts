import type { CommandOutput } from './command-output.ts';

/** The process around a command: what it prints on, who sits before it, and when it is told to stop. */
export interface Terminal extends CommandOutput {
  /** Whether stdout is read by a person at a terminal. */
  readonly isOutTerminal: boolean;
  /** Whether stderr is a terminal whose line can be rewritten. */
  readonly isErrTerminal: boolean;
  /** Whether a person can be asked. */
  readonly isInputTerminal: boolean;
  /** Whether stdout takes colours: a terminal, and nobody said NO_COLOR. */
  readonly hasColour: boolean;
  /** Width of stderr, characters. */
  readonly columns: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The text of a file; throws where it cannot be read. */
  readonly readFile: (name: string) => string;
  /** All of stdin. */
  readonly readInput: () => Promise<string>;
  /** Asks on stderr and reads one line of stdin; null: there is none any more. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Calls back at SIGINT and SIGTERM; returns the way to stop listening. */
  readonly onInterrupt: (listener: () => void) => () => void;
}
