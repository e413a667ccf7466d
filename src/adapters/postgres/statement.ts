/** One SQL statement with its parameters; nothing is ever written into the text of one. */
export interface Statement {
  /** Under which a connection prepares it once; the same name has always the same text. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface StatementResult {
  /** As selected or returned: the caller knows the shape. 64-bit integers come as numbers. */
  readonly rows: readonly unknown[];
  /** Rows selected or changed. */
  readonly count: number;
}
