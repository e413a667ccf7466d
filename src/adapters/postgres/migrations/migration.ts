/**
 * One step forward of the tables. Its text never changes once a release has it: every start compares
 * the digests of what was applied. `{schema}`, `{tenant}` and `{worker}` stand for the schema and its
 * two roles.
 */
export interface Migration {
  /** Begins with its number, from 1 without a gap. */
  readonly name: string;
  readonly sql: string;
  /**
   * What has to be there once it was applied: `table T`, `function F`, `policy P on T`, `trigger G on T`.
   * It may be changed: only the text above is compared.
   */
  readonly makes: readonly string[];
}
