/** One breach of this repository's own rules, with where it stands. */
export interface Violation {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** One line each, as an editor understands it. */
export function describe(violations: readonly Violation[]): string {
  return violations.map(({ path, line, message }) => `${path}:${line}: ${message}`).join('\n');
}
