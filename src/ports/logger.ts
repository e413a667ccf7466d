/** Structured logging: a short message in words and facts beside it. Never a key, a URL's credentials or a payload. */
export interface Logger {
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
  child(facts: LogFacts): Logger;
}

export type LogFacts = Readonly<Record<string, unknown>>;
