/**
 * An operating fault: something outside the program's own logic went wrong. Expected outcomes are
 * values, broken invariants are assertions; this is what remains. `code` is stable and documented
 * in `docs/reference/errors.md`.
 */
export class TxTrailError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: {
      readonly retryable?: boolean;
      readonly facts?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TxTrailError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.facts = options.facts ?? {};
  }
}
